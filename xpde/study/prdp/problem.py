"""What an experiment is: a training with a solver in it, its levels, its published outcome."""

import dataclasses
import math
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
        If a count is below 1, another number not above 0, or the adjoint has no such name or
        leaves nothing to train by.
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
    cuttable: ClassVar[bool] = False
    """Whether a gradient is left if that of the solver is cut."""
    applications: ClassVar[int] = 1
    """Evaluations of the network in an update."""
    paper: ClassVar[dict[str, Any]] = {}
    """Fields of :class:`~xpde.train.Progressive` as they were published for it."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check(self.name, field.name, field.type, getattr(self, field.name))
        if self.adjoint not in ADJOINTS:
            raise unknown_name("adjoint", self.adjoint, ADJOINTS)
        if self.adjoint == "cut" and not self.cuttable:
            raise InvalidInput(
                f"{self.name}: expected the adjoint implicit, unrolled or one-step, got cut, which "
                "leaves no gradient, since the solver comes last"
            )

    @classmethod
    @abstractmethod
    def small(cls, **changes: Any) -> Self:
        """Return the experiment at a size of seconds to minutes on one processor core."""

    @abstractmethod
    def setup(self, bk: Backend) -> Setup:
        """Make data, network, objective and solver on a backend."""

    @property
    def scale(self) -> dict[str, Any]:
        """Return the fields of the library's rule that are not its defaults.

        Its checks are the epochs. The first level is 3, since one or two iterations of a method
        from zero are next to no solver.
        """
        return {"first": 3, "horizon": self.epochs}

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

    def changed(self, **changes: Any) -> Self:
        """Return the experiment with some fields changed.

        Raises
        ------
        InvalidInput
            If it has no field of a name, or a value is of another kind or out of its range.
        """
        known = [field.name for field in dataclasses.fields(self)]
        for name in changes:
            if name not in known:
                raise unknown_name(f"field of {self.name}", name, known)
        kinds = {field.name: field.type for field in dataclasses.fields(self)}
        return dataclasses.replace(self, **{n: _of_kind(kinds[n], v) for n, v in changes.items()})

    def plain(self) -> dict[str, Any]:
        """Return the name and all fields, what identifies the experiment."""
        return {"experiment": self.name} | dataclasses.asdict(self)


def _of_kind(kind: Any, value: Any) -> Any:
    """Return a number as the kind of its field: whole ones as floats, one as a tuple of one."""
    if kind == tuple[float, ...]:
        return tuple(float(v) for v in (value if isinstance(value, tuple) else (value,)))
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if kind is float and whole else value


def _check(experiment: str, name: str, kind: Any, value: Any) -> None:
    """Refuse a field of another kind, a count below 1 (a seed: 0), another number not above 0."""
    least = 0 if name == "data_seed" else 1
    expected, fine = {
        int: (f"as a whole number of {least} or more", lambda: value >= least),
        float: ("as a number above 0", lambda: 0 < value < math.inf),
        bool: ("as true or false", lambda: True),
        str: ("as a word", lambda: True),
    }.get(kind, ("as numbers with commas", lambda: all(map(math.isfinite, value))))
    own = tuple if kind not in (int, float, bool, str) else kind
    if type(value) is not own or not fine():
        raise InvalidInput(f"{experiment}: expected {name} {expected}, got {value!r}")
