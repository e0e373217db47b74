"""One linear convolution: the emulator that is a stencil."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import Tree
from xpde.nn.conv import Convolution

Array = Any

__all__ = ["Pure"]


@dataclass(frozen=True)
class Pure:
    """A convolution without bias, ``kernel`` wide: a finite difference with learned weights.

    Parameters: ``{"weight"}`` of shape (C_out, C_in, *kernel).
    """

    dims: int
    channels_in: int
    channels_out: int
    kernel: int = 3
    boundary: str = "periodic"

    def __post_init__(self) -> None:
        _ = self.layer

    @property
    def layer(self) -> Convolution:
        """The one convolution."""
        return Convolution(
            self.dims,
            self.channels_in,
            self.channels_out,
            self.kernel,
            boundary=self.boundary,
            bias=False,
        )

    @property
    def receptive_field(self) -> float:
        """Cells seen in each direction: ⌊kernel / 2⌋."""
        return float(max(self.layer.reach))

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw the weight."""
        return self.layer.init(rng)

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        return self.layer.apply(params, u)

    def parameter_count(self) -> int:
        """Return kᴰ C_in C_out."""
        return self.layer.parameter_count()
