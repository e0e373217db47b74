"""Networks that are made of layers."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from xpde.core import Tree
from xpde.nn.stack import Layer

Array = Any

__all__ = ["Planned"]


class Planned(ABC):
    """A network whose numbers say which layers it has; everything else follows from those.

    A subclass is a frozen dataclass with a property :attr:`plan`. Its parameters are the plan's.
    """

    dims: int

    @property
    @abstractmethod
    def plan(self) -> Layer:
        """The layers, put together."""

    @property
    def receptive_field(self) -> float:
        """Cells seen in each direction (the larger side), by the sum over layers.

        What a normalization lets through by the statistics of the whole sample is not counted;
        :func:`xpde.nn.footprint` measures that too.
        """
        return float(max(self.plan.reach))

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw initial parameters: a host tree of float64 arrays."""
        return self.plan.init(rng)

    def apply(self, params: Tree, u: Array) -> Array:
        """Map states (..., C_in, *N) to (..., C_out, *N)."""
        return self.plan.apply(params, u)

    def parameter_count(self) -> int:
        """Return the number of real parameters, in closed form."""
        return self.plan.parameter_count()

    def check_grid(self, points: tuple[int, ...]) -> None:  # noqa: B027
        """Raise :class:`xpde.errors.InvalidInput` where ``apply`` would refuse such a grid."""
