"""What a run leaves beside its weights: losses, metrics, spectra, one rollout."""

import numpy as np
import pandas as pd

from xpde.core import Backend
from xpde.core.backend import Array
from xpde.space import spectrum
from xpde.study.emulate import Scores
from xpde.study.place import Place
from xpde.study.runs import Run
from xpde.study.store import write_fields, write_table
from xpde.train import Trained

__all__ = [
    "losses_table",
    "metrics_table",
    "rollout_frames",
    "samples_table",
    "spectra_table",
    "write_losses",
    "write_scores",
]

SPECTRUM_STEPS = (1, 10, 50, 100)
"""And the last step."""

FRAMES = {1: 101, 2: 11, 3: 5}
"""Of a stored rollout, by the number of space axes: a picture needs no more."""


def losses_table(trained: Trained) -> pd.DataFrame:
    """Return update, loss, validation: every update, and NaN where nothing was measured.

    The validation loss after u updates stands in row u; the one after the last update has a row of
    its own, without a loss.
    """
    loss = pd.Series(trained.losses, index=np.arange(len(trained.losses)), dtype=np.float64)
    validation = pd.Series(trained.validation, index=trained.validated, dtype=np.float64)
    table = pd.DataFrame({"loss": loss, "validation": validation})
    return table.rename_axis("update").reset_index().astype({"update": np.int64})


def metrics_table(metrics: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return metric, step, value; step 1 is the first prediction."""
    parts = [
        pd.DataFrame({"metric": name, "step": np.arange(1, len(v) + 1), "value": _plain(v)})
        for name, v in metrics.items()
    ]
    return pd.concat(parts, ignore_index=True)


def samples_table(errors: np.ndarray) -> pd.DataFrame:
    """Return metric, sample, step, value of the nRMSE (S, T) of every test sample."""
    count, steps = errors.shape
    return pd.DataFrame(
        {
            "metric": "nRMSE",
            "sample": np.repeat(np.arange(count), steps),
            "step": np.tile(np.arange(1, steps + 1), count),
            "value": _plain(errors).ravel(),
        }
    )


def spectra_table(run: Run, bk: Backend, test: Array, states: Array) -> pd.DataFrame:
    """Return of, step, channel, wavenumber, value: energy spectra, means over test samples.

    A wavenumber is the number of its shell, |κ| in units of the lowest; see
    :func:`xpde.space.spectrum`.
    """
    last = states.shape[1]
    steps = sorted({t for t in SPECTRUM_STEPS if t < last} | {last})
    parts = []
    for of, trajectory, first in (("reference", test, 0), ("emulator", states, 1)):
        for step in steps:
            energy = spectrum(trajectory[:, step - first, ...], run.problem.grid)
            mean = np.mean(_plain(bk.to_numpy(energy)), axis=0)
            channels, bins = mean.shape
            parts.append(
                pd.DataFrame(
                    {
                        "of": of,
                        "step": step,
                        "channel": np.repeat(np.arange(channels), bins),
                        "wavenumber": np.tile(np.arange(bins), channels),
                        "value": mean.ravel(),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def rollout_frames(steps: int, dims: int) -> np.ndarray:
    """Return the steps of a rollout that are stored: evenly spread, 0 and the last among them."""
    count = min(steps + 1, FRAMES[dims])
    return np.unique(np.round(np.linspace(0, steps, count)).astype(np.int64))


def write_losses(place: Place, trained: Trained) -> None:
    """Write the table of losses as ``losses.parquet``."""
    write_table(place / "losses.parquet", losses_table(trained))


def write_scores(place: Place, run: Run, bk: Backend, test: Array, scores: Scores) -> None:
    """Write metrics, sample errors, spectra, and the rollout of the first test sample."""
    write_table(place / "metrics.parquet", metrics_table(scores.metrics))
    write_table(place / "samples.parquet", samples_table(scores.samples))
    write_table(place / "spectra.parquet", spectra_table(run, bk, test, scores.states))
    reference = bk.to_numpy(test[:1, ...])
    predicted = np.concatenate([reference[:, :1], scores.predicted[None]], axis=1)
    problem = run.problem
    frames = rollout_frames(problem.test_horizon, problem.dims)
    fields = {
        "reference": reference[:, frames].astype(np.float32),
        "emulator": predicted[:, frames].astype(np.float32),
        "frames": frames,
    }
    about = {"extent": problem.grid.extent, "dt": problem.dt, "vlim": problem.vlim}
    write_fields(place / "rollouts.h5", fields, about)


def _plain(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float64)
