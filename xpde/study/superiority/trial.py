"""One training of an experiment: its identity, its errors at every step, what it took."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from xpde import metrics
from xpde.core import Backend, Tree, stream
from xpde.errors import NonFinite
from xpde.nn import Network
from xpde.study.data import reference_data, unchecked_data
from xpde.study.store import digest
from xpde.study.superiority.experiment import Experiment, Seeds
from xpde.study.words import network, optimizer
from xpde.train import Supervised, Trainer, rollout

__all__ = ["Found", "Judge", "Progress", "Trial", "run_trial"]

TAIL = 20
"""Recorded losses at the end whose mean is kept."""

SHOWN = 3
"""The test sample that is drawn, as in the paper's figure 6."""

Array = Any
Progress = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Trial:
    """A network with its seeds on a backend.

    Attributes
    ----------
    experiment, network, seeds, backend, dtype
        What decides the numbers; the network as its words.
    """

    experiment: Experiment
    network: str
    seeds: Seeds
    backend: str
    dtype: str = "float32"

    @property
    def label(self) -> str:
        """Words for a progress bar."""
        seeds = "/".join(str(value) for value in asdict(self.seeds).values())
        return f"{self.experiment.name}, {self.network}, seeds {seeds}"

    @property
    def updates(self) -> int:
        """Updates of the training."""
        return self.experiment.updates

    def make_network(self) -> Network:
        """Return the network for the grid of the experiment, of one channel."""
        grid = self.experiment.taught(self.seeds).grid
        return network(self.network, 1, 1, grid.points)

    def plain(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "experiment": self.experiment.plain(),
            "network": self.network,
            "seeds": asdict(self.seeds),
            "backend": self.backend,
            "dtype": self.dtype,
        }

    @property
    def name(self) -> str:
        """A name from all that decides the numbers."""
        return digest(self.plain())


@dataclass(frozen=True, eq=False)
class Found:
    """What came of a training.

    Attributes
    ----------
    errors
        A row for each sample and step, from 1: ``emulator`` and ``teacher`` are errors against the
        reference, ``apart`` that of the emulator against the teacher.
    fields
        Rollouts (T, N) of one test sample: ``reference``, ``teacher``, ``emulator``; and its
        ``initial`` state.
    figures
        Numbers of the run: status, parameters, receptive field, loss, seconds.
    """

    errors: pd.DataFrame
    fields: dict[str, np.ndarray]
    figures: dict[str, Any]


class Judge:
    """The test of an experiment on a backend: reference, teacher, and errors against them.

    Parameters
    ----------
    experiment, seeds
        What is solved; of the seeds only that of the test matters.
    bk
        Where.
    """

    def __init__(self, experiment: Experiment, seeds: Seeds, bk: Backend) -> None:
        self.experiment, self.seeds, self.bk = experiment, seeds, bk
        self.measure = getattr(metrics, experiment.metric)

    @cached_property
    def truth(self) -> Array:
        """Rollouts of the reference with their initial states, (S, T+1, 1, N)."""
        return reference_data(self.experiment.judged(self.seeds), self.bk, "test")

    @cached_property
    def taught(self) -> Array:
        """Rollouts of the teacher from the same states, (S, T, 1, N)."""
        scenario = self.experiment.judged(self.seeds, self.experiment.teacher)
        return unchecked_data(scenario, self.bk, "test")[:, 1:, ...]

    @cached_property
    def teacher_errors(self) -> np.ndarray:
        """Errors of the teacher against the reference, (S, T)."""
        return self.errors(self.taught)

    def errors(self, rollouts: Array) -> np.ndarray:
        """Return the errors of rollouts (S, T, 1, N) against the reference, (S, T) host float64."""
        return self._measured(rollouts, self.truth[:, 1:, ...])

    def rolled(self, made: Network, params: Tree) -> Array:
        """Return the rollouts of a network from the same states, (S, T, 1, N)."""
        return rollout(made, params, self.truth[:, 0, ...], self.experiment.horizon)

    def apart(self, rollouts: Array) -> np.ndarray:
        """Return the errors of rollouts against the teacher, (S, T) host float64."""
        return self._measured(rollouts, self.taught)

    def _measured(self, states: Array, against: Array) -> np.ndarray:
        found = self.measure(states, against, dims=1)
        return self.bk.to_numpy(found).astype(np.float64)


def run_trial(
    trial: Trial, bk: Backend, data: Array, judge: Judge, progress: Progress | None = None
) -> Found:
    """Train and judge.

    A training whose loss becomes NaN or infinite has the status ``diverged`` and infinite errors.

    Parameters
    ----------
    trial
        What to do.
    bk
        Its backend.
    data
        Training pairs (S, 2, 1, N) on the backend.
    judge
        The test of its experiment and its seed.
    progress
        Called as ``progress(done, total, loss)``.
    """
    made, (method, updates) = trial.make_network(), optimizer(trial.experiment.optimizer)
    how: dict[str, Any] = {"batch_size": trial.experiment.batch, "seed": trial.seeds.shuffle}
    trainer = Trainer(made, Supervised(), method, updates, **how)
    params, status = made.init(stream(trial.seeds.init, "weights")), "done"
    began = time.perf_counter()
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # to become infinite is a result
            trained = trainer.run(params, data, progress)
            states = judge.rolled(made, trained.emulator)
            ours, apart = judge.errors(states), judge.apart(states)
    except NonFinite as error:
        trained, status = error.trained, "diverged"  # type: ignore[attr-defined]
        states = judge.taught * float("nan")
        ours = apart = np.full(judge.teacher_errors.shape, np.inf)
    figures = {
        "status": status,
        "parameters": made.parameter_count(),
        "receptive_field": made.receptive_field if np.isfinite(made.receptive_field) else None,
        "loss": float(np.mean(trained.losses[-TAIL:])) if trained.losses.size else None,
        "train_s": trained.seconds,
        "total_s": time.perf_counter() - began,
    }
    return Found(_table(ours, judge.teacher_errors, apart), _fields(judge, states, bk), figures)


def _fields(judge: Judge, states: Array, bk: Backend) -> dict[str, np.ndarray]:
    """Return what is drawn of a sample."""
    shown = min(SHOWN, states.shape[0] - 1)
    truth = bk.to_numpy(judge.truth[shown, :, 0, ...])
    taught, ours = (bk.to_numpy(found[shown, :, 0, ...]) for found in (judge.taught, states))
    return {"initial": truth[0], "reference": truth[1:], "teacher": taught, "emulator": ours}


def _table(ours: np.ndarray, teacher: np.ndarray, apart: np.ndarray) -> pd.DataFrame:
    samples, steps = ours.shape
    return pd.DataFrame(
        {
            "sample": np.repeat(np.arange(samples), steps),
            "step": np.tile(np.arange(1, steps + 1), samples),
            "emulator": ours.ravel(),
            "teacher": teacher.ravel(),
            "apart": apart.ravel(),
        }
    )
