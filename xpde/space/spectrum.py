"""Radial spectra: the energy or the amplitude of a field by wavelength."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from xpde.core import backend_of, namespace_of
from xpde.core.backend import Array
from xpde.core.zeros import zeros_beside
from xpde.errors import unknown_name
from xpde.space.fields import require_field
from xpde.space.grid import Grid

__all__ = ["spectrum"]

_SLACK = 1e-9
_WIDTH = 32  # rows this long waste few entries at the end of a shell, and few are left to join
_FORMS = ("sum", "average", "density")


def spectrum(u: Array, grid: Grid, power: bool = True, radial: str = "sum") -> Array:
    """Return the spectrum of every channel in shells of |κ|, (..., C, bins).

    Each wave A cos(κ·x + φ) counts with its energy A²/4 or, with ``power=False``, its amplitude A.
    Shell s holds the modes with s - 1/2 ≤ |κ|/κ₁ < s + 1/2, where κ₁ = 2π/max(L) is the lowest
    wavenumber of the longest axis: on a cube |κ|/κ₁ = |k|. Shells go up to the largest sphere
    inside the grid's modes, s ≤ min_j ⌊N_j/2⌋ max(L)/L_j; the corners beyond are left out. Within
    the sphere Parseval's identity holds: the sum over shells of the energy is ⟨u²⟩/2.

    Parameters
    ----------
    u
        Real field (..., C, *N).
    grid
        Its grid.
    power
        Energy |û|²/(2∏N²) or amplitude |û|/∏N, each summed over ±k. The amplitude has a kink,
        and derivative 0 here, where a coefficient is zero.
    radial
        ``sum`` over the shell; ``average``: the sum over the number of *stored* modes of the shell
        (all of the outer axes, half of the last), the definition of the reference; ``density``:
        over the number of all modes, which is flat for white noise. In one dimension a shell
        stores one mode.

    Returns
    -------
    Array (..., C, bins), in O(∏N) operations after the transform.

    Raises
    ------
    InvalidInput
        If the shape is not that of the grid or ``radial`` is unknown.

    Reference: exponax (``get_spectrum``), for ``sum`` and ``average`` on a cube.
    """
    require_field(u, grid, "spectrum")
    if radial not in _FORMS:
        raise unknown_name("radial form of a spectrum", radial, _FORMS)
    bk, xp = backend_of(u), namespace_of(u)
    plan = _plan(grid, radial)
    c = bk.rfftn(u, grid.dims) * (1 / grid.size)
    sizes = 0.5 * _square(c) if power else xp.abs(c)
    sizes = xp.reshape(sizes, (*u.shape[: -grid.dims], math.prod(grid.spectral_shape)))
    return _add(sizes * bk.asarray(plan.weight, like=u), plan)


def _square(c: Array) -> Array:
    xp = namespace_of(c)
    a, b = xp.real(c), xp.imag(c)
    return a * a + b * b


class _Plan(NamedTuple):
    """Host numbers: the weight and the shell of every stored mode, and how to add them.

    Every array of ``levels`` (R, W) holds the numbers of the entries that one pass adds in rows;
    the last pass leaves one row for each shell. Rows are filled up with the number after the last.
    """

    weight: np.ndarray
    shell: np.ndarray
    levels: tuple[np.ndarray, ...]


@lru_cache(maxsize=4)
def _plan(grid: Grid, radial: str) -> _Plan:
    longest = max(grid.extent)
    axes = [(grid.wavenumbers(j), longest / length) for j, length in enumerate(grid.extent)]
    square = sum((grid.along((k * r) ** 2, j) for j, (k, r) in enumerate(axes)), np.zeros(()))
    # a tie of a half, and the sphere through a last mode, are kept however L's ratio was rounded
    shell = np.floor(np.sqrt(square) + 0.5 + _SLACK).astype(np.int64).ravel()
    ends = [n // 2 * r for n, (_, r) in zip(grid.points, axes, strict=True)]
    bins = math.floor(min(ends) + _SLACK) + 1
    last = grid.wavenumbers(-1)
    twice = np.where((last == 0) | (2 * last == grid.points[-1]), 1.0, 2.0)
    twice = np.broadcast_to(twice, grid.spectral_shape).ravel()
    inside = shell < bins
    weight, shell = np.where(inside, twice, 0.0), np.minimum(shell, bins - 1)
    if radial != "sum":
        stored = inside.astype(float) if radial == "average" else weight
        weight = weight / np.bincount(shell, stored, bins)[shell]
    modes = np.flatnonzero(inside)
    modes = modes[np.argsort(shell[modes], kind="stable")]
    rows, owners = _rows(modes, shell[modes], bins, shell.size, _WIDTH)
    joined, _ = _rows(np.arange(len(rows)), owners, bins, len(rows), len(rows))
    return _Plan(weight, shell, (rows, joined) if len(rows) > bins else (rows,))


def _rows(
    entries: np.ndarray, owner: np.ndarray, bins: int, blank: int, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cut the entries, sorted by owner, into rows of one owner each: rows (R, W), owners (R,)."""
    counts = np.bincount(owner, minlength=bins)
    width = min(width, int(np.max(counts)))
    heights = -(-counts // width)
    rank = np.arange(len(entries)) - np.repeat(np.cumsum(counts) - counts, counts)
    slot = np.repeat(np.cumsum(heights) - heights, counts) * width + rank
    table = np.full(int(np.sum(heights)) * width, blank)
    table[slot] = entries
    return table.reshape(-1, width), np.repeat(np.arange(bins), heights)


def _add(sizes: Array, plan: _Plan) -> Array:
    """Add (..., modes) within each shell, (..., bins).

    Recorded on the tape, whose rule of ``take`` would make a matrix of modes times modes, the
    adjoint is given by hand: every mode gets the cotangent of its shell. Modes outside have weight
    zero, so it does not matter which.
    """

    def forward(values: Array) -> Array:
        for rows in plan.levels:
            values = _add_rows(values, rows)
        return values

    def backward(_: None, g: Array) -> tuple[Array]:
        return (namespace_of(g).take(g, backend_of(g).asarray(plan.shell, like=g), axis=-1),)

    bk = backend_of(sizes)
    if bk.capabilities.gradients == "native":
        return forward(sizes)
    return bk.custom_vjp(forward, lambda values: (forward(values), None), backward)(sizes)


def _add_rows(values: Array, rows: np.ndarray) -> Array:
    bk, xp = backend_of(values), namespace_of(values)
    values = xp.concat([values, zeros_beside(xp, values, -1, 1)], axis=-1)
    picked = xp.take(values, bk.asarray(rows.ravel(), like=values), axis=-1)
    return xp.sum(xp.reshape(picked, (*values.shape[:-1], *rows.shape)), axis=-1)
