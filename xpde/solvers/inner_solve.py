"""A few steps of a method as an operator, to precondition another method."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xpde.core import register_tree
from xpde.solvers.adjoint import Implicit
from xpde.solvers.method import Method
from xpde.solvers.operator import LinearOperator

__all__ = ["Inner"]

Array = Any


@register_tree()
@dataclass(frozen=True, eq=False)
class Inner(LinearOperator):
    """r ↦ what a method finds for A z = r from z = 0: M ≈ A⁻¹.

    An exact number of steps of a stationary method (or of Chebyshev's) is linear in r and fits
    every outer method; K steps with I - B A each are M = (I - (I - B A)ᴷ) A⁻¹. Krylov methods and
    tolerances are not linear: they need FGMRES outside. Derivatives go through an exact number of
    steps; with a tolerance they are implicit ones.

    Attributes
    ----------
    method
        How, prepared for the operator.
    operator
        A.
    """

    method: Method
    operator: LinearOperator

    @staticmethod
    def factory(method: Method) -> Callable[[LinearOperator], LinearOperator]:
        """Return A ↦ ``Inner`` of a method prepared for A: ``CG(preconditioner=...)`` takes it."""
        return lambda operator: Inner(method.prepared(operator), operator)

    @property
    def domain(self) -> tuple[int, ...]:
        """The codomain of A."""
        return self.operator.codomain

    @property
    def codomain(self) -> tuple[int, ...]:
        """The domain of A."""
        return self.operator.domain

    @property
    def batch(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.batch

    def __call__(self, r: Array) -> Array:
        """Return z."""
        if getattr(self.method, "tolerant", True):
            return Implicit().solve(self.operator, r, None, self.method, None, False).value
        return self.method.solve(self.operator, r, None, recorded=True).value

    def transpose(self) -> LinearOperator:
        """Return the same for Aᵀ, which is Mᵀ where M is linear."""
        return Inner(self.method.transposed(), self.operator.T)
