"""A stepper of Exponax 0.2.0 with options, and the equation that it must equal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import exponax
import jax
import numpy as np

from xpde.conventions import EXACT, Conventions
from xpde.pde import Equation, Stepper
from xpde.space import Grid

EVERY = (1, 2, 3)
SIZES = {1: (21, 24), 2: (15, 16), 3: (11, 12)}
STEPS = 10
PEER = Conventions("exponax-0.2")
BOUND = 1e-11
"""Their mean over 16 contour points holds 3e-13 at |z| = 5; ten steps add it up."""


@dataclass(frozen=True)
class Pair:
    """One class of the peer with its options, and our equation of the same numbers.

    Attributes
    ----------
    peer
        Where the class lives below ``exponax.stepper``.
    options
        Its keyword arguments; a callable takes D.
    equation
        Ours, from D and N.
    dims
        The D for which the peer has it.
    exact
        The D for which ``exact`` agrees too. It must not where a symbol is complex and the order
        is not 0, where D a_0 ≠ a_0, for Kolmogorov forcing, and where unmasked products reach
        Nyquist modes.
    variant
        What tells it from other pairs of the same class.
    linear
        Whether the class takes no order.
    reduced
        Whether it lives in the unit box with unit steps: normalized and difficulty interfaces.
    peer_agrees
        Whether ``exponax-0.2`` agrees; not where our numbers translate theirs into ``exact``.
    dt, extent, dealias
        The step, the box (both 1 where reduced), what ``Stepper.build`` is told.
    """

    peer: str
    options: Any
    equation: Callable[[int, int], Equation]
    dims: tuple[int, ...] = EVERY
    exact: tuple[int, ...] = EVERY
    variant: str = ""
    linear: bool = False
    reduced: bool = False
    peer_agrees: bool = True
    dt: float = 0.01
    extent: float = 3.0
    dealias: Any = "degree"

    @property
    def name(self) -> str:
        """Class and variant."""
        return f"{self.peer.split('.')[-1]} {self.variant}".strip()

    @property
    def orders(self) -> tuple[int | None, ...]:
        """The orders that it can be run with."""
        return (None,) if self.linear else (1, 2, 3, 4)

    def cls(self) -> type:
        """Return the class of the peer."""
        found: Any = exponax.stepper
        for part in self.peer.split("."):
            found = getattr(found, part)
        return found

    def conventions(self, dims: int) -> list[Conventions]:
        """Return the conventions under which both agree."""
        return [PEER] * self.peer_agrees + [EXACT] * (dims in self.exact)

    def expected(self, dims: int, n: int, order: int | None) -> np.ndarray:
        """Run the peer; eagerly, because compiling takes longer than the steps."""
        options = self.options(dims) if callable(self.options) else dict(self.options)
        where = (dims, n) if self.reduced else (dims, self.extent, n, self.dt)
        options |= {} if order is None else {"order": order}
        with jax.disable_jit():  # their contour means are scans, compiled anew for every stepper
            stepper = self.cls()(*where, **options)
        u = jax.numpy.asarray(self.state(dims, n))
        for _ in range(STEPS):
            u = stepper(u)
        return np.asarray(u)

    def found(self, dims: int, n: int, order: int | None, conventions: Conventions) -> np.ndarray:
        """Run ours, on NumPy in double precision."""
        extent, dt = (1.0, 1.0) if self.reduced else (self.extent, self.dt)
        grid = Grid.cube(dims, n, extent)
        stepper = Stepper.build(
            self.equation(dims, n),
            grid,
            dt,
            order=order,
            dealias=self.dealias,
            conventions=conventions,
        )
        return stepper.repeat(self.state(dims, n), STEPS)

    def state(self, dims: int, n: int) -> np.ndarray:
        """Return a random state of every mode below the Nyquist mode, |u| ≤ ½."""
        return random_state(dims, n, self.equation(dims, n).channels)


def random_state(dims: int, n: int, channels: int, seed: int = 0) -> np.ndarray:
    """Return random fields (C, *N) of every mode below the Nyquist mode, |u| ≤ ½."""
    grid, axes = Grid.cube(dims, n), tuple(range(-dims, 0))
    noise = np.random.default_rng(seed).standard_normal((channels, *grid.points))
    u_hat = np.fft.rfftn(noise, axes=axes)
    for axis in range(dims):
        u_hat = u_hat * grid.along(2 * np.abs(grid.wavenumbers(axis)) < n, axis)
    u = np.fft.irfftn(u_hat, s=grid.points, axes=axes)
    return 0.5 * u / np.max(np.abs(u))


def given(**options: Any) -> Mapping[str, Any]:
    """Return keyword arguments that nobody changes."""
    return MappingProxyType(options)
