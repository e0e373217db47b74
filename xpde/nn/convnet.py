"""The plain convolutional network."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from xpde.core import Tree
from xpde.errors import InvalidInput
from xpde.nn.activations import activation
from xpde.nn.conv import Convolution
from xpde.nn.network import check_sizes

Array = Any

__all__ = ["Conv"]


@dataclass(frozen=True)
class Conv:
    """A chain of ``depth + 1`` convolutions, three wide, activated after all but the last.

    u ← σ(K₁ u + b₁), ..., σ(K_d u + b_d), K_{d+1} u + b_{d+1}

    Depth 0 is one linear convolution. Parameters: a list of ``{"weight", "bias"}``, first layer
    first. Seen per direction: depth + 1 cells.

    Attributes
    ----------
    dims, channels_in, channels_out
        D, C_in, C_out.
    width, depth
        Channels H of the hidden states and their number d.
    activation
        A name of :data:`xpde.nn.ACTIVATIONS`.
    boundary
        ``periodic``, ``dirichlet`` or ``neumann``.
    """

    dims: int
    channels_in: int
    channels_out: int
    width: int = 34
    depth: int = 10
    activation: str = "relu"
    boundary: str = "periodic"

    def __post_init__(self) -> None:
        check_sizes(width=self.width)
        if not isinstance(self.depth, int) or self.depth < 0:
            raise InvalidInput(f"depth: expected an integer at or above 0, got {self.depth!r}")
        activation(self.activation)
        _ = self.layers

    @property
    def layers(self) -> tuple[Convolution, ...]:
        """The convolutions in order."""
        widths = (self.channels_in, *[self.width] * self.depth, self.channels_out)
        return tuple(
            Convolution(self.dims, c, o, boundary=self.boundary) for c, o in pairwise(widths)
        )

    @property
    def receptive_field(self) -> float:
        """Cells seen in each direction: depth + 1."""
        return float(sum(max(layer.reach) for layer in self.layers))

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw the layers in order; see :class:`Convolution` for the law."""
        return [layer.init(rng) for layer in self.layers]

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        layers, act = self.layers, activation(self.activation)
        for layer, own in zip(layers[:-1], params[:-1], strict=True):
            u = act(layer.apply(own, u))
        return layers[-1].apply(params[-1], u)

    def parameter_count(self) -> int:
        """Return the sum over layers of 3ᴰ C_in C_out + C_out."""
        return sum(layer.parameter_count() for layer in self.layers)
