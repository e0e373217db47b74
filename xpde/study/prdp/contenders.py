"""What is compared in an experiment: rules of refinement, and constant levels beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

from xpde.errors import unknown_name
from xpde.study.prdp.problem import Problem
from xpde.train import Constant, Progressive
from xpde.train.rule import RefineState, Rule

__all__ = ["CONTENDERS", "Watched", "contender"]

CONTENDERS = ("converged", "incomplete", "paper", "default")
"""In the order of tables: constant K_ε, constant K_max, the published rule, the library's."""


@dataclass(frozen=True)
class Watched:
    """A rule that is told the error whether it reads it or not, so that the error is measured.

    Attributes
    ----------
    rule
        What decides.
    """

    rule: Rule

    def __str__(self) -> str:
        return str(self.rule)

    @property
    def reads(self) -> str:
        """It is told an error."""
        return "error"

    def start(self) -> RefineState:
        """Return the state before the first error."""
        return self.rule.start()

    def step(self, state: RefineState, error: float, loss: float = nan) -> tuple[RefineState, int]:
        """Return what the rule says."""
        return self.rule.step(state, error, loss)


def contender(problem: Problem, name: str, top: int | None = None) -> Rule:
    """Return a rule by its name for an experiment.

    Parameters
    ----------
    problem
        The experiment.
    name
        One of :data:`CONTENDERS`, of the experiment's own rules, or ``constant-K``.
    top
        K_max, for ``incomplete``.

    Raises
    ------
    InvalidInput
        If nothing has the name.
    """
    rules: Mapping[str, Any] = {
        "converged": lambda: Constant(problem.converged),
        "incomplete": lambda: Constant(problem.converged if top is None else top),
        "paper": lambda: Progressive.preset("paper", **problem.paper),
        "default": lambda: Progressive(**problem.scale),
        **{own: (lambda rule=rule: rule) for own, rule in problem.rules().items()},
    }
    if name in rules:
        return rules[name]()
    kind, _, level = name.partition("-")
    if kind == "constant" and level.isdigit():
        return Constant(int(level))
    raise unknown_name("contender", name, [*rules, "constant-20"])
