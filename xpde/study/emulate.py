"""Train one emulator on one backend and judge its rollouts."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from xpde.conventions import Conventions
from xpde.core import Backend, Tree
from xpde.core.backend import Array
from xpde.metrics import evaluate
from xpde.study.experiment import Experiment
from xpde.train import Trained, Trainer, rollout

__all__ = [
    "Fit",
    "Reporter",
    "Scores",
    "fit",
    "loss_table",
    "make_trainer",
    "metric_table",
    "score",
]

Reporter = Callable[..., None]
"""``progress(label, done=0, total=0, note="")``."""


@dataclass(frozen=True)
class Fit:
    """A finished training and how long it took.

    Attributes
    ----------
    trained
        Parameters, optimizer state, losses.
    seconds
        Wall time of the training in this process.
    compile
        What the first dispatch took beyond the median of the later ones.
    updates_per_s
        Rate of the later dispatches; of all sessions together if this one had nothing to do.
    """

    trained: Trained
    seconds: float
    compile: float
    updates_per_s: float


@dataclass(frozen=True)
class Scores:
    """How an emulator does over the test horizon.

    Attributes
    ----------
    metrics
        ``mean_...`` metrics by name, (T,).
    samples
        nRMSE of every sample and step, (S, T).
    states
        Rollouts of all samples on the device, (S, T, C, *N), without the initial state.
    predicted
        That of the first sample on the host, (T, C, *N).
    seconds
        Wall time of rollout and metrics, after a first call where asked.
    """

    metrics: dict[str, np.ndarray]
    samples: np.ndarray
    states: Array
    predicted: np.ndarray
    seconds: float


def make_trainer(config: Experiment, bk: Backend, **more: Any) -> Trainer:
    """Return the trainer of an experiment on a backend, with further settings of the trainer."""
    optimizer, updates = config.make_optimizer()
    return Trainer(
        config.make_emulator(bk),
        config.make_objective(bk),
        optimizer,
        updates,
        batch_size=config.problem.batch,
        seed=config.seed,
        validation=config.validation,
        patience=config.patience,
        select=config.select,
        noise=config.noise,
        refine=config.make_refine(),
        **more,
    )


def fit(
    config: Experiment,
    bk: Backend,
    data: Array,
    progress: Reporter,
    trainer: Trainer | None = None,
    state: Trained | None = None,
) -> Fit:
    """Train the configured network on trajectories (S, T+1, C, *N), or go on from ``state``.

    Raises
    ------
    NonFinite
        If a loss is NaN or infinite. This, KeyboardInterrupt and whatever ``progress`` raises of
        its kind carry ``.trained``.
    """
    trainer = trainer or make_trainer(config, bk)
    marks: list[tuple[int, float]] = []

    def mark(done: int, total: int, loss: float) -> None:
        marks.append((done, time.perf_counter()))
        progress("training", done, total, f"loss {loss:.3e}")

    first = 0 if state is None else state.updates
    bk.synchronize()
    start = time.perf_counter()
    trained = trainer.run(config.initial_weights(), data, mark, state=state)
    bk.synchronize(trained.params)
    seconds = time.perf_counter() - start
    if not marks:
        return Fit(trained, seconds, 0.0, trained.updates / max(trained.seconds, 1e-9))
    return Fit(trained, seconds, *_rates(start, first, marks))


def _rates(start: float, first: int, marks: list[tuple[int, float]]) -> tuple[float, float]:
    """Compilation and rate from (updates done, time) after every dispatch."""
    first_count, first_time = marks[0][0] - first, marks[0][1]
    if len(marks) == 1:
        return 0.0, first_count / max(first_time - start, 1e-9)
    steps = np.diff([done for done, _ in marks])
    per_update = float(np.median(np.diff([t for _, t in marks]) / steps))
    return max(0.0, first_time - start - first_count * per_update), 1.0 / per_update


def score(config: Experiment, bk: Backend, params: Tree, test: Array, warm: bool = True) -> Scores:
    """Roll the emulator out from the first frames of (S, T+1, C, *N) and measure every step.

    With ``warm`` everything is done twice, so that the time is without compilation.
    """
    network, dims = config.make_emulator(bk), config.problem.dims
    steps = test.shape[1] - 1
    names = [*config.metric_names(), "nRMSE"]
    conventions = Conventions(config.problem.conventions)

    def once() -> tuple[Array, dict[str, Array]]:
        predicted = rollout(network, params, test[:, 0, ...], steps)
        scores = evaluate(predicted, test[:, 1:, ...], names, dims, conventions=conventions)
        return predicted, scores

    bk.synchronize(once() if warm else None)
    start = time.perf_counter()
    predicted, scores = once()
    bk.synchronize((predicted, scores))
    seconds = time.perf_counter() - start
    hosts = {name: bk.to_numpy(values) for name, values in scores.items()}
    samples = hosts.pop("nRMSE")
    return Scores(hosts, samples, predicted, bk.to_numpy(predicted[0, ...]), seconds)


def loss_table(name: str, losses: np.ndarray) -> pd.DataFrame:
    """Make the long table backend, update, loss."""
    return pd.DataFrame({"backend": name, "update": np.arange(len(losses)), "loss": losses})


def metric_table(name: str, metrics: dict[str, np.ndarray]) -> pd.DataFrame:
    """Make the long table backend, metric, step, value; step 1 is the first prediction."""
    parts = [
        {"backend": name, "metric": metric, "step": t, "value": float(value)}
        for metric, values in metrics.items()
        for t, value in enumerate(values, start=1)
    ]
    return pd.DataFrame(parts)
