"""The U-net of double convolutions."""

from dataclasses import dataclass
from functools import cached_property

from xpde.nn.blocks import double_convolution
from xpde.nn.hierarchy import Hierarchy, Level
from xpde.nn.network import check_count, check_sizes
from xpde.nn.planned import Planned
from xpde.nn.pointwise import Pointwise

__all__ = ["UNet"]


@dataclass(frozen=True)
class UNet(Planned):
    """Double convolutions on ``levels`` + 1 grids, each half as fine and with twice the channels.

    v₀ = B(u);  v_{l+1} = B(down v_l);  w_L = v_L;  w_l = B([v_l, up w_{l+1}]);  P w₀
    B(v) = σ norm(K₂ σ norm(K₁ v + b₁) + b₂)

    Level l has H 2ˡ channels. ``down`` (stride 2) and ``up`` (transposed) are linear and three
    wide, P is pointwise. Every axis must be divisible by 2 to the ``levels``; shifts by that many
    cells commute with the network. Parameters: ``{"lift", "levels": [{"down", "left", "up",
    "right"}, ...], "project"}``. Seen per direction: at most 2 + 9 (2ᴸ - 1) cells, and weakly
    everything through the normalization.

    Attributes
    ----------
    dims, channels_in, channels_out
        D, C_in, C_out.
    width, levels
        Channels H on the finest grid, and the number L of halvings.
    activation
        A name of :data:`xpde.nn.ACTIVATIONS`.
    boundary
        ``periodic``, ``dirichlet`` or ``neumann``. Only periodic grids are nested: the halved
        grid of the others keeps cells 0, 2, ..., not both of their ends.
    norm
        Whether :class:`xpde.nn.GroupNorm` is there.

    Reference: Ronneberger, Fischer & Brox, U-Net (MICCAI 2015).
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

    @cached_property
    def plan(self) -> Hierarchy:
        """Lift, levels, projection."""
        dims, how = self.dims, (self.activation, self.boundary, self.norm)
        levels = []
        for width in (self.width * 2**level for level in range(self.levels)):
            left = double_convolution(dims, width, 2 * width, *how)
            right = double_convolution(dims, 2 * width, width, *how)
            levels.append(Level.halving(dims, width, left, right, self.boundary))
        lift = double_convolution(dims, self.channels_in, self.width, *how)
        project = Pointwise(dims, self.width, self.channels_out)
        return Hierarchy(lift, tuple(levels), project)

    def check_grid(self, points: tuple[int, ...]) -> None:
        """Raise :class:`InvalidInput` unless every axis can be halved at every level."""
        self.plan.check_grid(points)
