"""The same field on a grid of another resolution."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from xpde.core import backend_of
from xpde.core.backend import Array
from xpde.core.zeros import zeros_beside
from xpde.errors import InvalidInput
from xpde.space.fields import along_axis, require_field
from xpde.space.grid import Grid

__all__ = ["resample"]


def resample(u: Array, grid: Grid, points: Sequence[int]) -> Array:
    """Return u on the grid of ``points`` per axis and the same extent, (..., C, *M).

    Along every axis, from N to M points, the series of u is cut to |k| ≤ min(N, M)/2 and summed at
    the new points:

    - A field whose modes fit both grids keeps its values to rounding.
    - M > N, N even: the Nyquist mode is a cosine, half of its coefficient at +N/2, half at -N/2,
      so the result is :func:`~xpde.space.interpolate` at the new points.
    - M < N, M even: the cosine of ±M/2 becomes the new Nyquist mode; the sine vanishes at the
      points. Modes beyond are dropped, never aliased.

    Up and down again is therefore the identity for every field. Axes that shrink come first.

    Parameters
    ----------
    u
        Real field (..., C, *N).
    grid
        Its grid.
    points
        M_j, one number per axis; the new grid is ``Grid(points, grid.extent)``.

    Raises
    ------
    InvalidInput
        If the shape is not that of the grid, or ``points`` is not one positive integer per axis.
    """
    require_field(u, grid, "resample")
    if not isinstance(points, Sequence) or len(points) != grid.dims:
        raise InvalidInput(f"resample: expected points for {grid.dims} axes, got {points!r}")
    new = Grid(tuple(points), grid.extent).points
    for axis in sorted(range(grid.dims), key=lambda j: new[j] / grid.points[j]):
        if new[axis] != grid.points[axis]:
            u = along_axis(partial(_resample_last, m=new[axis]), u, axis - grid.dims)
    return u


def _resample_last(u: Array, m: int) -> Array:
    """From the N points of the last axis to m, by real transforms of that axis."""
    bk, n = backend_of(u), u.shape[-1]
    kept = min(n, m) // 2 + 1
    weights = np.full(kept, m / n)
    if min(n, m) % 2 == 0:  # an inner mode counts twice in a real series, a Nyquist mode once
        weights[-1] *= 0.5 if m > n else 2.0
    u_hat = bk.rfftn(u, 1)[..., :kept] * bk.asarray(weights, like=u)
    missing = m // 2 + 1 - kept
    if missing:
        u_hat = bk.xp.concat([u_hat, zeros_beside(bk.xp, u_hat, -1, missing)], axis=-1)
    return bk.irfftn(u_hat, (m,))
