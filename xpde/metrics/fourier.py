"""Norms of the Fourier coefficients of an error: a band of modes, derivatives, six names."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, TypedDict, Unpack

import numpy as np

from xpde.conventions import EXACT, Conventions
from xpde.core import backend_of, namespace_of
from xpde.core.backend import Array
from xpde.core.dtypes import is_complex
from xpde.errors import InvalidInput
from xpde.metrics.form import Mode, check_states, compare, power, root
from xpde.space import Grid, Symbols

__all__ = [
    "BandOptions",
    "Extent",
    "FourierOptions",
    "box",
    "check_band",
    "fourier_MAE",
    "fourier_MSE",
    "fourier_RMSE",
    "fourier_nMAE",
    "fourier_nMSE",
    "fourier_nRMSE",
    "fourier_norm",
    "half_weights",
    "spectral_size",
]

Extent = float | Sequence[float]


class BandOptions(TypedDict, total=False):
    """Options of every metric of a band of modes, see :func:`fourier_norm`."""

    low: int
    high: int | None
    extent: Extent
    conventions: Conventions


class FourierOptions(BandOptions, total=False):
    """Options of the Fourier metrics, see :func:`fourier_norm`."""

    derivative: int | None


def fourier_norm(
    pred: Array,
    ref: Array | None = None,
    *,
    dims: int,
    mode: Mode = "absolute",
    inner: float = 2,
    outer: float | None = None,
    low: int = 0,
    high: int | None = None,
    derivative: int | None = None,
    extent: Extent = 1.0,
    conventions: Conventions = EXACT,
) -> Array:
    """Compare the coefficients of u and r on a band of modes, derivatives included.

    A(s) = Σ_j (N⁻² Σ_k |κ_j^m ŝ(k)|^p)^q,  N = ∏ N_j,

    k over all modes with low ≤ max_j |k_j| ≤ high, j over the axes for a derivative of order
    m ≥ 1, otherwise once with κ_j^m = 1. For p = 2, the full band and no derivative it is the
    spatial norm (Parseval). For other p it is no norm of the field, and it depends on the number
    of points: with c = ŝ/N, it holds N^(p-2) Σ |c|^p. Gradients are summed over axes outside the
    power q, so with q = 1/2 it is Σ_j |∂_j s|, not | |∇s| |.

    Parameters
    ----------
    pred, ref
        u and r, real, (..., C, *N); leading axes broadcast and are kept, channels are summed.
    dims
        D, the number of space axes.
    mode
        Form of the comparison, see :func:`~xpde.metrics.norm`.
    inner, outer
        p and q; q is 1/p by default.
    low, high
        Smallest and largest max_j |k_j| that counts, both inclusive; None has no upper end.
    derivative
        m; None takes none. Odd orders are zero at the Nyquist mode.
    extent
        Length of the box, one number or one per axis; it enters through derivatives alone.
    conventions
        ``exponax-0.2`` and ``apebench-0.1`` drop coefficients below ``fourier_floor``, keep
        the slope of the Nyquist mode, count an explicit ``derivative=0`` D times and
        integrate over the box (times (∏ L_j)^q).

    Raises
    ------
    InvalidInput
        If the shapes differ, the states are complex, or the band is empty on this grid.

    References: exponax 0.2.0, ``fourier_norm``; Koehler et al., APEBench (2024), appendix.
    """
    check_states(pred, ref, dims)
    check_band(low, high, derivative)
    outer = 1 / inner if outer is None else outer
    grid = box(pred, dims, extent)
    band = _band(grid, low, high) * half_weights(grid) / grid.size**2
    if conventions.fourier_measure == "integral":
        band = band * np.prod(grid.extent)
    weights = [band * d**inner for d in _derivatives(grid, derivative, conventions)]
    floor = conventions.fourier_floor

    def size(s: Array) -> Array:
        return spectral_size(s, weights, inner, outer, floor)

    return compare(size, pred, ref, mode)


def spectral_size(
    s: Array, weights: Sequence[np.ndarray], inner: float, outer: float, floor: float = 0.0
) -> Array:
    """Σ_w (Σ_k w(k) |ŝ(k)|^p)^q for every channel, (..., C, *N) to (..., C).

    The weights are host arrays (*K) of the half spectrum. Coefficients with |ŝ| < floor count as
    zero.

    Raises
    ------
    InvalidInput
        If ``s`` is complex: half of its spectrum does not hold the other half.
    """
    if is_complex(s):
        raise InvalidInput("metrics: expected real states for a spectrum, got complex ones")
    xp, bk, dims = namespace_of(s), backend_of(s), weights[0].ndim
    sizes = power(bk.rfftn(s, dims), inner)
    if floor:
        sizes = xp.where(sizes < floor**inner, xp.zeros_like(sizes), sizes)
    space = tuple(range(-dims, 0))
    parts = [root(xp.sum(bk.asarray(w, like=s) * sizes, axis=space), outer) for w in weights]
    return sum(parts[1:], parts[0])


def box(u: Array, dims: int, extent: Extent) -> Grid:
    """Return the grid of a state (..., C, *N) in a box of one length, or of one per axis."""
    lengths = tuple(float(length) for length in np.ravel(extent))
    return Grid(tuple(u.shape[-dims:]), lengths * dims if len(lengths) == 1 else lengths)


def half_weights(grid: Grid) -> np.ndarray:
    """How often an entry of the half spectrum occurs in the whole, host (*K): 1 or 2.

    Modes 0 < k < N/2 of the last axis stand for their conjugates too.
    """
    k, n = grid.wavenumbers(grid.dims - 1), grid.points[-1]
    twice = np.where((k > 0) & (2 * k < n), 2.0, 1.0)
    return np.broadcast_to(twice, grid.spectral_shape)


def check_band(low: Any, high: Any, derivative: Any) -> None:
    """Raise :class:`InvalidInput` unless 0 ≤ low ≤ high and derivative ≥ 0 are integers."""
    for name, value in {"low": low, "high": high, "derivative": derivative}.items():
        optional = value is None and name != "low"
        if not optional and not (isinstance(value, Integral) and int(value) >= 0):
            raise InvalidInput(f"metrics: expected {name} as an integer of 0 or more, got {value}")
    if high is not None and high < low:
        raise InvalidInput(f"metrics: expected low ≤ high, got {low} and {high}")


def _band(grid: Grid, low: int, high: int | None) -> np.ndarray:
    """Host (*K), 1 where low ≤ max_j |k_j| ≤ high."""
    largest = np.zeros(grid.spectral_shape, dtype=int)
    for axis in range(grid.dims):
        largest = np.maximum(largest, grid.along(np.abs(grid.wavenumbers(axis)), axis))
    if low > largest.max():
        raise InvalidInput(
            f"metrics: expected low of at most {largest.max()}, the largest mode of {grid.points} "
            f"points, got {low}"
        )
    inside = largest >= low if high is None else (largest >= low) & (largest <= high)
    return inside.astype(float)


def _derivatives(grid: Grid, order: int | None, conventions: Conventions) -> list[np.ndarray]:
    """Moduli of the symbols that a state is multiplied with, host, broadcasting to (*K)."""
    if order is None or (order == 0 and conventions.fourier_zeroth == "once"):
        return [np.ones(grid.spectral_shape)]
    symbols = Symbols(grid, conventions=conventions)
    return [np.abs(symbols.d(axis, order)) for axis in range(grid.dims)]


def fourier_MAE(
    pred: Array, ref: Array | None = None, *, dims: int, **options: Unpack[FourierOptions]
) -> Array:
    """Σ_c Σ_j N⁻² Σ_k |κ_j^m (û - r̂)|, moduli of coefficients (no L¹ norm)."""
    return fourier_norm(pred, ref, dims=dims, inner=1, outer=1, **options)


def fourier_nMAE(pred: Array, ref: Array, *, dims: int, **options: Unpack[FourierOptions]) -> Array:
    """fourier_MAE of every channel over that of the reference."""
    return fourier_norm(pred, ref, dims=dims, mode="normalized", inner=1, outer=1, **options)


def fourier_MSE(
    pred: Array, ref: Array | None = None, *, dims: int, **options: Unpack[FourierOptions]
) -> Array:
    """Σ_c Σ_j N⁻² Σ_k |κ_j^m (û - r̂)|², the MSE of a band of modes."""
    return fourier_norm(pred, ref, dims=dims, inner=2, outer=1, **options)


def fourier_nMSE(pred: Array, ref: Array, *, dims: int, **options: Unpack[FourierOptions]) -> Array:
    """fourier_MSE of every channel over that of the reference."""
    return fourier_norm(pred, ref, dims=dims, mode="normalized", inner=2, outer=1, **options)


def fourier_RMSE(
    pred: Array, ref: Array | None = None, *, dims: int, **options: Unpack[FourierOptions]
) -> Array:
    """Σ_c Σ_j √(N⁻² Σ_k |κ_j^m (û - r̂)|²), the RMSE of a band of modes."""
    return fourier_norm(pred, ref, dims=dims, inner=2, outer=0.5, **options)


def fourier_nRMSE(
    pred: Array, ref: Array, *, dims: int, **options: Unpack[FourierOptions]
) -> Array:
    """fourier_RMSE of every channel over that of the reference."""
    return fourier_norm(pred, ref, dims=dims, mode="normalized", inner=2, outer=0.5, **options)
