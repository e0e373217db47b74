"""A tridiagonal operator."""

from dataclasses import dataclass, replace
from typing import Any

from xpde.core import namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.algebra import Identity, Scaled, Sum
from xpde.solvers.diagonal import Diagonal
from xpde.solvers.operator import GENERAL, LinearOperator, Tags

__all__ = ["Tridiagonal"]

Array = Any


@register_tree(static=("periodic", "known"))
@dataclass(frozen=True, eq=False)
class Tridiagonal(LinearOperator):
    """(A x)_i = a_i x_{i-1} + b_i x_i + c_i x_{i+1}, on vectors (..., n).

    Attributes
    ----------
    lower, main, upper
        a, b and c, each (..., n); leading axes are a batch of operators.
    periodic
        Whether a₀ couples x₀ to x_{n-1} and c_{n-1} the other way; they are not read otherwise.
    known
        What is known of A; it is not checked.

    Raises
    ------
    InvalidInput
        If the arrays differ in their last axis, or are shorter than 3 and periodic.
    """

    lower: Array
    main: Array
    upper: Array
    periodic: bool = False
    known: Tags = GENERAL

    def __post_init__(self) -> None:
        sizes = [int(band.shape[-1]) for band in (self.lower, self.main, self.upper)]
        if len(set(sizes)) != 1 or (self.periodic and sizes[0] < 3):
            raise InvalidInput(
                "tridiagonal: expected three bands of one length (3 or more if periodic), got "
                f"lengths {', '.join(map(str, sizes))}; the first entry of lower and the last of "
                "upper fill up"
            )

    @classmethod
    def of(cls, operator: LinearOperator) -> "Tridiagonal | None":
        """Return a sum or multiple of tridiagonal operators, diagonals and identities as one.

        None if it is not. I - ν Δt A becomes three bands.
        """
        if isinstance(operator, Tridiagonal):
            return operator
        if isinstance(operator, Scaled):
            inner = cls.of(operator.operator)
            return None if inner is None else inner._scaled(operator.factor)
        if not isinstance(operator, Sum):
            return None
        a, b = cls.of(operator.left), cls.of(operator.right)
        a = b._diagonal(operator.left) if a is None and b is not None else a
        b = a._diagonal(operator.right) if b is None and a is not None else b
        return None if a is None or b is None else a._plus(b)

    @property
    def domain(self) -> tuple[int, ...]:
        """(n,)."""
        return (int(self.main.shape[-1]),)

    @property
    def batch(self) -> tuple[int, ...]:
        """The leading axes of the bands."""
        return tuple(self.main.shape[:-1])

    @property
    def tags(self) -> Tags:
        """What was said to be known."""
        return self.known

    def __call__(self, x: Array) -> Array:
        """Return a x_{i-1} + b x_i + c x_{i+1}."""
        before, behind = self.shifted(x, 1), self.shifted(x, -1)
        return self.lower * before + self.main * x + self.upper * behind

    def transpose(self) -> "Tridiagonal":
        """Return Aᵀ, with the bands a'_i = c_{i-1} and c'_i = a_{i+1}."""
        if self.known.symmetric:
            return self
        lower, upper = self.shifted(self.upper, 1), self.shifted(self.lower, -1)
        return replace(self, lower=lower, upper=upper)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return b."""
        return self.main

    def shifted(self, x: Array, step: int) -> Array:
        """Return x_{i - step} for a step of 1 or -1; beyond the ends 0, or the other end."""
        xp = namespace_of(x)
        if self.periodic:
            return xp.roll(x, step, axis=-1)
        zero = xp.zeros_like(x[..., :1])
        parts = [zero, x[..., :-1]] if step == 1 else [x[..., 1:], zero]
        return xp.concat(parts, axis=-1)

    def _scaled(self, factor: Any) -> "Tridiagonal":
        bands = {name: factor * getattr(self, name) for name in ("lower", "main", "upper")}
        return replace(self, **bands, known=Scaled(self, factor).tags)

    def _plus(self, other: "Tridiagonal") -> "Tridiagonal":
        """Add; where only one is periodic, the other has no corners."""
        both, corners = (self, other), self.periodic or other.periodic
        lower, upper = (sum(_outer(t, corners, name) for t in both) for name in ("lower", "upper"))
        known = Sum(self, other).tags
        return Tridiagonal(lower, self.main + other.main, upper, corners, known)

    def _diagonal(self, operator: LinearOperator) -> "Tridiagonal | None":
        """Return an identity or a diagonal, or a multiple of them, as bands."""
        inner = operator
        while isinstance(inner, Scaled):
            inner = inner.operator
        if not isinstance(inner, (Identity, Diagonal)) or inner.domain != self.domain:
            return None
        xp = namespace_of(self.main)
        zero, one = xp.zeros_like(self.main), xp.ones_like(self.main)
        return Tridiagonal(zero, operator(one), zero, False, operator.tags)


def _outer(operator: Tridiagonal, corners: bool, name: str) -> Array:
    """Return an outer band; its corner is 0 if it is to be read and was not before."""
    band = getattr(operator, name)
    if operator.periodic or not corners:
        return band
    xp = namespace_of(band)
    zero = xp.zeros_like(band[..., :1])
    parts = [zero, band[..., 1:]] if name == "lower" else [band[..., :-1], zero]
    return xp.concat(parts, axis=-1)
