"""Where a training is: all it needs to go on."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, flatten, tree_map
from xpde.errors import InvalidInput
from xpde.optim import average
from xpde.train.refinement import Refinement

Array = Any

__all__ = ["Trained", "check_state", "placed"]


@dataclass(frozen=True)
class Trained:
    """Where a training is: all it needs to go on.

    Attributes
    ----------
    params, optimizer_state
        Trees on the device, after ``updates`` updates.
    losses
        Host float64, the loss of the batch before each recorded update.
    updates
        Updates done.
    validated, validation
        Host int64 and float64: numbers of updates after which the validation loss was measured,
        and its values; empty without validation.
    best
        The averaged parameters at the least value of ``validation``, kept with
        ``select="best"``; else None.
    stopped
        Why the training ended before its last update; empty if it did not.
    seconds
        Wall time of all runs together that led here.
    refinement
        The level of the solvers, how it came about and what it has cost; None without
        :attr:`Trainer.refine`.
    """

    params: Tree
    optimizer_state: Tree
    losses: np.ndarray
    updates: int
    validated: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    validation: np.ndarray = field(default_factory=lambda: np.empty(0))
    best: Tree = None
    stopped: str = ""
    seconds: float = 0.0
    refinement: Refinement | None = None

    @property
    def loss(self) -> float:
        """The last recorded loss, NaN before the first."""
        return float(self.losses[-1]) if self.losses.size else float("nan")

    @property
    def averaged(self) -> Tree:
        """The parameters after ``updates`` updates: their average where the optimizer keeps one."""
        return average(self.params, self.optimizer_state)

    @property
    def emulator(self) -> Tree:
        """The parameters to judge and to keep: ``best`` where it is kept, else ``averaged``."""
        return self.averaged if self.best is None else self.best

    @property
    def best_validation(self) -> tuple[int, float] | None:
        """The first least validation loss as (updates, value); None if none is a number."""
        if not np.any(np.isfinite(self.validation)):
            return None
        numbers = np.where(np.isfinite(self.validation), self.validation, np.inf)
        least = int(np.argmin(numbers))
        return int(self.validated[least]), float(self.validation[least])


def placed(tree: Tree, like: Array) -> Tree:
    """Return a tree of any backend on the device of an array, real leaves in its precision."""
    verbs = backend_of(like)

    def place(leaf: Array) -> Array:
        host = leaf if verbs.owns(leaf) else backend_of(leaf).to_numpy(leaf)
        return verbs.asarray(host, like=like)

    return tree_map(place, tree)


def check_state(state: Trained, fresh: Tree, best: bool, refines: bool = False) -> None:
    """Refuse a state that optimizer, choice of the best, or refinement cannot go on from.

    Parameters
    ----------
    state, fresh
        The state, and what its optimizer would begin with.
    best
        Whether the parameters at the least validation loss are to be kept.
    refines
        Whether the solvers are to be refined.
    """
    (found, shape), (expected, other) = flatten(state.optimizer_state), flatten(fresh)
    if shape != other or [a.shape for a in found] != [a.shape for a in expected]:
        raise InvalidInput(
            f"state: expected that of this optimizer ({len(expected)} arrays in its own tree), got "
            f"{len(found)} arrays of another; go on with the optimizer and network it began with"
        )
    if best and state.best is None and state.best_validation is not None:
        raise InvalidInput(
            "state: expected the best parameters of a training with select='best', got none; "
            "go on with select='last'"
        )
    if refines != (state.refinement is not None):
        kinds = ("without refine", "with refine")
        raise InvalidInput(
            f"state: expected that of a training {kinds[refines]}, got one of a training "
            f"{kinds[not refines]}; go on with the setting it began with"
        )
