"""Real transforms of states: the last axes are space."""

import math

from xpde.core import backend_of
from xpde.core.backend import Array
from xpde.space.grid import Grid
from xpde.space.short import short_to_band, short_to_grid

__all__ = ["by_products", "to_physical", "to_spectral"]


def by_products(x: Array, points: tuple[int, ...]) -> bool:
    """Tell whether states ``x`` on a grid of ``points``, or their spectra, go by products."""
    return backend_of(x).by_products(x, points, math.prod(x.shape[: -len(points)]))


def to_spectral(u: Array, dims: int) -> Array:
    """Transform (..., C, *N) to (..., C, *K) over the last ``dims`` axes, unscaled."""
    bk, points = backend_of(u), u.shape[-dims:]
    if by_products(u, points):
        return short_to_band(u, tuple(n // 2 for n in points))
    return bk.rfftn(u, dims)


def to_physical(u_hat: Array, grid: Grid) -> Array:
    """Transform (..., C, *K) back to (..., C, *N); the inverse of :func:`to_spectral`."""
    bk = backend_of(u_hat)
    if by_products(u_hat, grid.points):
        return short_to_grid(u_hat, grid.points)
    return bk.irfftn(u_hat, grid.points)
