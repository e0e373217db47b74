"""Triangular systems by substitution, for frameworks whose namespace has none."""

from typing import Any

Array = Any

__all__ = ["solve"]


def solve(xp: Any, a: Array, b: Array, lower: bool) -> Array:
    """Solve ``a x = b`` row by row: x_i = (b_i - Σ_j a_ij x_j) / a_ii over the rows solved so far.

    ``a`` is (..., n, n), ``b`` is (..., n, m). Entries on the other side of the diagonal are not
    read. Golub & Van Loan, Matrix Computations (4th ed.), algorithm 3.1.1.
    """
    n = a.shape[-1]
    order = range(n) if lower else range(n - 1, -1, -1)
    solved: dict[int, Array] = {}
    for i in order:
        right = b[..., i, :]
        for j, x_j in solved.items():
            right = right - a[..., i, j, None] * x_j
        solved[i] = right / a[..., i, i, None]
    return xp.stack([solved[i] for i in range(n)], axis=-2)
