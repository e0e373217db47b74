"""The generalized minimal residual method, restarted."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from xpde.core import namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.arnoldi import Arnoldi, arnoldi, combination, reshape, rounding
from xpde.solvers.givens import least_squares
from xpde.solvers.inner import no_fault, norm
from xpde.solvers.method import ITERATIVE, Iterative
from xpde.solvers.operator import LinearOperator
from xpde.solvers.solution import Status

__all__ = ["GMRES"]

Array = Any


class State(NamedTuple):
    """Iterate, residual, and whether the operator was met singular or the cycle without use."""

    x: Array
    r: Array
    fault: Array


@register_tree(static=(*ITERATIVE, "restart"))
@dataclass(frozen=True, eq=False)
class GMRES(Iterative):
    """GMRES(m) with right preconditioning, for any operator.

    x ← x + M y,  y ∈ span{r, A M r, ..., (A M)ᵐ⁻¹ r} such that ‖b - A x‖₂ is least

    A *step* is one such cycle of m Arnoldi vectors: ``max_steps`` counts cycles, the tolerance is
    looked at and the history has one entry after each. It costs m + 1 applications of A and M, and
    memory for m vectors. The residual is the true one, whatever M. In a space that is exhausted
    earlier (a happy breakdown) the rest of the cycle is zeros.

    The residual never grows: a cycle that rounding makes worse is not taken. The status is
    ``BREAKDOWN`` when a cycle did not lower the residual (none will), ``SINGULAR`` when it did not
    and A takes a vector of the space to one that depends on the others.

    Attributes
    ----------
    restart
        m; a cycle that is longer than the number of unknowns is cut to it.

    Reference: Saad, Iterative Methods for Sparse Linear Systems (2nd ed.), algorithm 9.5.
    """

    flexible: ClassVar[bool] = False

    restart: int = 20

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (isinstance(self.restart, int) and self.restart >= 1):
            raise InvalidInput(
                f"{type(self).__name__}: expected restart of 1 or more vectors, got "
                f"{self.restart!r}"
            )

    def init(self, operator: LinearOperator, b: Array, x: Array, r: Array) -> State:
        """Start from the guess."""
        return State(x, r, no_fault(r, len(operator.domain)))

    def step(self, operator: LinearOperator, b: Array, state: State) -> State:
        """Do one cycle."""
        change, singular = self._cycle(operator, state.r)
        x = state.x + change
        r = b - operator(x)
        xp, ndim, tiny = namespace_of(r, x, state.fault), len(operator.domain), rounding(r)
        old, new = norm(state.r, ndim), norm(r, ndim)
        # Below √ε ‖b‖ a residual may be all that the precision gives.
        stuck = (new >= (1.0 - tiny) * old) & (new > (0.1 * tiny) ** 0.5 * norm(b, ndim))
        fault = xp.where(stuck, int(Status.BREAKDOWN), state.fault)
        fault = xp.where(stuck & singular, int(Status.SINGULAR), fault)
        worse = new > old
        return State(xp.where(worse, state.x, x), xp.where(worse, state.r, r), fault)

    def _cycle(self, operator: LinearOperator, r: Array) -> tuple[Array, Array]:
        """Return the change of the iterate, and where the operator looks singular."""
        ndim, shape = len(operator.domain), r.shape
        flat = (*shape[: r.ndim - ndim], operator.size)

        def apply(v: Array) -> tuple[Array, Array]:
            z = self.precondition(reshape(v, shape))
            return z, reshape(operator(z), flat)

        count = min(self.restart, operator.size)
        space, beta = arnoldi(apply, reshape(r, flat), count, keep=self.flexible)
        y, singular = least_squares(space.hessenberg, beta)
        change = self._combined(space, y, shape)
        return change, singular[(..., *(None,) * (ndim - 1))]

    def _combined(self, space: Arnoldi, y: Array, shape: tuple[int, ...]) -> Array:
        """Return M Σ_j y_j v_j: one application instead of m vectors kept."""
        return self.precondition(reshape(combination(space.basis, y), shape))
