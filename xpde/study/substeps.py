"""The level of solvers that have none of their own: the substeps of a step."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from xpde.errors import InvalidInput
from xpde.study.finite import is_finite_difference
from xpde.study.scenario import Scenario
from xpde.train import Refined
from xpde.train.refinable import refinable

Solver = Callable[[Any], Any]

__all__ = ["Substeps", "check_substeps", "with_substeps"]


@dataclass(frozen=True, eq=False)
class Substeps:
    """A function (solver, level) that makes a scenario's solver again, of as many substeps.

    At level K the solver divides its time by min(K, K_s), K_s being the substeps of the
    scenario: its work is proportional, and from K_s on it is the solver itself.

    Attributes
    ----------
    scenario
        Whose ``substeps`` are K_s.
    make
        Makes the solver of a scenario.
    """

    scenario: Scenario
    make: Callable[[Scenario], Solver]

    def __call__(self, solver: Solver, level: int) -> Solver:
        """Return the solver at a level; level 0 does what level 1 does."""
        substeps = min(max(level, 1), self.scenario.substeps)
        return self.make(replace(self.scenario, substeps=substeps))


def with_substeps(scenario: Scenario, solver: Solver, make: Callable[[Scenario], Solver]) -> Solver:
    """Return a scenario's solver with substeps as its level, unless it has one of its own.

    Parameters
    ----------
    scenario, solver
        The solver as the scenario has it.
    make
        Makes the same of a scenario with other substeps.

    Raises
    ------
    InvalidInput
        If the solver takes one substep and has no other level.
    """
    if refinable(solver):
        return solver
    _check_count(scenario)
    return Refined(solver, Substeps(scenario, make))


def check_substeps(scenario: Scenario) -> None:
    """Refuse a spectral scenario whose solver has one level only, before a solver is made.

    Whether one of finite differences has levels, its linear method says: :func:`with_substeps`.

    Raises
    ------
    InvalidInput
        If its solver takes one substep.
    """
    if not is_finite_difference(scenario.solver):
        _check_count(scenario)


def _check_count(scenario: Scenario) -> None:
    if scenario.substeps < 2:
        raise InvalidInput(
            f"{scenario.key}: expected substeps above 1 to refine the solver up to, got "
            f"{scenario.substeps}; or choose a solver with iterations, such as solver=fd;1;1;gmres"
        )
