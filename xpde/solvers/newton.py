"""Newton's method with iterative linear solves."""

import dataclasses
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from xpde.core import backend_of, namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.gmres import GMRES
from xpde.solvers.inner import no_fault, norm, quotient
from xpde.solvers.method import ITERATIVE, Iterative, Method
from xpde.solvers.operator import LinearOperator
from xpde.solvers.solution import Status
from xpde.solvers.solve import linear_solve

__all__ = ["NewtonKrylov"]

Array = Any

_DECREASE = 1e-4
"""Part of the predicted decrease that a step must achieve (Armijo)."""
_GAIN, _MEMORY = 0.9, 0.1
"""γ of Eisenstat and Walker's second choice, and where its safeguard begins."""


class State(NamedTuple):
    """Iterate, residual, tolerance of the next linear solve, and whether a step was of no use."""

    x: Array
    r: Array
    eta: Array
    fault: Array


@register_tree(static=(*ITERATIVE, "forcing", "halvings"))
@dataclass(frozen=True, eq=False)
class NewtonKrylov(Iterative):
    """x ← x + t δ with ‖J δ + E(x)‖ ≤ η ‖E(x)‖, J = ∂E/∂x: an inexact Newton method.

    η_k = 0.9 (‖E_k‖/‖E_{k-1}‖)²,  η_0 = η_max = ``forcing``

    and not below 0.9 η²_{k-1} where that exceeds 0.1, so that linear systems are solved only as
    well as it pays; the order of convergence stays 2. The step length t is the first of 1, 1/2,
    1/4, ... with ‖E(x + t δ)‖ ≤ (1 - 10⁻⁴ t) ‖E(x)‖, for every sample by itself. The status is
    ``STALLED`` where there is none, ``SINGULAR`` if the linear solve said so too.

    Derivatives through the steps (:class:`~xpde.solvers.Unrolled`) hold t constant and take the
    linear solves as exact: set ``forcing=None`` and a small tolerance of ``linear`` for them. On a
    linear operator it is iterative refinement by ``linear``, which is how an adjoint system is
    solved by default.

    Attributes
    ----------
    linear
        Method for J δ = -E; None is GMRES with rtol 1e-8. Its ``rtol`` is the least η. A
        preconditioner is made anew for each J if it is a factory.
    forcing
        The largest η, below 1; None leaves ``linear`` its own tolerance. A method without
        tolerance, or a direct one, is taken as it is.
    halvings
        Most times that t is halved; 0 takes full steps without asking.

    Tolerances are those of :class:`~xpde.solvers.Iterative`, with ``rtol`` relative to ‖E(x₀)‖ for
    a root; ``max_steps`` None is 50.

    References: Eisenstat & Walker, SIAM J. Sci. Comput. 17 (1996) 16, choice 2; Kelley, Iterative
    Methods for Linear and Nonlinear Equations (SIAM 1995), chapters 6 and 8.
    """

    linear: Method | None = None
    forcing: float | None = 0.5
    halvings: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.forcing is not None and not 0 < self.forcing < 1:
            raise InvalidInput(f"NewtonKrylov: expected 0 < forcing < 1, got {self.forcing!r}")
        if not (isinstance(self.halvings, int) and self.halvings >= 0):
            raise InvalidInput(f"NewtonKrylov: expected halvings >= 0, got {self.halvings!r}")
        if self.preconditioner is not None:
            raise InvalidInput(
                "NewtonKrylov: expected no preconditioner, got one; give it to the linear method: "
                "NewtonKrylov(linear=GMRES(rtol=1e-6, preconditioner=...))"
            )

    def limit(self, operator: LinearOperator) -> int:
        """Return the most steps."""
        return 50 if self.max_steps is None else self.max_steps

    def prepared(self, operator: LinearOperator) -> Self:
        """Choose the linear method."""
        chosen = GMRES(rtol=1e-8) if self.linear is None else self.linear
        return dataclasses.replace(self, linear=chosen)

    def transposed(self) -> Self:
        """Return the method whose linear solves are with transposed preconditioners."""
        assert self.linear is not None
        return dataclasses.replace(self, linear=self.linear.transposed())

    def init(self, operator: LinearOperator, b: Array, x: Array, r: Array) -> State:
        """Start from the guess, with the loosest linear solve."""
        ndim = len(operator.domain)
        size = norm(backend_of(r).stop_gradient(r), ndim)
        eta = (self.forcing or 0.0) * namespace_of(size).ones_like(size)
        return State(x, r, eta, no_fault(r, ndim))

    def step(self, operator: LinearOperator, b: Array, state: State) -> State:
        """Solve for the direction, choose the length, and go."""
        verbs, ndim = backend_of(state.r), len(operator.domain)
        direction, code = self._direction(operator.linear(state.x), state, ndim)
        t, useful = self._length(operator, b, state, direction)
        xp = verbs.xp
        change = xp.where(useful, t * direction, xp.zeros_like(direction))
        x = state.x + change
        r = b - operator(x)
        fault = xp.where(code == int(Status.SINGULAR), code, int(Status.STALLED))
        fault = xp.where(useful, state.fault, xp.astype(fault, state.fault.dtype))
        sizes = [norm(verbs.stop_gradient(a), ndim) for a in (r, state.r)]
        return State(x, r, self._forced(state.eta, *sizes), fault)

    def _direction(self, slope: LinearOperator, state: State, ndim: int) -> tuple[Array, Array]:
        """Return δ with ‖r - J δ‖ ≤ η ‖r‖ and the status (..., 1, ..., 1) of the linear solve.

        η differs from sample to sample, the tolerances of a method do not: r / (η ‖r‖) is solved
        for to an absolute tolerance of 1.
        """
        method, r = self.linear, state.r
        assert method is not None
        if self.forcing is None or not isinstance(method, Iterative) or not method.tolerant:
            found = linear_solve(slope, r, method)
            return found.value, found.status[(..., *(None,) * ndim)]
        own = backend_of(r).stop_gradient(r)
        size = state.eta * norm(own, ndim)
        xp = namespace_of(size)
        size = xp.where(size > 0, size, xp.ones_like(size))
        loose = dataclasses.replace(method, rtol=None, atol=1.0)
        found = linear_solve(slope, r / size, loose)
        return found.value * size, found.status[(..., *(None,) * ndim)]

    def _forced(self, eta: Array, new: Array, old: Array) -> Array:
        """Return the next η."""
        if self.forcing is None:
            return eta
        xp = namespace_of(new)
        kept, least = _GAIN * eta * eta, getattr(self.linear, "rtol", None) or 0.0
        chosen = _GAIN * quotient(new, old) ** 2
        chosen = xp.where(kept > _MEMORY, xp.maximum(chosen, kept), chosen)
        return xp.clip(chosen, min=least, max=self.forcing)

    def _length(
        self, operator: LinearOperator, b: Array, state: State, direction: Array
    ) -> tuple[Array, Array]:
        """Return t and where it is of use, without derivative."""
        verbs = backend_of(state.r)
        operator, b, x, r, d = verbs.stop_gradient((operator, b, state.x, state.r, direction))
        verbs, ndim = backend_of(r), len(operator.domain)
        xp, size = verbs.xp, norm(r, ndim)
        t, tries = xp.ones_like(size), xp.sum(xp.zeros_like(size, dtype=xp.int32), dtype=xp.int32)
        if self.halvings == 0:
            return t, xp.isfinite(norm(d, ndim))
        # A step at the level of rounding is not judged: the residual is what rounding makes it.
        least = norm(d, ndim) <= 1000 * xp.finfo(r.dtype).eps * norm(x, ndim)

        def fine(t: Array) -> Array:
            ahead = norm(b - operator(x + t * d), ndim)
            return least | (size == 0) | (ahead <= (1.0 - _DECREASE * t) * size)

        def goes_on(course: tuple[Array, Array, Array]) -> Array:
            _, found, tries = course
            return xp.any(~found) & (tries < self.halvings)

        def halve(course: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
            t, found, tries = course
            t = xp.where(found, t, 0.5 * t)
            return t, found | fine(t), tries + 1

        t, found, _ = verbs.while_loop(goes_on, halve, (t, fine(t), tries))
        return t, found
