"""Norms of a state and of a difference: one engine, nine names."""

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.metrics.form import Mode, check_states, compare, power, root

__all__ = [
    "MAE",
    "MSE",
    "RMSE",
    "nMAE",
    "nMSE",
    "nRMSE",
    "norm",
    "sMAE",
    "sMSE",
    "sRMSE",
]


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
    check_states(pred, ref, dims)
    outer = 1 / inner if outer is None else outer

    def size(s: Array) -> Array:
        mean = namespace_of(s).mean(power(s, inner), axis=tuple(range(-dims, 0)))
        return root(mean, outer)

    return compare(size, pred, ref, mode)


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
