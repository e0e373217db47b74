"""The stabilized biconjugate gradient method."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from xpde.core import namespace_of, register_tree
from xpde.solvers.inner import dot, no_fault, quotient, root
from xpde.solvers.method import ITERATIVE, Iterative
from xpde.solvers.operator import LinearOperator
from xpde.solvers.solution import Status

__all__ = ["BiCGStab"]

Array = Any


class State(NamedTuple):
    """Iterate, residual and its norm, shadow r̂ and its norm, direction, ⟨r̂, r⟩, breakdown."""

    x: Array
    r: Array
    size: Array
    shadow: Array
    shade: Array
    p: Array
    rho: Array
    fault: Array


@register_tree(static=ITERATIVE)
@dataclass(frozen=True, eq=False)
class BiCGStab(Iterative):
    """BiCGStab with right preconditioning, for any operator; r̂ = r₀.

    v = A M p,  α = ⟨r̂, r⟩/⟨r̂, v⟩,  s = r - α v,
    t = A M s,  ω = ⟨t, s⟩/⟨t, t⟩,  x ← x + α M p + ω M s,  r ← s - ω t,
    β = (⟨r̂, r⟩ₙₑ𝓌/⟨r̂, r⟩) (α/ω),  p ← r + β (p - ω v)

    A step costs two applications of A and M; memory does not grow. The residual is the true one,
    whatever M, and does not fall monotonically.

    The status is ``BREAKDOWN`` when one of the three inner products that are divided by has no
    digits: it is below ε times the norms of its vectors. This happens at once where A is skew.

    Reference: van der Vorst, Bi-CGSTAB, SIAM J. Sci. Stat. Comput. 13 (1992).
    """

    def init(self, operator: LinearOperator, b: Array, x: Array, r: Array) -> State:
        """Start with the residual as the direction and the shadow."""
        ndim = len(operator.domain)
        rho = dot(r, r, ndim)
        size = root(rho)
        return State(x, r, size, r, size, r, rho, no_fault(rho, ndim))

    def step(self, operator: LinearOperator, b: Array, state: State) -> State:
        """Take a biconjugate step, then one of least residual."""
        ndim, p, shadow = len(operator.domain), state.p, state.shadow
        p_, v = self._applied(operator, p)
        sigma, vv = dot(shadow, v, ndim), dot(v, v, ndim)
        alpha = quotient(state.rho, sigma)
        s = state.r - alpha * v
        s_, t = self._applied(operator, s)
        ts, tt, ss = dot(t, s, ndim), dot(t, t, ndim), dot(s, s, ndim)
        omega = quotient(ts, tt)
        r = s - omega * t
        rho, size = dot(shadow, r, ndim), root(dot(r, r, ndim))
        beta = quotient(rho, state.rho) * quotient(alpha, omega)
        none = _none(sigma, state.shade, root(vv)) | _none(rho, state.shade, size)
        none = none | _none(ts, root(tt), root(ss))
        xp = namespace_of(none, state.fault)
        fault = xp.where(none & (size > 0), int(Status.BREAKDOWN), state.fault)
        x = state.x + alpha * p_ + omega * s_
        return State(x, r, size, shadow, state.shade, r + beta * (p - omega * v), rho, fault)

    def residual(self, state: State, ndim: int) -> Array:
        """Return ‖r‖."""
        return state.size

    def _applied(self, operator: LinearOperator, p: Array) -> tuple[Array, Array]:
        z = self.precondition(p)
        return z, operator(z)


def _none(product: Array, left: Array, right: Array) -> Array:
    """Tell where an inner product is nothing but rounding of vectors of these norms."""
    xp = namespace_of(product)
    return xp.abs(product) <= float(xp.finfo(product.dtype).eps) * left * right
