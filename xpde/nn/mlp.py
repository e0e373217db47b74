"""The fully connected network."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

from xpde.core import Tree, namespace_of
from xpde.errors import InvalidInput
from xpde.nn.activations import activation
from xpde.nn.network import check_count, check_sizes, check_state
from xpde.nn.perceptron import perceptron
from xpde.nn.planned import Planned
from xpde.nn.stack import Stack

Array = Any

__all__ = ["MLP"]


@dataclass(frozen=True)
class MLP(Planned):
    """``depth + 1`` affine maps of all values of a state, activated after all but the last.

    The state is read as one vector in C order, channels first: n = C_in ∏N → W → ... → C_out ∏N.
    Knows no space and no symmetry, and belongs to one grid. Parameters: a list of
    ``{"weight", "bias"}``, first map first: (out, in) and (out, 1), both initially U(±1/√in).

    Attributes
    ----------
    dims, channels_in, channels_out
        D, C_in, C_out.
    points
        N, one number for a cube or one for each axis.
    width, depth
        Entries W of the hidden vectors and their number d.
    activation
        A name of :data:`xpde.nn.ACTIVATIONS`.

    Raises
    ------
    InvalidInput
        If the grid of a state is another one.
    """

    dims: int
    channels_in: int
    channels_out: int
    points: int | tuple[int, ...]
    width: int = 64
    depth: int = 3
    activation: str = "relu"

    def __post_init__(self) -> None:
        check_sizes(
            dims=self.dims,
            channels_in=self.channels_in,
            channels_out=self.channels_out,
            width=self.width,
        )
        check_count("depth", self.depth)
        activation(self.activation)  # depth 0 has none, and still wants a name
        if not isinstance(self.points, int) and len(self.points) != self.dims:
            raise InvalidInput(
                f"MLP: expected points for {self.dims} axes, got {self.points!r}; "
                "give one number or one for each axis"
            )
        check_sizes(**{f"points on axis {j}": n for j, n in enumerate(self.size)})

    @property
    def size(self) -> tuple[int, ...]:
        """Points of every axis."""
        return (self.points,) * self.dims if isinstance(self.points, int) else self.points

    @cached_property
    def plan(self) -> Stack:
        """Affine maps of columns, one column for each state."""
        n = prod(self.size)
        hidden = [self.width] * self.depth
        widths = (self.channels_in * n, *hidden, self.channels_out * n)
        return perceptron(1, widths, self.activation)

    @property
    def receptive_field(self) -> float:
        """The whole grid: as many cells as its longest axis has points."""
        return float(max(self.size))

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        check_state("MLP", u, self.channels_in, self.dims)
        self.check_grid(u.shape[-self.dims :])
        xp, lead = namespace_of(u), u.shape[: -self.dims - 1]
        rows = xp.reshape(u, (prod(lead), self.channels_in * prod(self.size)))
        # states as columns: one matrix product for all of them, not one for each
        columns = self.plan.apply(params, xp.matrix_transpose(rows))
        xp = namespace_of(columns)
        shape = (*lead, self.channels_out, *self.size)
        return xp.reshape(xp.matrix_transpose(columns), shape)

    def check_grid(self, points: tuple[int, ...]) -> None:
        """Raise :class:`InvalidInput` unless the grid is the one this network was made for."""
        if tuple(points) != self.size:
            raise InvalidInput(
                f"MLP: expected a grid of {self.size} points, got {tuple(points)}; it belongs to "
                "one grid, take another network for others"
            )
