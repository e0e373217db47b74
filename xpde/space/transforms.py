"""Real transforms of states: the last axes are space."""

import math

from xpde.core import backend_of
from xpde.core.backend import Array
from xpde.space.grid import Grid
from xpde.space.short import short_to_band, short_to_grid

__all__ = ["to_physical", "to_spectral"]


def to_spectral(u: Array, dims: int) -> Array:
    """Transform (..., C, *N) to (..., C, *K) over the last ``dims`` axes, unscaled."""
    bk, points = backend_of(u), u.shape[-dims:]
    if bk.by_products(u, points, math.prod(u.shape[:-dims])):
        return short_to_band(u, tuple(n // 2 for n in points))
    return bk.rfftn(u, dims)


def to_physical(u_hat: Array, grid: Grid) -> Array:
    """Transform (..., C, *K) back to (..., C, *N); the inverse of :func:`to_spectral`."""
    bk = backend_of(u_hat)
    if bk.by_products(u_hat, grid.points, math.prod(u_hat.shape[: -grid.dims])):
        return short_to_grid(u_hat, grid.points)
    return bk.irfftn(u_hat, grid.points)
