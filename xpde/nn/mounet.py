"""The U-net of residual blocks."""

from dataclasses import dataclass
from functools import cached_property

from xpde.nn.blocks import preactivated_residual
from xpde.nn.hierarchy import Hierarchy, Level
from xpde.nn.network import check_count, check_sizes
from xpde.nn.planned import Planned
from xpde.nn.pointwise import Pointwise
from xpde.nn.stack import Stack

__all__ = ["MoUNet"]


@dataclass(frozen=True)
class MoUNet(Planned):
    """Two residual blocks on both sides of ``levels`` + 1 grids, each half as fine and twice wide.

    v₀ = B(u);  v_{l+1} = B B(down v_l);  w_L = v_L;  w_l = B B([v_l, up w_{l+1}]);  P w₀
    B(v) = g(v) + K₂ σ norm(K₁ σ norm(v) + b₁) + b₂

    g is the identity, or a normalization and a pointwise map where channels change. Level l has
    H 2ˡ channels. ``down`` (stride 2) and ``up`` (transposed) are linear and three wide, P is
    pointwise. Every axis must be divisible by 2 to the ``levels``; shifts by that many cells
    commute with the network. Parameters: ``{"lift", "levels": [{"down", "left", "up", "right"},
    ...], "project"}``. Seen per direction: at most 2 + 15 (2ᴸ - 1) cells, and weakly everything
    through the normalization.

    Attributes
    ----------
    dims, channels_in, channels_out
        D, C_in, C_out.
    width, levels
        Channels H on the finest grid, and the number L of halvings.
    activation
        A name of :data:`xpde.nn.ACTIVATIONS`.
    boundary
        ``periodic``, ``dirichlet`` or ``neumann``; see :class:`xpde.nn.UNet`.
    norm
        Whether :class:`xpde.nn.GroupNorm` is there.

    Reference: Gupta & Brandstetter, Towards multi-spatiotemporal-scale generalized PDE modeling
    (TMLR 2023).
    """

    dims: int
    channels_in: int
    channels_out: int
    width: int = 12
    levels: int = 2
    activation: str = "relu"
    boundary: str = "periodic"
    norm: bool = True

    def __post_init__(self) -> None:
        check_sizes(width=self.width)
        check_count("levels", self.levels)
        _ = self.plan

    def _pair(self, channels_in: int, channels_out: int) -> Stack:
        how = (self.activation, self.boundary, self.norm)
        first = preactivated_residual(self.dims, channels_in, channels_out, *how)
        return Stack((first, preactivated_residual(self.dims, channels_out, channels_out, *how)))

    @cached_property
    def plan(self) -> Hierarchy:
        """Lift, levels, projection."""
        levels = []
        for width in (self.width * 2**level for level in range(self.levels)):
            left, right = self._pair(width, 2 * width), self._pair(2 * width, width)
            levels.append(Level.halving(self.dims, width, left, right, self.boundary))
        how = (self.activation, self.boundary, self.norm)
        lift = preactivated_residual(self.dims, self.channels_in, self.width, *how)
        project = Pointwise(self.dims, self.width, self.channels_out)
        return Hierarchy(lift, tuple(levels), project)

    def check_grid(self, points: tuple[int, ...]) -> None:
        """Raise :class:`InvalidInput` unless every axis can be halved at every level."""
        self.plan.check_grid(points)
