"""Objectives that follow one another in the course of a training."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from xpde.core import register_tree
from xpde.errors import InvalidInput
from xpde.train.objectives import Objective
from xpde.train.refinable import refinable, refined
from xpde.train.unrolled import Step

Array = Any

__all__ = ["Curriculum"]


@register_tree(static=("starts",))
@dataclass(frozen=True, init=False)
class Curriculum:
    """Minimize one objective after the other, such as longer and longer unrollings.

    L(s) = L_i at update s,  i the last stage with start_i ≤ s

    Windows are those of the longest stage from the first update on, so that the order of batches
    is that of a training with this stage alone. One stage is that objective.

    Parameters
    ----------
    stages
        Pairs (start_i, L_i): 0 first, then increasing.

    Attributes
    ----------
    starts, objectives
        The same in two tuples.

    Raises
    ------
    InvalidInput
        If there is no stage, the first start is not 0, or they do not increase.
    """

    starts: tuple[int, ...]
    objectives: tuple[Objective, ...]

    def __init__(self, stages: tuple[tuple[int, Objective], ...]) -> None:
        starts = tuple(start for start, _ in stages)
        if not starts:
            raise InvalidInput("stages: expected at least one (first update, objective), got none")
        if starts[0] != 0 or any(a >= b for a, b in pairwise(starts)):
            got = ", ".join(map(str, starts))
            raise InvalidInput(f"stages: expected first updates that increase from 0, got {got}")
        object.__setattr__(self, "starts", starts)
        object.__setattr__(self, "objectives", tuple(objective for _, objective in stages))

    @property
    def steps(self) -> int:
        """The largest T of the stages."""
        return max(objective.steps for objective in self.objectives)

    @property
    def frames(self) -> int:
        """Snapshots of a window that are read in some stage."""
        return max(objective.frames for objective in self.objectives)

    @property
    def needs_solver(self) -> bool:
        """Whether some stage needs the reference solver."""
        return any(objective.needs_solver for objective in self.objectives)

    def bind(self, solver: Step) -> Self:
        """Return the curriculum with the reference solver in every stage."""
        bound = (objective.bind(solver) for objective in self.objectives)
        return type(self)(tuple(zip(self.starts, bound, strict=True)))

    @property
    def refinable(self) -> bool:
        """Whether some stage has a level."""
        return any(map(refinable, self.objectives))

    def refined(self, level: int) -> Self:
        """Return the curriculum with every stage that has a level at this one."""
        at_level = (refined(objective, level) for objective in self.objectives)
        return type(self)(tuple(zip(self.starts, at_level, strict=True)))

    def at(self, update: int) -> Objective:
        """Return the objective of an update, 0 or more."""
        return self.objectives[bisect_right(self.starts, update) - 1].at(update)

    def __call__(self, step: Step, window: Array) -> Array:
        """Return the loss of the first stage on ``window`` (frames or more, B, C, *N)."""
        return self.at(0)(step, window)
