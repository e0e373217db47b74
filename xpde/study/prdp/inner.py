"""A time step by a linear solve that takes as many iterations as it is told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from xpde.core import Backend, backend_of, namespace_of, register_tree
from xpde.solvers import Adjoint, LinearOperator, linear_solve
from xpde.solvers.method import Iterative

__all__ = ["InnerSolve", "Still", "System", "inner_solve", "smallest_level"]

Array = Any
System = Callable[[Array], tuple[LinearOperator, Array]]
"""A registered tree: from a state (..., C, *N) to A and b of its step, of the same axes."""


@register_tree()
@dataclass(frozen=True, eq=False)
class Still:
    """The system A x = u with one operator for all states."""

    operator: LinearOperator

    def __call__(self, u: Array) -> tuple[LinearOperator, Array]:
        """Return A and u."""
        return self.operator, u


@register_tree(static=("adjoint",))
@dataclass(frozen=True, eq=False)
class InnerSolve:
    """u ↦ x_K, the K-th iterate from zero of A(u) x = b(u).

    The level of :class:`~xpde.train.Refinable` is K. It is a number in an array where programs are
    compiled, so that one program serves all levels.

    Attributes
    ----------
    system
        A and b as functions of the state.
    method
        The iteration; without ``budget`` its ``max_steps`` is K.
    adjoint
        How the step is differentiated.
    budget
        K as an integer array, or None.
    """

    system: System
    method: Iterative
    adjoint: Adjoint
    budget: Array | None = None

    def refined(self, level: int) -> Self:
        """Return the step with K = ``level``."""
        if self.budget is None:
            return replace(self, method=self.method.replaced(int(level)))
        return replace(self, budget=backend_of(self.budget).asarray(np.asarray(int(level))))

    def __call__(self, u: Array) -> Array:
        """Map states (..., C, *N) one step ahead."""
        operator, b = self.system(u)
        found = linear_solve(operator, b, self.method, adjoint=self.adjoint, budget=self.budget)
        return found.value

    def residuals(self, u: Array, level: int) -> np.ndarray:
        """Return ‖b - A x_k‖/‖b‖ of every system after k = 0, ..., ``level`` iterations."""
        operator, b = self.system(u)
        method = self.method.replaced(int(level))
        found = linear_solve(operator, b, method, adjoint=self.adjoint, history=True)
        sizes = backend_of(u).to_numpy(found.history).astype(np.float64)
        return sizes / np.where(sizes[:1] > 0, sizes[:1], 1.0)  # the guess is 0, its residual b


def inner_solve(
    bk: Backend, system: System, method: Iterative, adjoint: Adjoint, cap: int
) -> InnerSolve:
    """Return the step for a backend: a budget below ``cap`` where programs are compiled."""
    if not bk.capabilities.compiles:
        return InnerSolve(system, method, adjoint)
    return InnerSolve(system, method.replaced(cap), adjoint, bk.asarray(np.asarray(cap)))


def smallest_level(solve: InnerSolve, u: Array, share: float, most: int) -> int | None:
    """Return the least K at which every relative residual is ``share`` or less, up to ``most``.

    What counts as fully converged in single precision is 1e-5, if nothing else is said.
    """
    sizes = solve.residuals(namespace_of(u).asarray(u), most)
    worst = np.max(sizes.reshape(sizes.shape[0], -1), axis=1)
    reached = np.flatnonzero(worst <= share)
    return int(reached[0]) if reached.size else None
