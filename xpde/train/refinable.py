"""Who can be refined: a protocol, what holds such an object, and a wrapper around any solver."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

from xpde.core import register_tree
from xpde.errors import InvalidInput

Array = Any
T = TypeVar("T")

__all__ = ["Refinable", "Refined", "at_level", "refinable", "refined"]


@runtime_checkable
class Refinable(Protocol):
    """Something that can be made to work more or less.

    What a level is, is the object's own affair: iterations, 10^-level as a tolerance, a grid, a
    number of substeps. More must be better and cost more. A :class:`~xpde.train.Corrector` and the
    objectives with a solver hand it on to what they hold; they have a property ``refinable`` that
    says whether that is refinable.

    If only numbers in the arrays of the object's tree change with the level (a budget of
    iterations), compiled programs are shared by all levels; if its structure does, each level has
    its own.
    """

    def refined(self, level: int) -> Self:
        """Return the same object at a level, 0 or more, whatever the level of this one is."""


def refinable(thing: object) -> bool:
    """Whether an object has a level, or holds something that has one."""
    return isinstance(thing, Refinable) and bool(getattr(thing, "refinable", True))


def refined(thing: T, level: int) -> T:
    """Return an object at a level; itself if it has none."""
    return thing.refined(level) if refinable(thing) else thing  # type: ignore[attr-defined]


def at_level(network: T, objective: Any, level: int) -> tuple[T, Any]:
    """Return a network and an objective at a level.

    Raises
    ------
    InvalidInput
        If neither is refinable.
    """
    if not refinable(network) and not refinable(objective):
        raise InvalidInput(
            "refine: expected a solver with refined(level) in a Corrector or in the objective, got "
            f"none in {type(network).__name__} and {type(objective).__name__}; wrap yours in "
            "Refined(solver, set)"
        )
    return refined(network, level), refined(objective, level)


@register_tree(static=("set",))
@dataclass(frozen=True, eq=False)
class Refined:
    """A solver of any kind with a function that sets its level.

    Attributes
    ----------
    solver
        A map of states (..., C, *N); a registered tree, or a function.
    set
        ``set(solver, level)`` returns the solver at a level, whatever its level was. Hashable.
    """

    solver: Callable[[Array], Array]
    set: Callable[[Any, int], Callable[[Array], Array]]

    def refined(self, level: int) -> Self:
        """Return the solver at a level."""
        return replace(self, solver=self.set(self.solver, level))

    def __call__(self, u: Array) -> Array:
        """Map states (..., C, *N) one step ahead."""
        return self.solver(u)

    @property
    def grid(self) -> Any:
        """The grid of the solver; None if it names none."""
        return getattr(self.solver, "grid", None)

    @property
    def channels(self) -> int | None:
        """C of the solver; None if it names none."""
        return getattr(self.solver, "channels", None)

    @property
    def receptive_field(self) -> float:
        """Cells that the solver sees in each direction; all if it does not say."""
        return float(getattr(self.solver, "receptive_field", math.inf))
