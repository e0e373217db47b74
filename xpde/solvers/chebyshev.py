"""Chebyshev iteration."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.inner import dot
from xpde.solvers.method import ITERATIVE, Iterative
from xpde.solvers.operator import LinearOperator

__all__ = ["Chebyshev"]

Array = Any


class State(NamedTuple):
    """Iterate, residual, change of the iterate, and the coefficient τ."""

    x: Array
    r: Array
    d: Array
    tau: Array


@register_tree(static=ITERATIVE)
@dataclass(frozen=True, eq=False)
class Chebyshev(Iterative):
    """The polynomial iteration that is best for all spectra of M A in an interval [a, b], a > 0.

    τₖ = 1/(2θ - δ² τₖ₋₁),  d ← δ² τₖ τₖ₋₁ d + 2 τₖ M r,  x ← x + d,  r ← r - A d

    with θ = (a + b)/2, δ = (b - a)/2; the first step is d = M r/θ, τ₁ = 1/θ.
    For symmetric A and M the error after k steps is at most 1/T_k(θ/δ) ≤ 2 qᵏ times the first in
    the energy norm, q = (√κ - 1)/(√κ + 1), κ = b/a: as the bound of conjugate gradients, without
    inner products. It is linear in b, so k steps are a preconditioner. With a > λ_min they damp
    what oscillates (a smoother).

    Attributes
    ----------
    bounds
        a and b: numbers, or arrays (..., 1, ..., 1) with one entry for each operator of a batch.

    Raises
    ------
    InvalidInput
        Unless 0 < a ≤ b (where the values can be seen), or without bounds.

    Reference: Saad, Iterative Methods for Sparse Linear Systems (2nd ed.), algorithm 12.1; here
    τ = ρ/δ, which is finite for a = b.
    """

    bounds: tuple[Any, Any] | None = None

    def check(self, operator: LinearOperator) -> None:
        """Refuse missing and impossible bounds."""
        if self.bounds is None:
            raise InvalidInput(
                "Chebyshev: expected bounds (a, b) of the spectrum of M A, got none; a few steps "
                "of a power iteration give b, and a = b/30 makes a smoother"
            )
        low, high = (_host(bound) for bound in self.bounds)
        if low is not None and high is not None and not np.all((low > 0) & (low <= high)):
            raise InvalidInput(f"Chebyshev: expected bounds 0 < a <= b, got {self.bounds!r}")

    def init(self, operator: LinearOperator, b: Array, x: Array, r: Array) -> State:
        """Start as if the step before had changed nothing."""
        tau = namespace_of(r).zeros_like(dot(r, r, len(operator.domain)))
        return State(x, r, namespace_of(r).zeros_like(r), tau)

    def step(self, operator: LinearOperator, b: Array, state: State) -> State:
        """Take one step of the three-term recurrence."""
        low, high = self.bounds  # type: ignore[misc]
        center, square = (low + high) / 2.0, ((high - low) / 2.0) ** 2
        old, first = state.tau, state.tau == 0
        later = 1.0 / (2.0 * center - square * old)
        xp = namespace_of(later)
        tau = xp.where(first, 1.0 / center, later)
        weight = xp.where(first, tau, 2.0 * tau)
        d = square * tau * old * state.d + weight * self.precondition(state.r)
        return State(state.x + d, state.r - operator(d), d, tau)


def _host(bound: Any) -> Any:
    """Return the values of a bound, None if they cannot be seen."""
    if not hasattr(bound, "dtype"):
        return bound
    verbs = backend_of(bound)
    return verbs.to_numpy(bound) if verbs.is_concrete(bound) else None
