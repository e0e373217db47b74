"""What a network is, and the checks that all of them share."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np

from xpde.core import Tree
from xpde.errors import InvalidInput

Array = Any

__all__ = ["Network", "check_count", "check_sizes", "check_state", "prepared", "uniform"]


class Network(Protocol):
    """One step of an emulator: a hashable plan; the parameters are a tree given from outside.

    ``apply`` acts on the trailing axes, f(stack(us)) = stack(f(u)).
    """

    def __hash__(self) -> int:
        """Networks are keys of compiled programs."""

    @property
    def dims(self) -> int:
        """Number of space axes D."""

    @property
    def receptive_field(self) -> float:
        """Cells that an output sees in each direction, by the sum over layers."""

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw initial parameters: a host tree of float64 arrays."""

    def apply(self, params: Tree, u: Array) -> Array:
        """Map states (..., C_in, *N) to (..., C_out, *N)."""

    def parameter_count(self) -> int:
        """Return the number of real parameters, in closed form."""


def prepared(layer: Any, params: Tree, like: Array) -> Callable[[Array], Array]:
    """Return u ↦ layer.apply(params, u) for many states on the grid of ``like`` (..., *N).

    A layer with a method ``prepared(params, like)`` computes there, once, what parameters and grid
    determine. Precision and device are those of ``like`` too. A subclass that has an ``apply`` of
    its own and no ``prepared`` is applied.
    """
    kind = next((c for c in type(layer).__mro__ if {"apply", "prepared"} & vars(c).keys()), None)
    if kind is not None and "prepared" in vars(kind):
        return layer.prepared(params, like)
    return partial(layer.apply, params)


def uniform(rng: np.random.Generator, shape: tuple[int, ...], fan: int) -> np.ndarray:
    """Draw from U(-q, q) with q = 1/√fan, where ``fan`` counts the inputs of one output."""
    q = fan**-0.5
    return rng.uniform(-q, q, shape)


def check_sizes(**sizes: int) -> None:
    """Raise :class:`InvalidInput` unless every named size is a positive integer."""
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 1:
            raise InvalidInput(f"{name}: expected a positive integer, got {size!r}")
    if sizes.get("dims", 1) > 3:
        raise InvalidInput(f"dims: expected 1, 2 or 3, got {sizes['dims']}")


def check_count(name: str, count: int) -> None:
    """Raise :class:`InvalidInput` unless ``count`` is an integer at or above 0."""
    if not isinstance(count, int) or count < 0:
        raise InvalidInput(f"{name}: expected an integer at or above 0, got {count!r}")


def check_state(who: str, u: Array, channels: int, dims: int) -> None:
    """Raise :class:`InvalidInput` unless ``u`` is (..., channels, *N) with ``dims`` space axes."""
    if u.ndim < dims + 1 or u.shape[-dims - 1] != channels:
        raise InvalidInput(
            f"{who}: expected a state (..., {channels}{', N' * dims}), got shape {tuple(u.shape)}; "
            "the channel axis comes before the space axes"
        )
