"""Weights of finite differences, exact: one linear system in rational numbers makes all of them."""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from xpde.errors import InvalidInput

__all__ = ["Functional", "centered", "fitted", "halfway", "one_sided", "stencil_weights"]

Rational = Fraction | int | float
Functional = tuple[tuple[Fraction, int, Fraction], ...]
"""Σ c u⁽ᵐ⁾(x) as triples (x, m, c): a value, a derivative, or a mixture of both at points."""


def stencil_weights(offsets: Sequence[Rational], derivative: int) -> tuple[Fraction, ...]:
    """Return w with Σ_k w_k u(x + s_k h) = h^m u⁽ᵐ⁾(x) + O(h^n), exact for degrees below n.

    The weights solve the Vandermonde system Σ_k w_k s_k^j = m! δ_jm, j = 0 .. n - 1, in rational
    numbers. For offsets that lie symmetrically about 0, one degree more is exact where m and n
    have different parity, so that 3 centered points give a second derivative of order 2.

    Parameters
    ----------
    offsets
        s_k, n different ones, in units of the spacing: centered, one-sided, halves (staggered).
    derivative
        m, from 0 (interpolation) to n - 1.

    Raises
    ------
    InvalidInput
        If offsets repeat, or are too few for the derivative.

    Reference: Fornberg, Generation of finite difference formulas on arbitrarily spaced grids,
    Math. Comput. 51 (1988); the tables there are these weights.
    """
    exact = tuple(Fraction(s) for s in offsets)
    if len(set(exact)) < len(exact):
        raise InvalidInput(f"stencil: expected different offsets, got {tuple(offsets)}")
    if not 0 <= derivative < len(exact):
        raise InvalidInput(
            f"stencil: expected more offsets than the order of the derivative, got {len(exact)} "
            f"for order {derivative}"
        )
    nodes = tuple(((s, 0, Fraction(1)),) for s in exact)
    return fitted(((Fraction(0), derivative, Fraction(1)),), nodes)


def centered(derivative: int, accuracy: int = 2) -> tuple[int, ...]:
    """Return the offsets -p .. p whose weights have an error of order ``accuracy``, which is even.

    p = ⌊(m + 1)/2⌋ - 1 + accuracy/2
    """
    _check(derivative, accuracy)
    if accuracy % 2:
        raise InvalidInput(f"stencil: expected an even accuracy if centered, got {accuracy}")
    reach = (derivative + 1) // 2 - 1 + accuracy // 2
    return tuple(range(-reach, reach + 1))


def one_sided(derivative: int, accuracy: int = 1, side: int = 1) -> tuple[int, ...]:
    """Return the offsets 0 .. p (``side`` 1) or -p .. 0 (-1) of order q, p = m + q - 1."""
    _check(derivative, accuracy)
    if side not in (1, -1):
        raise InvalidInput(f"stencil: expected side 1 or -1, got {side!r}")
    last = derivative + accuracy - 1
    return tuple(range(last + 1)) if side == 1 else tuple(range(-last, 1))


def halfway(derivative: int, accuracy: int = 2) -> tuple[Fraction, ...]:
    """Return the offsets ±½, ±3/2, ... of order ``accuracy``, which is even."""
    _check(derivative, accuracy)
    if accuracy % 2:
        raise InvalidInput(f"stencil: expected an even accuracy between points, got {accuracy}")
    count = derivative // 2 + accuracy // 2
    return tuple(Fraction(2 * k + 1, 2) for k in range(-count, count))


@lru_cache(maxsize=1024)
def fitted(target: Functional, data: tuple[Functional, ...]) -> tuple[Fraction, ...]:
    """Return w with ``target``(u) = Σ_k w_k ``data``_k(u) for all polynomials u of degree < n.

    Raises
    ------
    InvalidInput
        If the data do not determine such a polynomial.
    """
    n = len(data)
    rows = [
        [*(_moment(functional, j) for functional in data), _moment(target, j)] for j in range(n)
    ]
    for i in range(n):  # Gauss-Jordan elimination; exact, so any pivot will do
        pivot = next((r for r in range(i, n) if rows[r][i] != 0), None)
        if pivot is None:
            raise InvalidInput("stencil: expected data that determine a polynomial, got too few")
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r in range(n):
            if r != i and rows[r][i] != 0:
                factor = rows[r][i]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[i], strict=True)]
    return tuple(row[-1] for row in rows)


def _moment(functional: Functional, power: int) -> Fraction:
    """Return the functional of x^power."""
    total = Fraction(0)
    for x, order, factor in functional:
        if order <= power:
            falling = Fraction(1)
            for k in range(order):
                falling *= power - k
            total += factor * falling * x ** (power - order)
    return total


def _check(derivative: int, accuracy: int) -> None:
    if derivative < 0 or accuracy < 1:
        raise InvalidInput(
            f"stencil: expected a derivative of 0 or more and an accuracy of 1 or more, got "
            f"{derivative} and {accuracy}"
        )
