"""Layers one after the other."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from xpde.core import Tree
from xpde.errors import InvalidInput
from xpde.nn.activations import activation

Array = Any

__all__ = ["Layer", "Stack", "total_reach"]


class Layer(Protocol):
    """A part of a network: a hashable plan whose parameters are a tree given from outside."""

    @property
    def reach(self) -> tuple[float, float]:
        """Cells of its input that an output sees to the left and to the right."""

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw initial parameters: a host tree of float64 arrays."""

    def apply(self, params: Tree, u: Array) -> Array:
        """Map states (..., C_in, *N) to (..., C_out, *M)."""

    def parameter_count(self) -> int:
        """Return the number of real parameters."""


def total_reach(*layers: Layer) -> tuple[float, float]:
    """Cells that an output of a composition on one grid sees: the sum over its layers."""
    reaches = [layer.reach for layer in layers]
    return sum(left for left, _ in reaches), sum(right for _, right in reaches)


@dataclass(frozen=True)
class Stack:
    """The composition u ← fₙ(... f₂(f₁(u))); a name stands for that activation.

    Parameters: a list with those of every layer that is not an activation, first layer first.

    Raises
    ------
    InvalidInput
        If an activation is unknown, or if ``apply`` gets another number of parameters.
    """

    steps: tuple[Layer | str, ...]

    def __post_init__(self) -> None:
        for step in self.steps:
            if isinstance(step, str):
                activation(step)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The steps that have parameters."""
        return tuple(step for step in self.steps if not isinstance(step, str))

    @property
    def reach(self) -> tuple[float, float]:
        """Sum over the layers."""
        return total_reach(*self.layers)

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw the layers in order."""
        return [layer.init(rng) for layer in self.layers]

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        if len(params) != len(self.layers):
            raise InvalidInput(
                f"stack: expected parameters of {len(self.layers)} layers, got {len(params)}; "
                "take those that init of the same network gave"
            )
        own = iter(params)
        for step in self.steps:
            u = activation(step)(u) if isinstance(step, str) else step.apply(next(own), u)
        return u

    def parameter_count(self) -> int:
        """Return the sum over the layers."""
        return sum(layer.parameter_count() for layer in self.layers)
