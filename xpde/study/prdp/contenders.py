"""What is compared in an experiment: rules of refinement, and constant levels beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

from xpde.errors import InvalidInput, unknown_name
from xpde.study import refine_words
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
        One of :data:`CONTENDERS`, of the experiment's own rules, ``constant-K``, or a rule in the
        words of :func:`xpde.study.refine_words.rule`, such as ``prdp;start=4;lag=6``.
    top
        K_max, for ``incomplete``.

    Raises
    ------
    InvalidInput
        If nothing has the name, or a rule reads a residual, which no experiment measures.
    """
    rules: Mapping[str, Any] = {
        "converged": lambda: Constant(problem.converged),
        "incomplete": lambda: Constant(problem.converged if top is None else top),
        "paper": lambda: _published(problem),
        "default": lambda: Progressive(**problem.scale),
        **{own: (lambda rule=rule: rule) for own, rule in problem.rules().items()},
    }
    if name in rules:
        return rules[name]()
    kind, _, level = name.partition("-")
    if kind == "constant" and level.isdigit():
        return Constant(int(level))
    if ";" in name or name == "prdp":
        return _read(name)
    raise unknown_name("contender", name, [*rules, "constant-20"])


def _published(problem: Problem) -> Rule:
    """Return the published rule; where it has a cap, that is K_ε, also of a smaller experiment."""
    fields = dict(problem.paper)
    if "cap" in fields:
        fields["cap"] = problem.converged
        fields["first"] = min(fields["first"], problem.converged)
    return Progressive.preset("paper", **fields)


def _read(text: str) -> Rule:
    """Return the rule of words."""
    found = refine_words.rule(text)
    if found.reads == "residual":
        raise InvalidInput(
            f"contender {text!r}: expected a rule that reads errors or nothing, got one that reads "
            "the residual"
        )
    return found
