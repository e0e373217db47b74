"""Splittings: B ≈ A⁻¹ that knows A, so that x ← x + B (b - A x) costs less than both."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from xpde.core import register_tree
from xpde.solvers.operator import LinearOperator

__all__ = ["Composed", "Repeated", "Splitting", "relaxed", "repeated"]

Array = Any


class Splitting(LinearOperator):
    """B ≈ A⁻¹ of a stationary method, with its step.

    Subclasses hold A as ``operator`` and give :meth:`relaxed`, :meth:`transpose` and, if a step
    from 0 is cheaper than one from elsewhere, ``__call__``.
    """

    operator: LinearOperator

    @property
    def domain(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.domain

    @property
    def batch(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.batch

    @abstractmethod
    def relaxed(self, x: Array, b: Array) -> Array:
        """Return x + B (b - A x)."""

    def repeated(self, count: int) -> "Splitting":
        """Return ``count`` steps as one."""
        return self if count == 1 else Repeated(self.operator, self, count)


def relaxed(splitting: LinearOperator, operator: LinearOperator, x: Array, b: Array) -> Array:
    """Return x + B (b - A x) for any B ≈ A⁻¹, by the way of B's own if it is a splitting."""
    if isinstance(splitting, Splitting):
        return splitting.relaxed(x, b)
    return x + splitting(b - operator(x))


def repeated(splitting: LinearOperator, operator: LinearOperator, count: int) -> LinearOperator:
    """Return ``count`` steps with any B ≈ A⁻¹ as one."""
    if isinstance(splitting, Splitting):
        return splitting.repeated(count)
    return splitting if count == 1 else Repeated(operator, splitting, count)


@register_tree(static=("count",))
@dataclass(frozen=True, eq=False)
class Repeated(Splitting):
    """K steps with the same splitting B₁: I - B A = (I - B₁ A)ᴷ.

    Attributes
    ----------
    operator
        A.
    once
        B₁.
    count
        K.
    """

    operator: LinearOperator
    once: LinearOperator
    count: int

    def __call__(self, r: Array) -> Array:
        """Return B r."""
        x = self.once(r)
        for _ in range(self.count - 1):
            x = relaxed(self.once, self.operator, x, r)
        return x

    def relaxed(self, x: Array, b: Array) -> Array:
        """Return x + B (b - A x)."""
        for _ in range(self.count):
            x = relaxed(self.once, self.operator, x, b)
        return x

    def transpose(self) -> LinearOperator:
        """Return Bᵀ."""
        return Repeated(self.operator.T, self.once.T, self.count)


@register_tree()
@dataclass(frozen=True, eq=False)
class Composed(Splitting):
    """First one step with B₁, then one with B₂: B = B₁ + B₂ - B₂ A B₁.

    I - B A = (I - B₂ A)(I - B₁ A), and Bᵀ composes B₂ᵀ and B₁ᵀ for Aᵀ. With B₂ = B₁ᵀ and A = Aᵀ
    it is symmetric, and definite if the steps converge.

    Attributes
    ----------
    operator
        A.
    first, second
        B₁, B₂.
    """

    operator: LinearOperator
    first: LinearOperator
    second: LinearOperator

    def __call__(self, r: Array) -> Array:
        """Return B r."""
        return relaxed(self.second, self.operator, self.first(r), r)

    def relaxed(self, x: Array, b: Array) -> Array:
        """Return x + B (b - A x)."""
        x = relaxed(self.first, self.operator, x, b)
        return relaxed(self.second, self.operator, x, b)

    def transpose(self) -> LinearOperator:
        """Return Bᵀ."""
        return Composed(self.operator.T, self.second.T, self.first.T)
