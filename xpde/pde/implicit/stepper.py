"""The implicit stepper: an equation of finite differences, a scheme, and a way to solve."""

import dataclasses
import math
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Self

import numpy as np

from xpde.core import backend_of, register_tree
from xpde.errors import InvalidInput, unknown_name
from xpde.pde.implicit.evolution import Evolution
from xpde.pde.implicit.marching import Marching, Step
from xpde.pde.implicit.system import Shifted
from xpde.solvers import (
    Adjoint,
    Implicit,
    Method,
    NewtonKrylov,
    Picard,
    Solution,
    fixed_point,
    linear_solve,
    root,
)
from xpde.space.finite import Box
from xpde.time import IMPLICIT_EULER, Multistep

__all__ = ["GUESSES", "ImplicitStepper"]

Array = Any

GUESSES = ("previous", "zero", "extrapolated")
"""Where the iteration of a step begins: uⁿ, 0, or 2 uⁿ - uⁿ⁻¹ (of a rollout, from its second step
on)."""


IMPLICIT = Implicit()


@register_tree(static=("scheme", "picard", "guess", "substeps"))
@dataclass(frozen=True, eq=False)
class ImplicitStepper(Marching):
    """Advance states (..., C, *N) of u_t = F(u) by dt with an implicit scheme.

    u⁺ - h β₀ (A(w) u⁺ + g(w)) = Σ_i α_i u^{n-i} + h β₁ F(uⁿ)

    is linear in u⁺ for a frozen w. Picard iteration starts from w = uⁿ and takes the solution as
    the next w; one iteration is the linearly implicit scheme, which has the order of the scheme
    only up to 1, iterated to convergence it is the scheme. Linear equations need one.

    A stepper like :class:`xpde.pde.Stepper`: it is called, rolled out, repeated, put into
    correctors and objectives, and is a tree, so that compiled programs take its arrays as
    arguments. A scheme with two past states (BDF2) keeps them within a rollout; the first step of
    a rollout, and so every single call of one step, is implicit Euler.

    Attributes
    ----------
    evolution
        The equation in space.
    dt
        h, a number or a scalar array (derivatives with respect to it exist).
    method
        How linear systems are solved: ``max_steps`` of it is what progressive refinement turns.
    adjoint
        How solves are differentiated.
    budget
        Most steps of a linear solve as an integer array, None without: another value compiles
        nothing.
    scheme
        Numbers of the scheme.
    picard
        Linear solves of a step, each with the coefficients of the last one's solution.
    nonlinear
        ``Picard(rtol=1e-8, anderson=3)`` iterates these solves to its tolerance instead,
        ``NewtonKrylov(rtol=1e-8)`` solves the nonlinear equation by linear systems of its own (with
        ``method``, if it names none); None does exactly ``picard`` solves.
    guess
        One of :data:`GUESSES`.
    substeps
        Equal steps of the scheme within dt.

    Raises
    ------
    InvalidInput
        If a number is out of range or a name unknown.

    References: Hairer & Wanner, Solving Ordinary Differential Equations II (1996); Koehler &
    Thuerey (2025) for linearly implicit steps as teachers.
    """

    evolution: Evolution
    dt: Any
    method: Method
    adjoint: Adjoint = IMPLICIT
    budget: Array | None = None
    scheme: Multistep = IMPLICIT_EULER
    nonlinear: Picard | NewtonKrylov | None = None
    picard: int = 1
    guess: str = "previous"
    substeps: int = 1

    def __post_init__(self) -> None:
        name = self.evolution.name
        if isinstance(self.dt, (int, float)) and not (self.dt > 0 and math.isfinite(self.dt)):
            raise InvalidInput(f"{name}: expected dt > 0, got {self.dt}")
        if not isinstance(self.picard, Integral) or self.picard < 1:
            raise InvalidInput(f"{name}: expected picard of 1 or more, got {self.picard!r}")
        if not isinstance(self.substeps, Integral) or self.substeps < 1:
            raise InvalidInput(f"{name}: expected substeps of 1 or more, got {self.substeps!r}")
        if self.guess not in GUESSES:
            raise unknown_name("guess", self.guess, GUESSES)

    @property
    def name(self) -> str:
        """Name of the equation."""
        return self.evolution.name

    @property
    def grid(self) -> Box:
        """Where states live."""
        return self.evolution.box

    @property
    def channels(self) -> int:
        """C, the number of channels of a state."""
        return self.evolution.channels

    @property
    def refinable(self) -> bool:
        """Whether the linear method counts steps, as a direct one does not."""
        return self.budget is not None or hasattr(self.method, "max_steps")

    def refined(self, level: Any) -> Self:
        """Return the stepper whose linear solves take ``level`` steps: the budget if it has one."""
        if self.budget is not None:
            budget = backend_of(self.budget).asarray(np.asarray(level), like=self.budget)
            return dataclasses.replace(self, budget=budget)
        return dataclasses.replace(
            self,
            method=dataclasses.replace(self.method, max_steps=level),  # type: ignore[call-arg]
        )

    @property
    def linear(self) -> bool:
        """Whether the equation is."""
        return self.evolution.linear

    @property
    def memory(self) -> int:
        """Past states of the scheme, 2 to extrapolate."""
        return max(self.scheme.levels, 2 if self.guess == "extrapolated" else 1)

    def take(self, past: tuple[Array, ...]) -> Step:
        """Take one step; with fewer states than the scheme has, one of implicit Euler."""
        scheme = self.scheme if len(past) >= self.scheme.levels else IMPLICIT_EULER
        u, h = past[0], self.dt / self.substeps
        right = _combined(scheme.past, past)
        if scheme.explicit != 0:
            right = right + (h * scheme.explicit) * self.evolution.rate(u)
        if scheme.implicit == 0:
            return Step.free(right, len(self.grid.points) + 1)
        guess, factor = self._guess(past), h * scheme.implicit
        if self.evolution.linear:
            return Step.of(self._solve(u, right, guess, factor))
        if self.nonlinear is not None:
            return Step.of(self._converged(u, right, guess, factor))
        step = Step.of(self._solve(u, right, guess, factor))
        for _ in range(self.picard - 1):
            start = None if self.guess == "zero" else step.value
            step = Step.of(self._solve(step.value, right, start, factor), step)
        return step

    def _converged(self, u: Array, right: Array, guess: Array | None, factor: Any) -> Solution:
        """Solve the nonlinear equation of the step by the method that was given."""
        how: dict[str, Any] = {"ndim": len(self.grid.points) + 1, "adjoint": self.adjoint}
        start, method = u if guess is None else guess, self.nonlinear
        if isinstance(method, NewtonKrylov):
            if method.linear is None:
                method = dataclasses.replace(method, linear=self.method)
            equation = (self.evolution, right, factor)
            return root(_residual, start, equation, method=method, **how)
        assert method is not None
        return fixed_point(_picard, start, (self, right, factor), method=method, **how)

    def _solve(self, w: Array, right: Array, guess: Array | None, factor: Any) -> Solution:
        """Solve (I - h β₀ A(w)) u⁺ = right + h β₀ g(w), with h β₀ = ``factor``."""
        rate = self.evolution.frozen(w)
        # an array of the state's precision says where, and in which, diagonals are computed
        known = [w] if isinstance(factor, (int, float)) else [w, factor]
        placed = backend_of(*known).asarray(factor, like=w)
        return linear_solve(
            Shifted(rate.linear, placed),
            right + factor * rate.offset(w) if rate.sources else right,
            self.method,
            x0=guess,
            adjoint=self.adjoint,
            budget=self.budget,
        )

    def _guess(self, past: tuple[Array, ...]) -> Array | None:
        if self.guess == "zero":
            return None
        if self.guess == "extrapolated" and len(past) > 1:
            return 2.0 * past[0] - past[1]
        return past[0]


def _picard(params: Any, w: Array) -> Array:
    """One Picard step: the solution of the system whose coefficients are frozen at w."""
    stepper, right, factor = params
    return stepper._solve(w, right, None if stepper.guess == "zero" else w, factor).value


def _residual(params: Any, u: Array) -> Array:
    """Return u - h β₀ F(u) - right."""
    evolution, right, factor = params
    return u - factor * evolution.rate(u) - right


def _combined(weights: tuple[float, ...], states: tuple[Array, ...]) -> Array:
    """Σ_i α_i u_i."""
    total = states[0] if weights[0] == 1 else weights[0] * states[0]
    for weight, state in zip(weights[1:], states[1:], strict=False):
        total = total + weight * state
    return total
