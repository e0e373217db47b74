"""Derivatives of fields on the grid."""

from xpde.core import backend_of, namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.space.fields import along_axis, require_field
from xpde.space.grid import Grid
from xpde.space.symbols import Symbols

__all__ = ["derivative", "gradient"]


def derivative(u: Array, grid: Grid, axis: int, order: int = 1) -> Array:
    """Return ∂_axis^order u, the exact derivative of the trigonometric interpolant at the points.

    ∂_j^m e^{iκ·x} = (iκ_j)^m e^{iκ·x}; an odd derivative of the Nyquist mode of an even axis is
    zero. Only the axis in question is transformed.

    Parameters
    ----------
    u
        Real field (..., C, *N).
    grid
        Its grid.
    axis
        Space axis j, counted from 0.
    order
        m ≥ 1.

    Returns
    -------
    Field (..., C, *N). Rounding grows like eps (κ_max)^m against max |u|.

    Raises
    ------
    InvalidInput
        If the shape is not that of the grid, or there is no such axis or order.
    """
    require_field(u, grid, "derivative")
    if axis not in range(grid.dims):
        raise InvalidInput(
            f"derivative: expected a space axis from 0 to {grid.dims - 1}, got {axis}"
        )
    if order < 1 or order != int(order):
        raise InvalidInput(f"derivative: expected an order of 1 or more, got {order}")
    bk, n = backend_of(u), grid.points[axis]
    line = Grid((n,), (grid.extent[axis],))
    symbol = Symbols(line, like=u).d(0, int(order))
    return along_axis(lambda v: bk.irfftn(symbol * bk.rfftn(v, 1), (n,)), u, axis - grid.dims)


def gradient(u: Array, grid: Grid) -> Array:
    """Return ∇u = (∂_0 u, ..., ∂_{D-1} u) of every channel, (..., C, D, *N).

    The component is the axis before space: a gradient is a vector field whose leading axes are
    those of u and its channels, so that ``divergence(gradient(u, grid), grid)`` is the Laplacian of
    every channel, (..., C, 1, *N), but for Nyquist modes, which have no first derivative.

    Raises
    ------
    InvalidInput
        If the shape is not that of the grid.
    """
    parts = [derivative(u, grid, axis) for axis in range(grid.dims)]
    return namespace_of(u).stack(parts, axis=-grid.dims - 1)
