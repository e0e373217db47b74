"""Triangular systems by substitution, for frameworks whose namespace has none."""

from typing import Any

Array = Any

__all__ = ["solve"]

_BLOCK = 8
"""Rows that are solved one by one; larger systems are halved."""


def solve(xp: Any, a: Array, b: Array, lower: bool) -> Array:
    """Solve ``a x = b`` by halves: a₁₁ x₁ = b₁, then a₂₂ x₂ = b₂ - a₂₁ x₁.

    ``a`` is (..., n, n), ``b`` is (..., n, m). Entries on the other side of the diagonal are not
    read. n/8 products and 7n/2 operations on rows, so that the number of calls grows with n and not
    with its square. Golub & Van Loan, Matrix Computations (4th ed.), section 3.1.5 (block forward
    substitution) and algorithm 3.1.1.
    """
    n = a.shape[-1]
    if n <= _BLOCK:
        return _by_rows(xp, a, b, lower)
    half = n // 2
    head, tail = slice(0, half), slice(half, n)
    first, last = (head, tail) if lower else (tail, head)
    x = solve(xp, a[..., first, first], b[..., first, :], lower)
    rest = b[..., last, :] - xp.matmul(a[..., last, first], x)
    y = solve(xp, a[..., last, last], rest, lower)
    return xp.concat([x, y] if lower else [y, x], axis=-2)


def _by_rows(xp: Any, a: Array, b: Array, lower: bool) -> Array:
    """Return x_i = (b_i - Σ_j a_ij x_j) / a_ii over the rows solved so far."""
    n = a.shape[-1]
    solved: dict[int, Array] = {}
    for i in range(n) if lower else range(n - 1, -1, -1):
        right = b[..., i, :]
        for j, x_j in solved.items():
            right = right - a[..., i, j, None] * x_j
        solved[i] = right / a[..., i, i, None]
    return xp.stack([solved[i] for i in range(n)], axis=-2)
