"""Conjugate gradients."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from xpde.core import namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.inner import dot, quotient
from xpde.solvers.method import ITERATIVE, Iterative
from xpde.solvers.operator import LinearOperator
from xpde.solvers.solution import Status

__all__ = ["CG"]

Array = Any


class State(NamedTuple):
    """Iterate, residual, direction, ⟨r, M r⟩ and whether a direction of no use was met."""

    x: Array
    r: Array
    p: Array
    rz: Array
    fault: Array


@register_tree(static=ITERATIVE)
@dataclass(frozen=True, eq=False)
class CG(Iterative):
    """Preconditioned conjugate gradients, for symmetric definite operators.

    α = ⟨r, z⟩/⟨p, A p⟩,  x ← x + α p,  r ← r - α A p,  z = M r,
    β = ⟨r, z⟩ₙₑ𝓌/⟨r, z⟩,  p ← z + β p

    The k-th iterate has the least energy error ⟨e, A e⟩ in x₀ + span{M r₀, ..., (M A)ᵏ⁻¹ M r₀}. A
    step costs one application and two inner products. A negative definite operator is as good.
    M must be symmetric and definite.

    Raises
    ------
    InvalidInput
        When the operator is known not to be symmetric.

    Reference: Saad, Iterative Methods for Sparse Linear Systems (2nd ed.), algorithm 9.1.
    """

    def check(self, operator: LinearOperator) -> None:
        """Refuse an operator known not to be symmetric."""
        if operator.tags.symmetric is False:
            raise InvalidInput(
                "CG: expected a symmetric operator, got one tagged as not symmetric; use GMRES or "
                "BiCGStab"
            )

    def init(self, operator: LinearOperator, b: Array, x: Array, r: Array) -> State:
        """Start with the preconditioned residual as the direction."""
        z, ndim = self.precondition(r), len(operator.domain)
        rz = dot(r, z, ndim)
        xp = namespace_of(rz)
        return State(x, r, z, rz, xp.zeros_like(rz, dtype=xp.int32))

    def step(self, operator: LinearOperator, b: Array, state: State) -> State:
        """Minimize along the direction and take the next one."""
        ndim, p = len(operator.domain), state.p
        Ap = operator(p)
        pAp = dot(p, Ap, ndim)
        alpha = quotient(state.rz, pAp)
        x, r = state.x + alpha * p, state.r - alpha * Ap
        z = self.precondition(r)
        rz = dot(r, z, ndim)
        fault = state.fault if operator.tags.sign else _indefinite(pAp, state)
        return State(x, r, z + quotient(rz, state.rz) * p, rz, fault)

    def residual(self, state: State, ndim: int) -> Array:
        """Return ‖r‖, which is √⟨r, M r⟩ without a preconditioner."""
        if self.preconditioner is None:
            return namespace_of(state.rz).sqrt(state.rz)
        return super().residual(state, ndim)


def _indefinite(pAp: Array, state: State) -> Array:
    """Mark samples that met a direction of non-positive energy."""
    xp = namespace_of(pAp)
    wrong = (pAp <= 0) & (state.rz > 0)
    return xp.where(wrong, int(Status.INDEFINITE), state.fault)
