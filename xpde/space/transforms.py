"""Real transforms of states: the last axes are space."""

from xpde.core import backend_of
from xpde.core.backend import Array
from xpde.space.grid import Grid

__all__ = ["to_physical", "to_spectral"]


def to_spectral(u: Array, dims: int) -> Array:
    """Transform (..., C, *N) to (..., C, *K) over the last ``dims`` axes, unscaled."""
    return backend_of(u).rfftn(u, dims)


def to_physical(u_hat: Array, grid: Grid) -> Array:
    """Transform (..., C, *K) back to (..., C, *N); the inverse of :func:`to_spectral`."""
    return backend_of(u_hat).irfftn(u_hat, grid.points)
