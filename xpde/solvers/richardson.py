"""Richardson iteration."""

import dataclasses
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from xpde.core import register_tree
from xpde.solvers.algebra import Identity, Scaled
from xpde.solvers.method import ITERATIVE, Iterative
from xpde.solvers.operator import LinearOperator

__all__ = ["Richardson"]

Array = Any


class State(NamedTuple):
    """Iterate and residual."""

    x: Array
    r: Array


@register_tree(static=(*ITERATIVE, "omega"))
@dataclass(frozen=True, eq=False)
class Richardson(Iterative):
    """x ← x + ω M (b - A x), the iteration of any splitting.

    The error is multiplied by I - ω M A. If the eigenvalues of M A are in [a, b], a > 0, it
    converges for ω < 2/b, fastest for ω = 2/(a + b), with the factor (b - a)/(b + a).

    Attributes
    ----------
    omega
        ω.

    Reference: Saad, Iterative Methods for Sparse Linear Systems (2nd ed.), section 4.2.1.
    """

    omega: float = 1.0

    def prepared(self, operator: LinearOperator) -> Self:
        """Put ω M in the place of the preconditioner: the splitting of this iteration."""
        made = super().prepared(operator)
        inverse = made.preconditioner
        if not isinstance(inverse, LinearOperator):
            inverse = Identity(operator.domain)
        return dataclasses.replace(made, preconditioner=Scaled(inverse, self.omega))

    def init(self, operator: LinearOperator, b: Array, x: Array, r: Array) -> State:
        """Start from the guess."""
        return State(x, r)

    def step(self, operator: LinearOperator, b: Array, state: State) -> State:
        """Correct once."""
        x = state.x + self.precondition(state.r)
        return State(x, b - operator(x))
