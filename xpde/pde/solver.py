"""What every solver of time steps offers, spectral or in finite differences."""

from typing import Any, Protocol, Self

Array = Any

__all__ = ["Solver"]


class Solver(Protocol):
    """A map of states (..., C, *N) one dt ahead: a tree, whose arrays compiled programs take."""

    @property
    def grid(self) -> Any:
        """Where states live: ``points``, ``extent``, ``dims``, ``coordinates()``."""

    @property
    def channels(self) -> int:
        """C, the number of channels of a state."""

    @property
    def linear(self) -> bool:
        """Whether the equation has no nonlinear term."""

    def __call__(self, u: Array) -> Array:
        """Advance a state by dt."""

    def rollout(self, u: Array, steps: int, include_initial: bool = False) -> Array:
        """Return the next ``steps`` states (..., T, C, *N), with the given one first if asked."""

    def repeat(self, u: Array, steps: int) -> Array:
        """Return the state after ``steps`` steps."""

    def repeated(self, count: int) -> Self:
        """Return the solver of ``count`` of these steps."""

    def carried(self, u: Array) -> Array:
        """Return a state in the form in which steps follow each other cheaply."""

    def following(self, carry: Array) -> Array:
        """Advance what :meth:`carried` gave by dt."""

    def state(self, carry: Array) -> Array:
        """Return the state of what :meth:`carried` gave."""
