"""The transforms that steps must do, counted, and what they alone cost: the floor of stepping."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np

import xpde
from bench.clock import Waiting, waiting
from xpde.pde import Stepper
from xpde.space import Band

__all__ = ["Floor", "Transforms", "counted", "floor", "round_trips"]

TRIPS = 20
"""Round trips of a timed call at most."""


@dataclass(frozen=True)
class Transforms:
    """Fields that one step transforms: stacks of one evaluation, how many evaluations, channels."""

    inverse: int
    forward: int
    evaluations: int
    channels: int


def counted(stepper: Stepper, u: np.ndarray, evaluations: int) -> Transforms:
    """Count by running one evaluation of the nonlinear term of a stepper on NumPy.

    ``u`` is a state (C, *N), ``evaluations`` those of one step, substeps included.
    """
    counts = {"to_grid": 0, "to_band": 0}

    def counting(name: str) -> Callable[[Band, Any], Any]:
        original = getattr(Band, name)

        def call(band: Band, x: Any) -> Any:
            counts[name] += x.shape[-band.grid.dims - 1]
            return original(band, x)

        return call

    if stepper.term is None:
        return Transforms(0, 0, 0, u.shape[0])
    bk = xpde.backend("numpy")
    start = stepper.split(bk.rfftn(bk.asarray(u), u.ndim - 1))[0]
    watched = (patch.object(Band, name, counting(name)) for name in counts)
    with next(watched), next(watched):
        stepper.term(start)
    return Transforms(counts["to_grid"], counts["to_band"], evaluations, u.shape[0])


def round_trips(bk: xpde.Backend, shape: tuple[int, ...], dims: int, count: int) -> Waiting:
    """Return a case that does ``count`` inverse and forward transforms of a stack, nothing else."""
    u_hat = bk.rfftn(bk.asarray(np.random.default_rng(0).standard_normal(shape)), dims)
    points = shape[-dims:]

    def fn(u_hat: Any) -> Any:
        def body(z: Any, _: None) -> tuple[Any, None]:
            return bk.rfftn(bk.irfftn(z, points), dims), None

        return bk.scan(body, u_hat, length=count)[0]

    return waiting(bk, fn, u_hat)


@dataclass(frozen=True)
class Floor:
    """Cases of pure transforms, and how much of each the work of a stepper needs.

    Half a round trip stands for one transform: e evaluations of p inverse and q forward
    transforms cost e/2 round trips of p and of q fields, a snapshot of a rollout half a round trip
    of the channels, and a step from values to values a whole one.
    """

    cases: dict[str, Waiting]
    trips: int
    evaluations: int
    channels: str
    fields: tuple[str, ...]

    def spectral(self, steps: int) -> dict[str, float]:
        """Return the factors of steps that stay in Fourier space."""
        return dict.fromkeys(self.fields, 0.5 * self.evaluations * steps / self.trips)

    def rollout(self, steps: int) -> dict[str, float]:
        """Return the factors of a rollout with a snapshot after each step."""
        return {self.channels: 0.5 * steps / self.trips, **self.spectral(steps)}

    def step(self) -> dict[str, float]:
        """Return the factors of one step from values to values."""
        return {self.channels: 1.0 / self.trips, **self.spectral(1)}


def floor(
    bk: xpde.Backend, need: Transforms, shape: tuple[int, ...], dims: int, steps: int
) -> Floor:
    """Make the cases of one backend for states (..., C, *N) and rollouts of ``steps`` steps.

    Names begin with that of the backend. Calls have fewer round trips than there are steps.
    """
    lead, points, trips = shape[: -dims - 1], shape[-dims:], max(1, min(steps, TRIPS))
    names = {"snapshot": need.channels, "inverse": need.inverse, "forward": need.forward}
    made = {
        f"{bk.name} {name}": round_trips(bk, (*lead, count, *points), dims, trips)
        for name, count in names.items()
        if count
    }
    first, *rest = made
    return Floor(made, trips, need.evaluations, first, tuple(rest))
