"""Train one emulator on one backend and judge its rollouts."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xpde.conventions import Conventions
from xpde.core import Backend, Tree
from xpde.core.backend import Array
from xpde.metrics import evaluate
from xpde.study.config import CompareConfig
from xpde.study.data import reference_data
from xpde.study.store import write_table
from xpde.train import Trained, Trainer, rollout, save_weights

__all__ = ["Fit", "Reporter", "Scores", "fit", "score", "train_to"]

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
        Wall time of the training.
    compile
        What the first dispatch took beyond the median of the later ones.
    updates_per_s
        Rate of the later dispatches.
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
    predicted
        Rollout of the first sample, (T, C, *N), without the initial state.
    seconds
        Wall time of rollout and metrics after the first call.
    """

    metrics: dict[str, np.ndarray]
    samples: np.ndarray
    predicted: np.ndarray
    seconds: float


def fit(config: CompareConfig, bk: Backend, data: Array, progress: Reporter) -> Fit:
    """Train the configured network on trajectories (S, T+1, C, *N)."""
    optimizer, updates = config.make_optimizer()
    trainer = Trainer(
        config.make_emulator(bk),
        config.make_objective(bk),
        optimizer,
        updates,
        batch_size=config.problem.batch,
        seed=config.seed,
    )
    marks: list[tuple[int, float]] = []

    def mark(done: int, total: int, loss: float) -> None:
        marks.append((done, time.perf_counter()))
        progress("training", done, total, f"loss {loss:.3e}")

    bk.synchronize()
    start = time.perf_counter()
    trained = trainer.run(config.initial_weights(), data, mark)
    bk.synchronize(trained.params)
    seconds = time.perf_counter() - start
    return Fit(trained, seconds, *_rates(start, marks))


def _rates(start: float, marks: list[tuple[int, float]]) -> tuple[float, float]:
    """Compilation and rate from (updates done, time) after every dispatch."""
    first_count, first_time = marks[0]
    if len(marks) == 1:
        return 0.0, first_count / max(first_time - start, 1e-9)
    steps = np.diff([done for done, _ in marks])
    per_update = float(np.median(np.diff([t for _, t in marks]) / steps))
    return max(0.0, first_time - start - first_count * per_update), 1.0 / per_update


def score(config: CompareConfig, bk: Backend, params: Tree, test: Array) -> Scores:
    """Roll the emulator out from the first frames of (S, T+1, C, *N) and measure every step."""
    network, dims = config.make_emulator(bk), config.problem.dims
    steps = test.shape[1] - 1
    names = [*config.metric_names(), "nRMSE"]
    conventions = Conventions(config.problem.conventions)

    def once() -> tuple[Array, dict[str, Array]]:
        predicted = rollout(network, params, test[:, 0, ...], steps)
        scores = evaluate(predicted, test[:, 1:, ...], names, dims, conventions=conventions)
        return predicted, scores

    bk.synchronize(once())
    start = time.perf_counter()
    predicted, scores = once()
    bk.synchronize((predicted, scores))
    seconds = time.perf_counter() - start
    hosts = {name: bk.to_numpy(values) for name, values in scores.items()}
    samples = hosts.pop("nRMSE")
    return Scores(hosts, samples, bk.to_numpy(predicted[0, ...]), seconds)


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


def train_to(
    config: CompareConfig, bk: Backend, folder: Path, progress: Reporter
) -> dict[str, np.ndarray]:
    """Train, evaluate, and write weights, losses, metrics and configuration into a folder."""
    progress("reference data")
    data = reference_data(config.problem, bk, "train")
    trained = fit(config, bk, data, progress).trained
    progress("evaluation")
    scores = score(config, bk, trained.emulator, reference_data(config.problem, bk, "test"))
    folder.mkdir(parents=True, exist_ok=True)
    about: dict[str, Any] = {"config": config.plain()}
    save_weights(folder / "weights.safetensors", trained.emulator, about)
    write_table(folder / "losses.parquet", loss_table(bk.name, trained.losses))
    write_table(folder / "metrics.parquet", metric_table(bk.name, scores.metrics))
    config.write(folder / "config.json")
    return scores.metrics
