"""A layer beside a way around it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import Tree
from xpde.nn.activations import activation
from xpde.nn.stack import Layer

Array = Any

__all__ = ["Residual"]


@dataclass(frozen=True)
class Residual:
    """Add what went around: u ← σ(f(u) + g(u)).

    Parameters: ``{"main"}`` of f, and ``"shortcut"`` of g where there is one.

    Attributes
    ----------
    main
        f.
    shortcut
        g, or None for g(u) = u.
    activation
        σ by its name.
    """

    main: Layer
    shortcut: Layer | None = None
    activation: str = "identity"

    def __post_init__(self) -> None:
        activation(self.activation)

    @property
    def reach(self) -> tuple[float, float]:
        """The larger one of the two ways, on each side."""
        (left, right), around = self.main.reach, self.shortcut.reach if self.shortcut else (0, 0)
        return max(left, around[0]), max(right, around[1])

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw f, then g."""
        params = {"main": self.main.init(rng)}
        if self.shortcut:
            params["shortcut"] = self.shortcut.init(rng)
        return params

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        v = self.main.apply(params["main"], u)
        around = self.shortcut.apply(params["shortcut"], u) if self.shortcut else u
        return activation(self.activation)(v + around)

    def parameter_count(self) -> int:
        """Return the sum of both ways."""
        around = self.shortcut.parameter_count() if self.shortcut else 0
        return self.main.parameter_count() + around
