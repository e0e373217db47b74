"""Scores of rollouts that someone else computed, from the scenario's own test states."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from xpde.conventions import Conventions
from xpde.core import Backend
from xpde.core.backend import Array
from xpde.metrics import evaluate, gmean, metric
from xpde.study.data import kept_states, reference_data
from xpde.study.predictions import First, first_frame, predictions
from xpde.study.scenario import Scenario
from xpde.study.store import atomic, write_table

__all__ = ["External", "score_file", "write_start"]


@dataclass(frozen=True)
class External:
    """How rollouts of a file do, for R seeds of S samples over T steps.

    Attributes
    ----------
    metrics
        ``mean_...`` metrics by name, (R, T); NaN from the first step of a non-finite sample on.
    samples
        nRMSE of every sample and step, (R, S, T).
    good
        Steps of every sample before its first NaN or infinity, (R, S).
    notes
        What was assumed about the file, one line each.
    """

    metrics: dict[str, np.ndarray]
    samples: np.ndarray
    good: np.ndarray
    notes: tuple[str, ...]

    @property
    def steps(self) -> int:
        """T."""
        return self.samples.shape[-1]

    @property
    def upto(self) -> int:
        """The last step of :attr:`gmean`: 100, or T if there are fewer."""
        return min(100, self.steps)

    @property
    def gmean(self) -> np.ndarray:
        """The geometric mean of ``mean_nRMSE`` over steps 1 to :attr:`upto`, (R,)."""
        return gmean(self.metrics["mean_nRMSE"], upto=self.upto)

    def nonfinite(self) -> str | None:
        """Return one line about the samples that become NaN or infinite; None if all are finite."""
        bad = self.good < self.steps
        if not bad.any():
            return None
        seed, sample = np.unravel_index(int(self.good.argmin()), self.good.shape)
        where = f"sample {sample}" + (f" of seed {seed}" if len(self.good) > 1 else "")
        return (
            f"expected finite predictions, got NaN or infinity in {int(bad.sum())} of {bad.size} "
            f"rollouts, first at step {int(self.good.min()) + 1} ({where}); their metrics are NaN "
            "from there"
        )

    def write(self, folder: Path) -> None:
        """Write ``metrics.parquet`` (metric, seed, step, value) and ``samples.parquet``."""
        metrics = [_long(name, values, ("seed", "step")) for name, values in self.metrics.items()]
        write_table(folder / "metrics.parquet", pd.concat(metrics, ignore_index=True))
        samples = _long("nRMSE", self.samples, ("seed", "sample", "step"))
        write_table(folder / "samples.parquet", samples)


def _long(metric: str, values: np.ndarray, axes: tuple[str, ...]) -> pd.DataFrame:
    """Make a row of every value; steps count from 1, seeds and samples from 0."""
    places = np.indices(values.shape).reshape(values.ndim, -1)
    columns = {name: place + (name == "step") for name, place in zip(axes, places, strict=True)}
    return pd.DataFrame({"metric": metric} | columns | {"value": values.reshape(-1)})


def write_start(problem: Scenario, bk: Backend, path: Path) -> tuple[int, ...]:
    """Write the first frames of the test set, (S, C, *N), as ``.npy``; return their shape.

    They are the states after the warm-up, from which predictions of step 1 begin. Scores are true
    for the backend and dtype of these states: a warm-up of a chaotic equation depends on rounding.
    """
    start = bk.to_numpy(reference_data(problem, bk, "test", horizon=1)[:, 0, ...])
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.save(file, start, allow_pickle=False)
    return start.shape


def score_file(problem: Scenario, bk: Backend, path: Path | str, first: First = "auto") -> External:
    """Measure the rollouts of a file against the test set of a scenario, step by step.

    Same numbers as :func:`xpde.study.score` gives for an emulator with these rollouts.

    Parameters
    ----------
    problem, bk
        The scenario, and where its solver and the metrics are computed.
    path
        A ``.npy`` file (S, L, C, *N), or (R, S, L, C, *N) for R seeds, or HDF5 in the layout of
        The Well. Nothing in it is unpickled.
    first
        Whether the first of the L frames is the ``initial`` state or the first ``prediction``.
        ``auto`` takes L = T + 1 of T steps for the former and L = T for the latter; of fewer
        frames the first is compared with the initial state. Fewer than T steps are scored alone.

    Raises
    ------
    InvalidInput
        If the file is no such file, its shape is wrong, or an initial state is not the scenario's.
    NonFinite
        If the reference solver produced NaN or infinity.
    """
    names = _names(problem)
    with predictions(Path(path), problem) as given:
        horizon = min(given.frames, problem.test_horizon)
        reference = reference_data(problem, bk, "test", horizon=horizon)
        start = bk.to_numpy(reference[:, 0, ...])
        skip, notes = first_frame(first, given, start, problem.test_horizon)
        reference = reference[:, 1 : given.frames - skip + 1, ...]
        conventions = Conventions(problem.conventions)

        def each(states: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
            placed, good = _placed(bk, states)
            found = evaluate(placed, reference, names, problem.dims, conventions=conventions)
            return {name: bk.to_numpy(values) for name, values in found.items()}, good

        with np.errstate(all="ignore"):
            parts = [each(given.seed(r)[:, skip:]) for r in range(len(given))]
    metrics = {name: np.stack([part[0][name] for part in parts]) for name in parts[0][0]}
    samples = metrics.pop("nRMSE")
    return External(metrics, samples, np.stack([part[1] for part in parts]), notes)


def _names(problem: Scenario) -> list[str]:
    """Return the metrics as means over samples, ``mean_nRMSE`` first and nRMSE last; checked."""
    means = [f"mean_{name.removeprefix('mean_')}" for name in problem.metric_names]
    names = [*dict.fromkeys(["mean_nRMSE", *means]), "nRMSE"]
    for name in names:
        metric(name)
    return names


def _placed(bk: Backend, states: np.ndarray) -> tuple[Array, np.ndarray]:
    """Place rollouts (S, T, C, *N), NaN from the first bad step on; count the steps before it."""
    placed = bk.asarray(states)
    host = bk.to_numpy(placed)  # a number may be too large for the precision
    kept, good = kept_states(host)
    return (bk.asarray(kept) if good.min() < states.shape[1] else placed), good
