"""One linear convolution: the emulator that is a stencil."""

from dataclasses import dataclass
from functools import cached_property

from xpde.nn.conv import Convolution
from xpde.nn.planned import Planned

__all__ = ["Pure"]


@dataclass(frozen=True)
class Pure(Planned):
    """A convolution without bias, ``kernel`` wide: a finite difference with learned weights.

    Parameters: ``{"weight"}`` of shape (C_out, C_in, *kernel). Seen per direction: ⌊kernel / 2⌋
    cells; of an even kernel one less to the left.
    """

    dims: int
    channels_in: int
    channels_out: int
    kernel: int = 3
    boundary: str = "periodic"

    def __post_init__(self) -> None:
        _ = self.plan

    @cached_property
    def plan(self) -> Convolution:
        """The one convolution."""
        ends = (self.dims, self.channels_in, self.channels_out)
        return Convolution(*ends, self.kernel, boundary=self.boundary, bias=False)
