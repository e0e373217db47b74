"""Exponential Runge-Kutta schemes as data, aligned like the book."""

from dataclasses import dataclass

__all__ = ["TABLES", "Row"]

Combination = tuple[tuple[float, int, float], ...]
"""Σ a φ_k(c z) as entries (a, k, c)."""


@dataclass(frozen=True)
class Row:
    """One row: v = e^{cz} v_base + h Σ (combination of φ) · (Σ_j m_j N_j).

    Attributes
    ----------
    base
        Which value is carried: 0 is u, i is the result of row i - 1.
    c
        Exponent of the carrying; 0 leaves the base as it is.
    terms
        Pairs of a combination of phi functions and the stages (j, m_j) it multiplies, where
        N_j is the nonlinear term at value j.
    """

    base: int
    c: float
    terms: tuple[tuple[Combination, tuple[tuple[int, float], ...]], ...] = ()


_HALF: Combination = ((0.5, 1, 0.5),)  # ½ φ1(z/2)
_PHI1: Combination = ((1, 1, 1),)
_PHI2: Combination = ((1, 2, 1),)
_FIRST: Combination = ((1, 1, 1), (-3, 2, 1), (4, 3, 1))  # φ1 - 3 φ2 + 4 φ3
_INNER: Combination = ((2, 2, 1), (-4, 3, 1))  # 2 φ2 - 4 φ3
_INNER2: Combination = ((4, 2, 1), (-8, 3, 1))
_LAST: Combination = ((-1, 2, 1), (4, 3, 1))  # 4 φ3 - φ2

TABLES: dict[int, tuple[Row, ...]] = {
    0: (Row(0, 1),),
    1: (Row(0, 1, ((_PHI1, ((0, 1),)),)),),
    2: (
        Row(0, 1, ((_PHI1, ((0, 1),)),)),
        Row(1, 0, ((_PHI2, ((1, 1), (0, -1))),)),
    ),
    3: (
        Row(0, 0.5, ((_HALF, ((0, 1),)),)),
        Row(0, 1, ((_PHI1, ((1, 2), (0, -1))),)),
        Row(0, 1, ((_FIRST, ((0, 1),)), (_INNER2, ((1, 1),)), (_LAST, ((2, 1),)))),
    ),
    4: (
        Row(0, 0.5, ((_HALF, ((0, 1),)),)),
        Row(0, 0.5, ((_HALF, ((1, 1),)),)),
        Row(1, 0.5, ((_HALF, ((2, 2), (0, -1))),)),
        Row(0, 1, ((_FIRST, ((0, 1),)), (_INNER, ((1, 1), (2, 1))), (_LAST, ((3, 1),)))),
    ),
}
"""ETDRK of order 0 (linear part alone) to 4.

Reference: Cox & Matthews (2002), equations 4, 22, 23-25 and 26-29.
"""
