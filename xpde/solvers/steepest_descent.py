"""Steepest descent."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from xpde.core import namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.inner import dot, no_fault, quotient
from xpde.solvers.method import ITERATIVE, Iterative
from xpde.solvers.operator import LinearOperator
from xpde.solvers.solution import Status

__all__ = ["SteepestDescent"]

Array = Any


class State(NamedTuple):
    """Iterate, residual, and whether a direction of no use was met."""

    x: Array
    r: Array
    fault: Array


@register_tree(static=ITERATIVE)
@dataclass(frozen=True, eq=False)
class SteepestDescent(Iterative):
    """Steepest descent with exact line search, for symmetric definite operators.

    z = M r,  α = ⟨r, z⟩/⟨z, A z⟩,  x ← x + α z,  r ← r - α A z

    The energy ⟨e, A e⟩ of the error falls by at least ((κ - 1)/(κ + 1))² per step, κ the condition
    number of M A. A step costs one application; a direction whose energy is 0 is not taken. A
    negative definite operator is as good. M must be symmetric and definite.

    Raises
    ------
    InvalidInput
        When the operator is known not to be symmetric.

    Reference: Saad, Iterative Methods for Sparse Linear Systems (2nd ed.), algorithm 5.2.
    """

    def check(self, operator: LinearOperator) -> None:
        """Refuse an operator known not to be symmetric."""
        if operator.tags.symmetric is False:
            raise InvalidInput(
                "SteepestDescent: expected a symmetric operator, got one tagged as not symmetric; "
                "use GMRES or BiCGStab"
            )

    def init(self, operator: LinearOperator, b: Array, x: Array, r: Array) -> State:
        """Start from the guess."""
        return State(x, r, no_fault(r, len(operator.domain)))

    def step(self, operator: LinearOperator, b: Array, state: State) -> State:
        """Minimize along the preconditioned residual."""
        ndim, z = len(operator.domain), self.precondition(state.r)
        Az = operator(z)
        rz, zAz = dot(state.r, z, ndim), dot(z, Az, ndim)
        alpha = quotient(rz, zAz)
        fault = state.fault
        if not operator.tags.sign:
            xp = namespace_of(zAz, fault)
            fault = xp.where((zAz <= 0) & (rz > 0), int(Status.INDEFINITE), fault)
        return State(state.x + alpha * z, state.r - alpha * Az, fault)
