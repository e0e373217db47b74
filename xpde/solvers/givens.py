"""Least squares with a Hessenberg matrix, by plane rotations."""

from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of
from xpde.solvers.arnoldi import rounding
from xpde.solvers.inner import zeros

__all__ = ["least_squares"]

Array = Any


def least_squares(hessenberg: Array, beta: Array) -> tuple[Array, Array]:
    """Return y that minimizes ‖β e₁ - H y‖₂, and where a column of H had no pivot.

    Parameters
    ----------
    hessenberg
        H, (..., m + 1, m), zero below the first subdiagonal. Zero columns (of an exhausted space)
        have coefficients 0; so has a column that depends on those before up to 100 ε ‖H‖, and
        all have them where ‖H‖ ‖y‖ > ‖β‖/(100 ε): no digit of H y would be right.
    beta
        (..., 1).

    Returns
    -------
    tuple
        y (..., m), and (..., 1): whether the operator of the process may be singular, since a
        column other than those of an exhausted space was left out, or ‖H‖ ‖y‖ > ‖β‖/√ε.

    Reference: Saad, Iterative Methods for Sparse Linear Systems (2nd ed.), section 6.5.3.
    """
    verbs, count = backend_of(hessenberg, beta), int(hessenberg.shape[-1])
    xp, tiny = verbs.xp, rounding(hessenberg)
    below = zeros(beta, (*beta.shape[:-1], count))
    right = xp.concat([beta, below], axis=-1)[..., None]
    table = xp.moveaxis(xp.concat([hessenberg, right], axis=-1), -2, 0)
    largest = xp.max(xp.vecdot(hessenberg, hessenberg, axis=-2), axis=-1, keepdims=True)
    units = verbs.asarray(np.eye(count, count + 1), like=hessenberg)

    def rotate(carry: tuple[Array, ...], x: tuple[Array, ...]) -> tuple[Any, Any]:
        """Take the entry below the diagonal into the one on it."""
        (row, alive, singular), (other, unit) = carry, x
        a, b = (xp.vecdot(each, unit, axis=-1)[..., None] for each in (row, other))
        square = a * a + b * b
        keep = square > (10.0 * tiny) ** 2 * largest
        length = xp.sqrt(xp.where(keep, square, xp.ones_like(square)))
        c, s = a / length, b / length
        done = xp.where(keep, c * row + s * other, xp.zeros_like(row))
        return (c * other - s * row, alive & (b != 0), singular | (alive & ~keep)), (done, keep)

    begin = (table[0, ...], beta > 0, beta < 0)
    (_, _, singular), (rows, kept) = verbs.scan(rotate, begin, (table[1:, ...], units))
    y = _solved(xp.moveaxis(rows, 0, -2), xp.moveaxis(kept[..., 0], 0, -1))
    share = largest * xp.vecdot(y, y, axis=-1)[..., None]  # (‖H‖ ‖y‖)²
    wild = (10.0 * tiny) ** 2 * share > beta * beta
    return xp.where(wild, xp.zeros_like(y), y), singular | (0.1 * tiny * share > beta * beta)


def _solved(rows: Array, kept: Array) -> Array:
    """Solve R y = g for the rows [R | g], with y_i = 0 where a row is not kept."""
    xp, count = namespace_of(rows), int(rows.shape[-2])
    place = backend_of(rows).asarray
    upper, unit = place(np.triu(np.ones((count, count))), like=rows), np.eye(count)
    holes = xp.where(kept, xp.zeros_like(rows[..., -1]), xp.ones_like(rows[..., -1]))
    triangle = rows[..., :count] * upper + place(unit, like=rows) * holes[..., None]
    return xp.linalg.solve(triangle, rows[..., count:])[..., 0]
