"""Poisson's equation on a periodic box."""

from xpde.core import backend_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.space.fields import require_field
from xpde.space.grid import Grid
from xpde.space.symbols import Symbols

__all__ = ["poisson"]


def poisson(f: Array, grid: Grid, order: int = 2) -> Array:
    """Return the mean-free u that solves Σ_j ∂_j^order u = -f for the mean-free part of f.

    û(k) = -f̂(k) / Σ_j (iκ_j)^order,  û(0) = 0

    Order 2 is -Δu = f. Order 4 is Σ_j ∂_j⁴ u = -f, with the sign of order 2 and without mixed
    derivatives: it is not the biharmonic equation for D > 1, which is ``poisson`` applied twice
    (then Δ²u = f). A mean of f has no periodic solution and is dropped.

    Parameters
    ----------
    f
        Right-hand side (..., C, *N), any channels.
    grid
        Its grid; axes may differ in points and length.
    order
        Even and positive.

    Returns
    -------
    Field (..., C, *N).

    Raises
    ------
    InvalidInput
        If the shape is not that of the grid or the order is not even and positive.

    Reference: the order and its sign follow exponax (``poisson.Poisson``).
    """
    require_field(f, grid, "poisson")
    if order < 2 or order % 2:
        raise InvalidInput(f"poisson: expected an even order of 2 or more, got {order}")
    bk = backend_of(f)
    inverse = -1.0 * Symbols(grid, like=f).inverse_sum_d(order)
    return bk.irfftn(inverse * bk.rfftn(f, grid.dims), grid.points)
