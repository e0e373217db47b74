"""Stationary methods: every step adds what a splitting makes of the residual."""

import dataclasses
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from xpde.errors import InvalidInput
from xpde.solvers.method import Iterative
from xpde.solvers.operator import LinearOperator

__all__ = ["State", "Stationary"]

Array = Any


class State(NamedTuple):
    """Iterate and residual."""

    x: Array
    r: Array


@dataclass(frozen=True, eq=False)
class Stationary(Iterative):
    """x ← x + B (b - A x) for B ≈ A⁻¹ that the method makes of A.

    The error is multiplied by I - B A. B takes the place of the preconditioner, so that the
    derivative of one step and the adjoint solve use it.
    """

    @abstractmethod
    def splitting(self, operator: LinearOperator) -> LinearOperator:
        """Return B of this operator."""

    def prepared(self, operator: LinearOperator) -> Self:
        """Make the splitting."""
        if self.preconditioner is not None:
            name = type(self).__name__
            raise InvalidInput(
                f"{name}: expected no preconditioner, got one; use Richardson(preconditioner=...)"
            )
        return dataclasses.replace(self, preconditioner=self.splitting(operator))

    def init(self, operator: LinearOperator, b: Array, x: Array, r: Array) -> State:
        """Start from the guess."""
        return State(x, r)

    def step(self, operator: LinearOperator, b: Array, state: State) -> State:
        """Add B r."""
        x = state.x + self.precondition(state.r)
        return State(x, b - operator(x))
