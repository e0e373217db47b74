"""The plain convolutional network."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from xpde.nn.activations import activation
from xpde.nn.conv import Convolution
from xpde.nn.network import check_count, check_sizes
from xpde.nn.planned import Planned
from xpde.nn.stack import Layer, Stack

__all__ = ["Conv"]


@dataclass(frozen=True)
class Conv(Planned):
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
        check_count("depth", self.depth)
        activation(self.activation)  # depth 0 has none, and still wants a name
        _ = self.plan

    @cached_property
    def plan(self) -> Stack:
        """Convolutions, with the activation between them."""
        widths = (self.channels_in, *[self.width] * self.depth, self.channels_out)
        steps: list[Layer | str] = []
        for c, o in pairwise(widths):
            steps += [Convolution(self.dims, c, o, boundary=self.boundary), self.activation]
        return Stack(tuple(steps[:-1]))
