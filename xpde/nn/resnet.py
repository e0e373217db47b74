"""The residual network, activated after the sum."""

from dataclasses import dataclass
from functools import cached_property

from xpde.nn.blocks import postactivated_residual
from xpde.nn.chain import Chain
from xpde.nn.network import check_sizes
from xpde.nn.planned import Planned

__all__ = ["Res"]


@dataclass(frozen=True)
class Res(Planned):
    """Lift, ``blocks`` times σ(v + K₂ σ(K₁ v + b₁) + b₂), project.

    Lift and projection are pointwise, C_in → H and H → C_out, and not activated. Parameters:
    ``{"lift", "blocks", "project"}``. Seen per direction: 2 ``blocks`` cells.

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
        Whether every convolution is followed by :class:`xpde.nn.GroupNorm`.

    Reference: He et al., Deep residual learning (CVPR 2016).
    """

    dims: int
    channels_in: int
    channels_out: int
    width: int = 26
    blocks: int = 8
    activation: str = "relu"
    boundary: str = "periodic"
    norm: bool = False

    def __post_init__(self) -> None:
        check_sizes(width=self.width, blocks=self.blocks)
        _ = self.plan

    @cached_property
    def plan(self) -> Chain:
        """Pointwise lift, the blocks, pointwise projection."""
        block = postactivated_residual(
            self.dims, self.width, self.activation, self.boundary, self.norm
        )
        ends = (self.dims, self.channels_in, self.channels_out, self.width)
        return Chain.around(*ends, (block,) * self.blocks)
