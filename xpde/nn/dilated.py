"""The residual network of dilated convolutions."""

from dataclasses import dataclass
from functools import cached_property

from xpde.errors import InvalidInput
from xpde.nn.blocks import dilated_residual
from xpde.nn.chain import Chain
from xpde.nn.network import check_count, check_sizes
from xpde.nn.planned import Planned

__all__ = ["Dil"]


@dataclass(frozen=True)
class Dil(Planned):
    """Lift, ``blocks`` times v + (σ K norm)ⁿ v with dilations 1, 2, ..., 2ᵈ, ..., 2, 1, project.

    A block has n = 2d + 1 convolutions; depth d = 0 has one of dilation 1. Lift and projection
    are pointwise, C_in → H and H → C_out, and not activated. Parameters: ``{"lift", "blocks",
    "project"}``. Seen per direction: ``blocks`` (3·2ᵈ - 2) cells, and weakly everything through
    the normalization.

    Attributes
    ----------
    dims, channels_in, channels_out
        D, C_in, C_out.
    depth
        d, so that the largest dilation is 2ᵈ.
    width, blocks
        Channels H of the hidden states and number of blocks.
    activation
        A name of :data:`xpde.nn.ACTIVATIONS`.
    boundary
        ``periodic``, ``dirichlet`` or ``neumann``.
    norm
        Whether :class:`xpde.nn.GroupNorm` comes before every convolution.

    Reference: Stachenfeld et al., Learned coarse models for efficient turbulence simulation
    (ICLR 2022).
    """

    dims: int
    channels_in: int
    channels_out: int
    depth: int = 2
    width: int = 32
    blocks: int = 2
    activation: str = "relu"
    boundary: str = "periodic"
    norm: bool = True

    def __post_init__(self) -> None:
        check_sizes(width=self.width, blocks=self.blocks)
        check_count("depth", self.depth)
        _ = self.plan

    @property
    def rates(self) -> tuple[int, ...]:
        """Dilations of one block: 1, 2, ..., 2ᵈ, ..., 2, 1."""
        up = [2**i for i in range(self.depth)]
        return *up, 2**self.depth, *reversed(up)

    @cached_property
    def plan(self) -> Chain:
        """Pointwise lift, the blocks, pointwise projection."""
        block = dilated_residual(
            self.dims, self.width, self.rates, self.activation, self.boundary, self.norm
        )
        ends = (self.dims, self.channels_in, self.channels_out, self.width)
        return Chain.around(*ends, (block,) * self.blocks)

    def check_grid(self, points: tuple[int, ...]) -> None:
        """Raise :class:`InvalidInput` where the largest dilation goes once around the grid."""
        if self.boundary == "periodic" and min(points) < 2**self.depth:
            raise InvalidInput(
                f"Dil: expected at least {2**self.depth} points on every axis for depth "
                f"{self.depth}, got {tuple(points)}; use a lower depth or a finer grid"
            )
