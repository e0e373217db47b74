"""Picard iteration, plain, damped, preconditioned or accelerated by Anderson's mixing."""

import dataclasses
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from xpde.core import register_tree
from xpde.errors import InvalidInput
from xpde.solvers.algebra import Identity
from xpde.solvers.anderson import mixed
from xpde.solvers.inner import zeros
from xpde.solvers.method import ITERATIVE, Iterative
from xpde.solvers.operator import LinearOperator

__all__ = ["Picard"]

Array = Any


class State(NamedTuple):
    """Iterate, residual, and the last changes of both, the newest first."""

    x: Array
    r: Array
    xs: tuple[Array, ...]
    rs: tuple[Array, ...]


@register_tree(static=(*ITERATIVE, "anderson", "mixing"))
@dataclass(frozen=True, eq=False)
class Picard(Iterative):
    """x ← x + β M r,  r = f(x) - x: fixed points by repeated evaluation.

    With β = 1, no M and no acceleration it is x ← f(x), and ‖r_k‖ is ‖x_{k+1} - x_k‖. A step costs
    one evaluation. It converges linearly if the spectral radius of I - β M (I - f') is below 1.

    With ``anderson`` = m, x and r are first replaced by the combination of the last m + 1 iterates
    whose r is least, as if f were linear:

    γ = argmin ‖r - Σ_j γ_j Δr_j‖₂,  x ← x - Σ_j γ_j Δx_j + β M (r - Σ_j γ_j Δr_j)

    On a linear system with m not below the number of steps, the combination of step k is the k-th
    iterate of GMRES (right-preconditioned by M). Memory is for 2 m vectors, a step costs m²
    inner products.

    For a linear operator r is b - A x, and it is Richardson's iteration: that is how an adjoint
    system is solved by default.

    Attributes
    ----------
    anderson
        m, 0 for none; 3 to 10 pays where an evaluation costs more than the vectors.
    mixing
        β; below 1 it damps.

    Tolerances are those of :class:`~xpde.solvers.Iterative`, with ``rtol`` relative to
    max(‖x₀‖, ‖f(x₀) - x₀‖) for a fixed point.

    Reference: Walker & Ni, Anderson acceleration for fixed-point iterations, SIAM J. Numer. Anal.
    49 (2011) 1715, algorithm AA and theorem 2.2.
    """

    anderson: int = 0
    mixing: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (isinstance(self.anderson, int) and self.anderson >= 0):
            raise InvalidInput(f"Picard: expected anderson >= 0, got {self.anderson!r}")
        if not self.mixing > 0:
            raise InvalidInput(f"Picard: expected mixing > 0, got {self.mixing!r}")

    def prepared(self, operator: LinearOperator) -> Self:
        """Make β M, which takes the place of the preconditioner."""
        made = super().prepared(operator)
        given = made.preconditioner
        base = given if isinstance(given, LinearOperator) else Identity(operator.domain)
        step = base if self.mixing == 1.0 else self.mixing * base
        return dataclasses.replace(made, preconditioner=step)

    def init(self, operator: LinearOperator, b: Array, x: Array, r: Array) -> State:
        """Start from the guess."""
        none = tuple(zeros(r, tuple(r.shape)) for _ in range(self.anderson))
        return State(x, r, none, none)

    def step(self, operator: LinearOperator, b: Array, state: State) -> State:
        """Combine, and go on by the residual."""
        x, r = mixed(state.x, state.r, state.xs, state.rs, len(operator.domain))
        x = x + self.precondition(r)
        r = b - operator(x)
        if not self.anderson:
            return State(x, r, (), ())
        xs, rs = (x - state.x, *state.xs[:-1]), (r - state.r, *state.rs[:-1])
        return State(x, r, xs, rs)
