"""What an experiment is: a training with a solver in it, its levels, its published outcome."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from xpde.core import Backend, Tree
from xpde.errors import InvalidInput, unknown_name
from xpde.nn import Network
from xpde.optim import Optimizer
from xpde.solvers import Adjoint, Cut, Implicit, OneStep, Unrolled
from xpde.study.prdp.inner import InnerSolve
from xpde.train import Objective
from xpde.train.rule import Rule

__all__ = ["ADJOINTS", "Problem", "Setup"]

Errors = dict[str, float]

ADJOINTS: dict[str, Adjoint] = {
    "implicit": Implicit(),
    "unrolled": Unrolled(),
    "one-step": OneStep(),
    "cut": Cut(),
}
"""How the inner solve is differentiated, by name; one object each, so that programs are shared."""


@dataclass(frozen=True)
class Setup:
    """An experiment on a backend.

    Attributes
    ----------
    network, objective, optimizer
        What is trained; the solver is in the objective or in the network.
    data
        Trajectories (S, L, C, *N), host.
    measure
        The errors of parameters, by name.
    solve
        The solver alone.
    states
        A batch of states (B, C, *N) as the solver meets them, host.
    """

    network: Network
    objective: Objective
    optimizer: Optimizer
    data: np.ndarray
    measure: Callable[[Tree], Errors]
    solve: InnerSolve
    states: np.ndarray


@dataclass(frozen=True)
class Problem(ABC):
    """An experiment as plain values.

    Attributes
    ----------
    epochs
        E; after each the error is measured and the rule asked.
    samples, batch
        Training trajectories and those of an update.
    converged
        K_ε, the level that counts as fully converged.
    adjoint
        A name of :data:`ADJOINTS`.
    data_seed
        Seed of the initial states, the same for all trainings.

    Raises
    ------
    InvalidInput
        If a number is below 1 or the adjoint has no such name.
    """

    epochs: int = 100
    samples: int = 200
    batch: int = 25
    converged: int = 25
    adjoint: str = "implicit"
    data_seed: int = 1337

    name: ClassVar[str] = ""
    monitored: ClassVar[str] = ""
    """The error that the rule is told, a name of ``Setup.measure``."""
    evaluations: ClassVar[tuple[int, int]] = (1, 1)
    """Solves of an update, forward and adjoint."""
    applications: ClassVar[int] = 1
    """Evaluations of the network in an update."""
    paper: ClassVar[dict[str, Any]] = {}
    """Fields of :class:`~xpde.train.Progressive` as they were published for it."""
    scale: ClassVar[dict[str, Any]] = {}
    """Fields of the library's rule that have the scale of the levels: first, increment, growth."""

    def __post_init__(self) -> None:
        for name in ("epochs", "samples", "batch", "converged"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise InvalidInput(f"{self.name}: expected {name} of 1 or more, got {value!r}")
        if self.adjoint not in ADJOINTS:
            raise unknown_name("adjoint", self.adjoint, ADJOINTS)

    @classmethod
    @abstractmethod
    def small(cls, **changes: Any) -> Self:
        """Return the experiment at a size of seconds to minutes on one processor core."""

    @abstractmethod
    def setup(self, bk: Backend) -> Setup:
        """Make data, network, objective and solver on a backend."""

    @property
    def updates_per_epoch(self) -> int:
        """Updates between two checks."""
        return -(-self.samples // self.batch)

    @property
    def updates(self) -> int:
        """Updates in all."""
        return self.epochs * self.updates_per_epoch

    @property
    def adjoint_solves(self) -> int:
        """Adjoint solves of an update: none if the solver has no gradient."""
        return 0 if self.adjoint in ("cut", "one-step") else self.evaluations[1]

    def rules(self) -> dict[str, Rule]:
        """Return further rules to compare, by name; none if an experiment names none."""
        return {}

    def plain(self) -> dict[str, Any]:
        """Return the name and all fields, what identifies the experiment."""
        return {"experiment": self.name} | dataclasses.asdict(self)
