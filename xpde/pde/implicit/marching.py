"""What steppers of states share: calls, rollouts, loops of substeps."""

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from numbers import Integral
from typing import Any, NamedTuple, Self

from xpde.core import Backend, backend_of, leaves, namespace_of
from xpde.errors import InvalidInput
from xpde.solvers import Solution
from xpde.solvers.operator import is_float

__all__ = ["Marching", "Step"]

Array = Any
Past = tuple[Array, ...]


class Step(NamedTuple):
    """The outcome of a step: state, worst status, and steps of all its linear solves together."""

    value: Array
    status: Array
    iterations: Array

    @classmethod
    def free(cls, value: Array, ndim: int) -> "Step":
        """Return the outcome of a step without a solve; ``ndim`` is 1 + D."""
        xp = namespace_of(value)
        none = xp.zeros_like(value[(..., *(0,) * ndim)], dtype=xp.int32)
        return cls(value, none, none)

    @classmethod
    def of(cls, found: Solution, before: "Step | None" = None) -> "Step":
        """Return the outcome of a solve, after those that went before it."""
        if before is None:
            return cls(found.value, found.status, found.steps)
        worst = namespace_of(found.status).maximum(before.status, found.status)
        return cls(found.value, worst, before.iterations + found.steps)


@dataclass(frozen=True, eq=False)
class Marching(ABC):
    """A solver that advances states (..., C, *N) step by step, keeping as many as a step needs."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of the equation."""

    @property
    @abstractmethod
    def grid(self) -> Any:
        """Where states live: an object with ``points``, ``extent`` and ``dims``."""

    @property
    @abstractmethod
    def channels(self) -> int:
        """C, the number of channels of a state."""

    @property
    @abstractmethod
    def linear(self) -> bool:
        """Whether the equation is linear."""

    @property
    def memory(self) -> int:
        """Past states that a step can use."""
        return 1

    @abstractmethod
    def take(self, past: Past) -> Step:
        """Take one step of dt / substeps from the states uⁿ, uⁿ⁻¹, ...: as many as are known."""

    def __call__(self, u: Array) -> Array:
        """Advance a state (..., C, *N) by dt."""
        self._check(u)
        return self._first(u)[0]

    def solved(self, u: Array) -> Step:
        """Take one step of dt / substeps and say how the solves went."""
        self._check(u)
        return self.take((u,))

    def rollout(self, u: Array, steps: int, include_initial: bool = False) -> Array:
        """Return the next ``steps`` states (..., T, C, *N), with the given one first if asked."""
        self._check(u)
        xp, axis = namespace_of(u), u.ndim - len(self.grid.points) - 1
        first = xp.expand_dims(u, axis=axis)
        if _count(steps) == 0:
            return first if include_initial else first[(*(slice(None),) * axis, slice(0, 0), ...)]
        past, verbs = self._first(u), self._verbs(u)
        _, states = verbs.scan(lambda p, _: self._next(p), past, length=steps - 1)
        later = [past[0][None, ...]] + ([states] if steps > 1 else [])
        found = verbs.xp.moveaxis(verbs.xp.concat(later), 0, axis)
        return verbs.xp.concat([first, found], axis=axis) if include_initial else found

    def repeat(self, u: Array, steps: int) -> Array:
        """Return the state (..., C, *N) after ``steps`` steps."""
        self._check(u)
        if _count(steps) == 0:
            return u
        past, verbs = self._first(u), self._verbs(u)
        return verbs.scan(lambda p, _: (self._next(p)[0], None), past, length=steps - 1)[0][0]

    def repeated(self, count: int) -> Self:
        """Return the stepper of ``count`` of these steps."""
        own = self.substeps * _count(count)  # type: ignore[attr-defined]
        return dataclasses.replace(self, dt=self.dt * count, substeps=own)  # type: ignore

    def carried(self, u: Array) -> Array:
        """Return a state in the form in which steps follow each other: itself."""
        return u

    def following(self, u: Array) -> Array:
        """Advance what :meth:`carried` gave by dt."""
        return self(u)

    def state(self, u: Array) -> Array:
        """Return the state of what :meth:`carried` gave."""
        return u

    def _first(self, u: Array) -> Past:
        """Return the states after the first dt, the newest first: as many as steps use."""
        past = (self.take((u,)).value, u)[: self.memory]
        return self._substeps(past, self.substeps - 1)  # type: ignore[attr-defined]

    def _next(self, past: Past) -> tuple[Past, Array]:
        """Advance by dt, in the form of a loop."""
        past = self._substeps(past, self.substeps)  # type: ignore[attr-defined]
        return past, past[0]

    def _substeps(self, past: Past, count: int) -> Past:
        def one(past: Past, _: Any = None) -> tuple[Past, None]:
            return (self.take(past).value, *past)[: len(past)], None

        if count <= 1:
            return one(past)[0] if count else past
        return self._verbs(past[0]).scan(one, past, length=count)[0]

    def _verbs(self, u: Array) -> Backend:
        return backend_of(u, *[leaf for leaf in leaves(self) if is_float(leaf)])

    def _check(self, u: Array) -> None:
        expected = (self.channels, *self.grid.points)
        if tuple(u.shape[-len(expected) :]) != expected:
            raise InvalidInput(
                f"{self.name}: expected a state of shape (..., C, *N) = "
                f"(..., {', '.join(map(str, expected))}), got {tuple(u.shape)}"
            )


def _count(steps: Any) -> int:
    if not isinstance(steps, Integral) or steps < 0:
        raise InvalidInput(f"steps: expected a number of steps, 0 or more, got {steps!r}")
    return int(steps)
