"""Cyclic reduction of tridiagonal systems."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.exact import Exact
from xpde.solvers.inner import quotient
from xpde.solvers.operator import LinearOperator, Tags
from xpde.solvers.solution import Status
from xpde.solvers.tridiagonal import Tridiagonal

__all__ = ["CyclicReduction"]

Array = Any
Bands = tuple[Array, Array, Array]


@register_tree()
@dataclass(frozen=True, eq=False)
class CyclicReduction(Exact):
    """Odd-even reduction, for :class:`~xpde.solvers.Tridiagonal` and sums and multiples of it.

    Every second unknown is eliminated, in all equations at once, until one is left: 2 log₂ n steps
    on whole arrays, 17 n operations for each right-hand side. A periodic operator is one without
    corners plus u vᵀ, by the formula of Sherman and Morrison: two right-hand sides.

    There is no pivoting. It is stable for diagonally dominant and for symmetric definite matrices;
    elsewhere a pivot may vanish, which the status ``BREAKDOWN`` tells.

    Raises
    ------
    InvalidInput
        If the operator is not tridiagonal.

    References: Golub & Van Loan, Matrix Computations (4th ed.), section 4.8.3 (block form) and
    equation (2.1.4); Heller, SIAM J. Numer. Anal. 13 (1976) 484, on stability.
    """

    fault: ClassVar[Status] = Status.BREAKDOWN

    def check(self, operator: LinearOperator) -> None:
        """Refuse what is not tridiagonal."""
        self.inverse(operator)

    def inverse(self, operator: LinearOperator, like: Array | None = None) -> LinearOperator:
        """Return A⁻¹ as an operator that reduces at each application."""
        found = Tridiagonal.of(operator)
        if found is None:
            raise InvalidInput(
                "CyclicReduction: expected a tridiagonal operator, or sums and multiples of such, "
                f"got {type(operator).__name__}; use Direct or GMRES"
            )
        return Reduced(found)


@register_tree()
@dataclass(frozen=True, eq=False)
class Reduced(LinearOperator):
    """A⁻¹ for a tridiagonal A."""

    operator: Tridiagonal

    @property
    def domain(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.domain

    @property
    def batch(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.batch

    @property
    def tags(self) -> Tags:
        """Those of A."""
        return self.operator.tags

    def __call__(self, b: Array) -> Array:
        """Return x with A x = b."""
        A = self.operator
        bands = (A.lower, A.main, A.upper)
        return _periodic(bands, b) if A.periodic else _solved(bands, b)

    def transpose(self) -> LinearOperator:
        """Return A⁻ᵀ."""
        return Reduced(self.operator.transpose())


def _solved(bands: Bands, b: Array) -> Array:
    """Solve without corners: fill up to 2ᵏ - 1 equations with x_i = 0, and reduce."""
    xp, n = namespace_of(b, *bands), bands[1].shape[-1]
    full = 2 ** int(n).bit_length() - 1
    lower, main, upper = bands
    zero = xp.zeros_like(main[..., :1])
    lower = xp.concat([zero, lower[..., 1:]], axis=-1)
    upper = xp.concat([upper[..., :-1], zero], axis=-1)
    if full > n:
        lower, upper, b = (_filled(band, full - n, 0.0) for band in (lower, upper, b))
        main = _filled(main, full - n, 1.0)
    return _reduced(lower, main, upper, b)[..., :n]


def _reduced(lower: Array, main: Array, upper: Array, b: Array) -> Array:
    """Eliminate the even unknowns, solve for the odd ones, and put them in.

    With α = a_i / b_{i-1} and γ = c_i / b_{i+1}, equation i minus α times that before and γ times
    that behind it couples x_i to x_{i-2} and x_{i+2} only.
    """
    if main.shape[-1] == 1:
        return quotient(b, main)
    xp = namespace_of(b, main)
    odd, before, behind = slice(1, None, 2), slice(0, -2, 2), slice(2, None, 2)
    alpha = quotient(lower[..., odd], main[..., before])
    gamma = quotient(upper[..., odd], main[..., behind])
    x_odd = _reduced(
        -alpha * lower[..., before],
        main[..., odd] - alpha * upper[..., before] - gamma * lower[..., behind],
        -gamma * upper[..., behind],
        b[..., odd] - alpha * b[..., before] - gamma * b[..., behind],
    )
    zero = xp.zeros_like(x_odd[..., :1])
    left, right = xp.concat([zero, x_odd], axis=-1), xp.concat([x_odd, zero], axis=-1)
    even = slice(0, None, 2)
    rest = b[..., even] - lower[..., even] * left - upper[..., even] * right
    pairs = xp.stack([quotient(rest, main[..., even]), right], axis=-1)
    return xp.reshape(pairs, (*pairs.shape[:-2], -1))[..., :-1]


def _periodic(bands: Bands, b: Array) -> Array:
    """Solve with corners: A = T + u vᵀ, u = (g, 0, ..., c), v = (1, 0, ..., a/g), g = -b₀.

    a is the entry of x_{n-1} in the first equation, c that of x₀ in the last.
    """
    lower, main, upper = bands
    verbs = backend_of(b, main)
    n = main.shape[-1]
    unit = np.eye(n)
    first, last = (verbs.asarray(unit[i], like=verbs.stop_gradient(main)) for i in (0, n - 1))
    a, c, g = lower[..., :1], upper[..., -1:], -main[..., :1]
    ratio = quotient(a, g)
    u = g * first + c * last
    inner = (lower, main - g * first - c * ratio * last, upper)
    y, q = _solved(inner, b), _solved(inner, u)
    share = quotient(y[..., :1] + ratio * y[..., -1:], 1.0 + q[..., :1] + ratio * q[..., -1:])
    return y - share * q


def _filled(x: Array, count: int, value: float) -> Array:
    xp = namespace_of(x)
    one = xp.ones_like(x[..., :1])
    rest = xp.broadcast_to(value * one, (*one.shape[:-1], count))
    return xp.concat([x, rest], axis=-1)
