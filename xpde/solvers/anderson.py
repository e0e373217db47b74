"""Anderson's mixing: the combination of iterates whose residual is least."""

from typing import Any

from xpde.core import namespace_of
from xpde.solvers.inner import dot, quotient

__all__ = ["mixed"]

Array = Any


def mixed(
    x: Array, r: Array, xs: tuple[Array, ...], rs: tuple[Array, ...], ndim: int
) -> tuple[Array, Array]:
    """Return x - Σ γ_j Δx_j and r - Σ γ_j Δr_j, with γ such that the latter is shortest.

    Modified Gram-Schmidt on the Δr_j, newest first, every operation on Δr_j done on Δx_j too: the
    coefficients γ never appear, and no matrix whose condition is the square. A Δr_j that keeps
    less than √ε of its length is within the span of newer ones up to rounding: it is left out, as
    are those of steps that were not done yet, which are 0.

    Parameters
    ----------
    x, r
        Iterate and residual, (..., *domain).
    xs, rs
        Their last changes, the newest first.
    ndim
        Axes of the domain.
    """
    xp = namespace_of(r)
    least = xp.finfo(r.dtype).eps  # of squared lengths: √ε of the length
    kept: list[tuple[Array, Array, Array]] = []
    for dx, dr in zip(xs, rs, strict=True):
        w, v = dx, dr
        whole = dot(v, v, ndim)
        for w_old, v_old, size in kept:
            share = quotient(dot(v_old, v, ndim), size)
            v, w = v - share * v_old, w - share * w_old
        size = dot(v, v, ndim)
        size = xp.where(size > least * whole, size, xp.zeros_like(size))
        share = quotient(dot(v, r, ndim), size)
        x, r = x - share * w, r - share * v
        kept.append((w, v, size))
    return x, r
