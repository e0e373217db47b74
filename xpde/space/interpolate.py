"""The trigonometric interpolant of a field, between the grid points."""

import numpy as np

from xpde.core import backend_of, namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.space.fields import along_axis, require_field
from xpde.space.grid import Grid

__all__ = ["interpolate"]


def interpolate(u: Array, grid: Grid, x: Array) -> Array:
    """Return the trigonometric interpolant of u at the points x, (..., C, P).

    u(x) = Σ_k c_k ∏_j b_{k_j}(x_j),  b: 1, cos κx, sin κx, and cos(κx) alone at Nyquist

    It is real, equals u at the grid points, and is exact for fields whose modes fit the grid.
    Points outside the box see the periodic continuation. The Nyquist mode of an even axis is a
    cosine, half of its coefficient at +N/2 and half at -N/2.

    The series is summed one axis after the other with real numbers: P ∏N products in one matrix
    multiplication for the last axis, and 1/N of that for each other; memory for P ∏N / N_last
    numbers per channel, so ask for many points in blocks.

    Parameters
    ----------
    u
        Real field (..., C, *N).
    grid
        Its grid.
    x
        Points (P, D) in the units of the extent, or (..., P, D) with leading axes that broadcast
        against those of u. Host numbers are used in double precision whatever the precision of u.
        An array of the framework of u takes the precision of u; the result is differentiable in
        it too.

    Raises
    ------
    InvalidInput
        If the shape of u is not that of the grid, or the last axis of x does not hold D
        coordinates.
    """
    require_field(u, grid, "interpolate")
    onhost = isinstance(x, (np.ndarray, list, tuple))
    bk = backend_of(u) if onhost else backend_of(u, x)
    x = np.asarray(x, dtype=np.float64) if onhost else bk.asarray(x, like=u)
    if x.ndim < 2 or x.shape[-1] != grid.dims:
        raise InvalidInput(
            f"interpolate: expected points (..., P, {grid.dims}), got shape {tuple(x.shape)}; "
            "a single point is x[None, :]"
        )
    for axis in range(-grid.dims, 0):
        u = along_axis(_coefficients, u, axis)
    bases = [_basis(x[..., j], n, grid.extent[j]) for j, n in enumerate(grid.points)]
    return _contract(u, [bk.asarray(b, like=u) for b in bases], grid)


def _coefficients(u: Array) -> Array:
    """Real and imaginary parts of a real transform of the last axis, N numbers for N points."""
    bk, n = backend_of(u), u.shape[-1]
    u_hat = bk.rfftn(u, 1)
    waves = u_hat[..., 1 : (n + 1) // 2]  # neither the mean nor the Nyquist mode has a sine
    return bk.xp.concat([bk.xp.real(u_hat), bk.xp.imag(waves)], axis=-1)


def _basis(x: Array, n: int, length: float) -> Array:
    """Values of the n waves of one axis at x, (..., n, P), weighted as `_coefficients` needs."""
    bk, xp = backend_of(x), namespace_of(x)
    turns = x / length
    turns = turns - xp.round(turns)  # whole periods, taken off before they cost digits
    k = np.arange(n // 2 + 1.0)
    weights = np.where((k == 0) | (2 * k == n), 1.0, 2.0) / n
    waves = slice(1, (n + 1) // 2)

    def column(host: np.ndarray) -> Array:
        return bk.asarray(host[:, None], like=x)

    phase = column(2 * np.pi * k) * turns[..., None, :]
    cosines = column(weights) * xp.cos(phase)
    sines = column(-weights[waves]) * xp.sin(phase[..., waves, :])
    return xp.concat([cosines, sines], axis=-2)


def _contract(c: Array, bases: list[Array], grid: Grid) -> Array:
    """Σ over all modes of c (..., C, *N) times the bases (..., N_j, P): the last axis first."""
    xp, dims = namespace_of(c, *bases), grid.dims
    channels, last = c.shape[-dims - 1], grid.points[-1]
    rows = xp.reshape(c, (*c.shape[: -dims - 1], -1, last))
    values = xp.matmul(rows, bases[-1])
    shape = (*values.shape[:-2], channels, *grid.points[:-1], values.shape[-1])
    values = xp.reshape(values, shape)
    for axis in range(dims - 2, -1, -1):
        lead, (n, count) = bases[axis].shape[:-2], bases[axis].shape[-2:]
        basis = xp.reshape(bases[axis], (*lead, *(1,) * (axis + 1), n, count))
        values = xp.sum(values * basis, axis=-2)
    return values
