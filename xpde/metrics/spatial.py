"""Norms of a state and of a difference: one engine, nine names."""

import math
from typing import Any, Literal

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.core.dtypes import is_complex
from xpde.errors import InvalidInput

__all__ = [
    "MAE",
    "MSE",
    "RMSE",
    "nMAE",
    "nMSE",
    "nRMSE",
    "norm",
    "ratio",
    "sMAE",
    "sMSE",
    "sRMSE",
]

Mode = Literal["absolute", "normalized", "symmetric"]
MODES = ("absolute", "normalized", "symmetric")


def norm(
    pred: Array,
    ref: Array | None = None,
    *,
    dims: int,
    mode: Mode = "absolute",
    inner: float = 2,
    outer: float | None = None,
) -> Array:
    """Sum over channels of A(s) = (mean over space of |s|^p)^q, or of a quotient of two of them.

    =========== ===================================
    absolute    Σ_c A(u - r), or Σ_c A(u) without r
    normalized  Σ_c A(u - r) / A(r)
    symmetric   Σ_c 2 A(u - r) / (A(u) + A(r))
    =========== ===================================

    Parameters
    ----------
    pred, ref
        u and r, (..., C, *N); leading axes broadcast and are kept.
    dims
        D, the number of space axes.
    inner, outer
        p and q; q is 1/p by default.

    Returns
    -------
    Array of the leading axes. A channel whose denominator is zero counts as infinity, or as NaN
    if its numerator is zero too; no error and no warning is raised. With q < 1 the gradient at a
    zero difference is not defined.

    Raises
    ------
    InvalidInput
        If the mode is unknown, it needs a reference, or the shapes of C and N differ.
    """
    if mode not in MODES:
        raise InvalidInput(f"norm: expected mode {', '.join(MODES)}, got {mode!r}")
    if ref is None and mode != "absolute":
        raise InvalidInput(f"norm: expected a reference for mode {mode!r}, got none")
    check_states(pred, ref, dims)
    outer = 1 / inner if outer is None else outer

    def size(s: Array) -> Array:
        return _aggregate(s, dims, inner, outer)

    xp = namespace_of(pred) if ref is None else namespace_of(pred, ref)
    error = size(pred if ref is None else pred - ref)
    if mode == "normalized":
        error = ratio(error, size(ref))
    if mode == "symmetric":
        error = ratio(2 * error, size(pred) + size(ref))
    return xp.sum(error, axis=-1)


def ratio(top: Array, bottom: Array) -> Array:
    """Return top / bottom; where bottom is 0 it is infinity, or NaN if top is 0 too."""
    xp = namespace_of(top, bottom)
    zero = bottom == 0
    one = xp.ones_like(bottom)
    quotient = top / xp.where(zero, one, bottom)
    lost = xp.where(top == 0, one * math.nan, one * math.inf)
    return xp.where(zero, lost, quotient)


def check_states(pred: Any, ref: Any, dims: int) -> None:
    """Raise unless both are (..., C, *N) with ``dims`` space axes and equal C and N."""
    shapes = [tuple(x.shape) for x in (pred, ref) if x is not None]
    for shape in shapes:
        if len(shape) < dims + 1:
            raise InvalidInput(
                f"metrics: expected states (..., C, *N) with {dims} space axes, got shape {shape}"
            )
    if len({shape[-dims - 1 :] for shape in shapes}) > 1:
        raise InvalidInput(
            f"metrics: expected equal channels and points, got {shapes[0]} and {shapes[1]}"
        )


def _aggregate(s: Array, dims: int, inner: float, outer: float) -> Array:
    """(mean over space of |s|^p)^q for every channel, (..., C)."""
    xp = namespace_of(s)
    if inner == 2:
        power = xp.real(s) ** 2 + xp.imag(s) ** 2 if is_complex(s) else s * s
    else:
        power = xp.abs(s) if inner == 1 else xp.abs(s) ** inner
    mean = xp.mean(power, axis=tuple(range(-dims, 0)))
    if outer == 1:
        return mean
    return xp.sqrt(mean) if outer == 0.5 else mean**outer


def MAE(pred: Array, ref: Array | None = None, *, dims: int) -> Array:
    """Σ_c ⟨|u - r|⟩, the mean absolute error."""
    return norm(pred, ref, dims=dims, inner=1, outer=1)


def nMAE(pred: Array, ref: Array, *, dims: int) -> Array:
    """Σ_c ⟨|u - r|⟩ / ⟨|r|⟩."""
    return norm(pred, ref, dims=dims, mode="normalized", inner=1, outer=1)


def sMAE(pred: Array, ref: Array, *, dims: int) -> Array:
    """Σ_c 2⟨|u - r|⟩ / (⟨|u|⟩ + ⟨|r|⟩), between 0 and 2 for each channel."""
    return norm(pred, ref, dims=dims, mode="symmetric", inner=1, outer=1)


def MSE(pred: Array, ref: Array | None = None, *, dims: int) -> Array:
    """Σ_c ⟨(u - r)²⟩, the mean squared error."""
    return norm(pred, ref, dims=dims, inner=2, outer=1)


def nMSE(pred: Array, ref: Array, *, dims: int) -> Array:
    """Σ_c ⟨(u - r)²⟩ / ⟨r²⟩."""
    return norm(pred, ref, dims=dims, mode="normalized", inner=2, outer=1)


def sMSE(pred: Array, ref: Array, *, dims: int) -> Array:
    """Σ_c 2⟨(u - r)²⟩ / (⟨u²⟩ + ⟨r²⟩), between 0 and 4 for each channel."""
    return norm(pred, ref, dims=dims, mode="symmetric", inner=2, outer=1)


def RMSE(pred: Array, ref: Array | None = None, *, dims: int) -> Array:
    """Σ_c √⟨(u - r)²⟩, the root mean squared error."""
    return norm(pred, ref, dims=dims, inner=2, outer=0.5)


def nRMSE(pred: Array, ref: Array, *, dims: int) -> Array:
    """Σ_c √(⟨(u - r)²⟩ / ⟨r²⟩), the benchmark's measure."""
    return norm(pred, ref, dims=dims, mode="normalized", inner=2, outer=0.5)


def sRMSE(pred: Array, ref: Array, *, dims: int) -> Array:
    """Σ_c 2√⟨(u - r)²⟩ / (√⟨u²⟩ + √⟨r²⟩), between 0 and 2 for each channel."""
    return norm(pred, ref, dims=dims, mode="symmetric", inner=2, outer=0.5)
