"""Vector fields: divergence, curl, and the projection on fields without divergence."""

import numpy as np

from xpde.core import backend_of, namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.space.derivative import derivative
from xpde.space.fields import require_field
from xpde.space.grid import Grid
from xpde.space.symbols import Symbols

__all__ = ["curl", "divergence", "leray", "project", "unit_wavevectors"]


def divergence(u: Array, grid: Grid) -> Array:
    """Return ∇·u = Σ_j ∂_j u_j of a vector field (..., D, *N) as (..., 1, *N).

    Raises
    ------
    InvalidInput
        If the shape is not that of a vector field on the grid.
    """
    require_field(u, grid, "divergence", channels=grid.dims)
    total = _slope(u, grid, 0, 0)
    for axis in range(1, grid.dims):
        total = total + _slope(u, grid, axis, axis)
    return total


def curl(u: Array, grid: Grid) -> Array:
    """Return the vorticity of a velocity (..., D, *N): one channel for D = 2, three for D = 3.

    D = 2: ω = ∂_1 u_0 - ∂_0 u_1, clockwise rotation is positive (docs/conventions.md)

    D = 3: ω = ∇ × u = (∂_1 u_2 - ∂_2 u_1, ∂_2 u_0 - ∂_0 u_2, ∂_0 u_1 - ∂_1 u_0)

    The scalar of two dimensions is therefore minus the last component of three.

    Raises
    ------
    InvalidInput
        If D = 1 or the shape is not that of a vector field on the grid.
    """
    if grid.dims == 1:
        raise InvalidInput("curl: expected a grid of 2 or 3 axes, got 1")
    require_field(u, grid, "curl", channels=grid.dims)
    planes = [(1, 0)] if grid.dims == 2 else [(1, 2), (2, 0), (0, 1)]
    parts = [_slope(u, grid, j, i) - _slope(u, grid, i, j) for i, j in planes]
    return namespace_of(u).concat(parts, axis=-grid.dims - 1)


def leray(u: Array, grid: Grid) -> Array:
    """Return P u = u - ∇Δ⁻¹∇·u, the part of a vector field (..., D, *N) without divergence.

    P is the orthogonal projection on the fields whose :func:`divergence` vanishes at the grid
    points. The mean stays. A component along an axis stays too where the mode is the Nyquist mode
    of that axis: it has no first derivative, hence no divergence. In one dimension only these are
    left.

    Raises
    ------
    InvalidInput
        If the shape is not that of a vector field on the grid.

    Reference: Temam, Navier-Stokes equations (1977), chapter I.
    """
    require_field(u, grid, "leray", channels=grid.dims)
    bk = backend_of(u)
    unit = unit_wavevectors(Symbols(grid, like=u))
    return bk.irfftn(project(bk.rfftn(u, grid.dims), unit), grid.points)


def unit_wavevectors(symbols: Symbols) -> Array:
    """Return n = d/|d| with d_j = κ_j, (D, *K): what :func:`project` needs, placed by ``symbols``.

    d is the symbol of the first derivative over i, so that it is zero at the Nyquist mode of its
    axis (unless the conventions of ``symbols`` say otherwise); n = 0 where d = 0. A mask makes n
    zero, hence the projection the identity, where it is zero.
    """
    grid, host = symbols.grid, Symbols(symbols.grid, conventions=symbols.conventions)
    slopes = [np.imag(host.d(axis)) for axis in range(grid.dims)]
    d = np.stack([np.broadcast_to(slope, grid.spectral_shape) for slope in slopes])
    length = np.sqrt(np.sum(d * d, axis=0))
    return symbols.place(d / np.where(length == 0, 1.0, length))


def project(u_hat: Array, unit: Array) -> Array:
    """Return P̂ û = û - n (n·û), the spectrum (..., D, *K) without its part along n (D, *K).

    The spectral form of :func:`leray`, for n of :func:`unit_wavevectors`.
    """
    along = namespace_of(u_hat).sum(unit * u_hat, axis=-unit.ndim, keepdims=True)
    return u_hat - unit * along


def _slope(u: Array, grid: Grid, channel: int, axis: int) -> Array:
    """∂_axis of one channel, (..., 1, *N)."""
    part = u[(..., slice(channel, channel + 1), *(slice(None),) * grid.dims)]
    return derivative(part, grid, axis)
