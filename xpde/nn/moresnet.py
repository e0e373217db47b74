"""The residual network, activated before its convolutions."""

from dataclasses import dataclass
from functools import cached_property

from xpde.nn.blocks import preactivated_residual
from xpde.nn.chain import Chain
from xpde.nn.network import check_sizes
from xpde.nn.planned import Planned

__all__ = ["MoRes"]


@dataclass(frozen=True)
class MoRes(Planned):
    """Lift, ``blocks`` times v + K₂ σ(norm(K₁ σ(norm(v)) + b₁)) + b₂, project.

    Lift and projection are pointwise, C_in → H and H → C_out, and not activated. Parameters:
    ``{"lift", "blocks", "project"}``. Seen per direction: 2 ``blocks`` cells, and weakly
    everything through the normalization.

    Attributes
    ----------
    dims, channels_in, channels_out
        D, C_in, C_out.
    width, blocks
        Channels H of the hidden states and number of blocks.
    activation
        A name of :data:`xpde.nn.ACTIVATIONS`.
    boundary
        ``periodic``, ``dirichlet`` or ``neumann``.
    norm
        Whether :class:`xpde.nn.GroupNorm` is there.

    Reference: He et al., Identity mappings in deep residual networks (ECCV 2016).
    """

    dims: int
    channels_in: int
    channels_out: int
    width: int = 26
    blocks: int = 8
    activation: str = "relu"
    boundary: str = "periodic"
    norm: bool = True

    def __post_init__(self) -> None:
        check_sizes(width=self.width, blocks=self.blocks)
        _ = self.plan

    @cached_property
    def plan(self) -> Chain:
        """Pointwise lift, the blocks, pointwise projection."""
        h = self.width
        block = preactivated_residual(self.dims, h, h, self.activation, self.boundary, self.norm)
        return Chain.around(
            self.dims, self.channels_in, self.channels_out, h, (block,) * self.blocks
        )
