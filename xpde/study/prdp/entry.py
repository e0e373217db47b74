"""One training of an experiment: its identity, its course epoch by epoch, what it cost."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from xpde.core import Backend, Tree, stream
from xpde.errors import NonFinite
from xpde.study.prdp.clock import Clock
from xpde.study.prdp.contenders import Watched
from xpde.study.prdp.problem import Problem, Setup
from xpde.study.store import digest
from xpde.train import Refine, Trained, Trainer
from xpde.train.rule import Rule

__all__ = ["Course", "Entry", "run_entry"]

Progress = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Entry:
    """A contender with a seed on a backend.

    Attributes
    ----------
    problem, contender, rule, seed, backend, dtype, device
        What decides the numbers.
    """

    problem: Problem
    contender: str
    rule: Rule
    seed: int
    backend: str
    dtype: str
    device: str = "cpu"

    @property
    def label(self) -> str:
        """Words for a progress bar."""
        return f"{self.problem.name} {self.contender}, seed {self.seed}"

    def plain(self) -> dict[str, Any]:
        """Return it as JSON holds it; the name of the contender decides nothing."""
        where = {} if self.device == "cpu" else {"device": self.device}
        return where | {
            "problem": self.problem.plain(),
            "rule": str(self.rule),
            "seed": self.seed,
            "backend": self.backend,
            "dtype": self.dtype,
        }

    @property
    def name(self) -> str:
        """A name from all that decides the numbers."""
        return digest(self.plain())


class Course:
    """The errors of a training, one row for each epoch and one before the first.

    Parameters
    ----------
    setup, monitored
        What measures, and the error that the rule is told.
    """

    def __init__(self, setup: Setup, monitored: str) -> None:
        self.setup, self.monitored = setup, monitored
        self.rows: list[dict[str, float]] = []
        self.validating = 0.0
        self.began = time.perf_counter()

    def __call__(self, params: Tree) -> float:
        """Measure, and return the monitored error."""
        before = time.perf_counter()
        errors = self.setup.measure(params)
        after = time.perf_counter()
        self.rows.append(errors | {"seconds": before - self.began - self.validating})
        self.validating += after - before
        return errors[self.monitored]

    def table(self, trained: Trained) -> pd.DataFrame:
        """Return epoch, level (of the epoch that ends there, 0 before), error, seconds, errors."""
        checks = trained.refinement.checks if trained.refinement is not None else ()
        count = min(len(self.rows), len(checks))
        levels = [0, *(check.level for check in checks[: count - 1])]
        table = pd.DataFrame(self.rows[:count])
        table.insert(0, "epoch", range(count))
        table.insert(1, "level", levels[:count])
        table.insert(2, "error", table[self.monitored])
        table.insert(3, "why", [check.why for check in checks[:count]])
        return table


def run_entry(
    entry: Entry, bk: Backend, setup: Setup, clock: Clock, progress: Progress | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Train and return the table of epochs and the figures of the run.

    A training whose loss becomes NaN or infinite ends there, with the status ``diverged`` and the
    error None.
    """
    problem, course = entry.problem, Course(setup, entry.problem.monitored)
    trainer = Trainer(
        setup.network,
        setup.objective,
        setup.optimizer,
        problem.updates,
        batch_size=problem.batch,
        seed=entry.seed,
        refine=Refine(Watched(entry.rule), problem.updates_per_epoch, monitor=course),
    )
    data = bk.asarray(setup.data)
    compiling = clock.compilation(trainer, data)
    params = setup.network.init(stream(entry.seed, "weights"))
    course.began, status = time.perf_counter(), "done"
    try:
        trained = trainer.run(params, data, progress)
    except NonFinite as error:
        trained, status = error.trained, "diverged"  # type: ignore[attr-defined]
    took = time.perf_counter() - course.began
    table = course.table(trained)
    seconds = {
        "train_s": took - course.validating,
        "validation_s": course.validating,
        "compile_s": compiling,
    }
    return table, _figures(problem, table, status, seconds, clock)


def _figures(
    problem: Problem, table: pd.DataFrame, status: str, seconds: dict[str, float], clock: Clock
) -> dict[str, Any]:
    """Return what is kept of a run besides its table: costs in iterations and in seconds."""
    levels = [int(level) for level in table["level"][1:]]
    iterations, per_epoch = sum(levels), problem.updates_per_epoch
    error = float(table["error"].iloc[-1])
    solver, network = clock.solver_seconds(levels), clock.network_seconds()
    return {
        "status": status,
        "error": error if status == "done" and math.isfinite(error) else None,
        "final_level": levels[-1] if levels else 0,
        "level_sum": iterations,
        "forward_iterations": iterations * per_epoch * problem.evaluations[0],
        "adjoint_iterations": iterations * per_epoch * problem.adjoint_solves,
        "solver_s": solver,
        "network_s": network,
        "other_s": seconds["train_s"] - solver - network,
    } | seconds
