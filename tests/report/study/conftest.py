"""Made-up studies: folders of runs, some of which diverged, failed or are missing."""

import json
from itertools import product

import h5py
import numpy as np
import pandas as pd
import pytest

from xpde.report.study import StudyRecord, galleries
from xpde.study.runs import Run

NETS = ("Conv;8;2;relu", "UNet;4;1;relu", "FNO;4;4;1;gelu")
LEVEL = {"Conv": 0.02, "UNet": 0.008, "FNO": 0.003, "Res": 0.005, "Dil": 0.012}
PROBLEMS = (("diff_adv", {"points": 32}), ("diff_burgers", {"points": 32}))
STEPS = 120


def runs_of(problems=PROBLEMS, nets=NETS, trainings=("one",), seeds=3):
    return [
        Run(key, overrides=overrides, network=net, training=train, seed=seed, updates=2_000)
        for (key, overrides), net, train, seed in product(problems, nets, trainings, range(seeds))
    ]


def error_curves(run, rng):
    """Two metrics over the steps, larger for some networks and for every seed another."""
    t = np.arange(1, STEPS + 1)
    size = LEVEL[run.network.split(";")[0]] * (1 if run.training == "one" else 0.6)
    errors = size * np.exp(0.25 * rng.standard_normal()) * t ** (0.7 + 0.1 * rng.random())
    tables = {"mean_nRMSE": errors, "mean_correlation": np.exp(-(errors**2) / 2)}
    return pd.concat(
        [pd.DataFrame({"metric": k, "step": t, "value": v}) for k, v in tables.items()]
    )


def losses(run, rng, updates):
    u = np.arange(updates)
    size = 0.1 * LEVEL[run.network.split(";")[0]]
    loss = size * (np.exp(-u / 250) + 0.02) * np.exp(0.1 * rng.standard_normal(updates))
    validation = np.where(u % 100 == 0, 1.3 * size * (np.exp(-u / 250) + 0.03), np.nan)
    return pd.DataFrame({"update": u, "loss": loss, "validation": validation})


def spectra(run, rng):
    k = np.arange(run.problem.grid.points[0] // 2 + 1)
    rows = []
    for of, step, channel in product(("reference", "emulator"), (1, 60, STEPS), (0, 1)):
        value = np.exp(-0.5 * k) * (1 + channel)
        if of == "emulator":
            value = value + 1e-4 * LEVEL[run.network.split(";")[0]] * step * np.exp(0.1 * k)
            value = value * np.exp(0.1 * rng.standard_normal(k.size))
        rows.append(
            pd.DataFrame(
                {"of": of, "step": step, "channel": channel, "wavenumber": k, "value": value}
            )
        )
    return pd.concat(rows)


def rollouts(run, rng):
    """A wave of the scenario's dimensions, which the emulator loses slowly."""
    problem = run.problem
    frames = np.arange(STEPS + 1) if problem.dims == 1 else np.asarray([0, 1, 20, 60, STEPS])
    x = np.meshgrid(*[np.arange(n) / n for n in problem.grid.points], indexing="ij")
    size = LEVEL[run.network.split(";")[0]] * np.exp(0.3 * rng.standard_normal())

    def states(drift):
        waves = [
            sum(np.sin(2 * np.pi * ((d + 1) * x[d] - 0.013 * (1 + drift) * t)) / (d + 1)
                for d in range(problem.dims))
            for t in frames
        ]  # fmt: skip
        return np.repeat(np.stack(waves)[None, :, None], problem.channels, axis=2)

    return frames, states(0.0).astype(np.float32), states(3 * size).astype(np.float32)


def write_run(folder, run, status="done"):
    """Write the files of a run that ended with ``status``."""
    place = folder / "runs" / run.name
    place.mkdir(parents=True)
    run.write(place / "config.json")
    rng = np.random.default_rng(int(run.name, 16))
    if status == "missing":
        return
    if status == "failed":
        text = {"status": "failed", "reason": "MemoryError: out of memory", "trace": ""}
        (place / "failed.json").write_text(json.dumps(text))
        return
    updates = 2_000 if status == "done" else 700
    table = losses(run, rng, updates)
    if status == "diverged":
        table.loc[table.index[-1], "loss"] = np.nan
    table.to_parquet(place / "losses.parquet")
    if status == "done":
        error_curves(run, rng).to_parquet(place / "metrics.parquet")
        spectra(run, rng).to_parquet(place / "spectra.parquet")
        curve = pd.DataFrame({"metric": "nRMSE", "sample": 0, "step": range(1, 4), "value": 0.1})
        curve.to_parquet(place / "samples.parquet")
        frames, reference, emulator = rollouts(run, rng)
        with h5py.File(place / "rollouts.h5", "w") as file:
            file["reference"], file["emulator"], file["frames"] = reference, emulator, frames
            file.attrs.update(extent=run.problem.grid.extent, dt=0.1, vlim=(-1.5, 1.5))
    done = {"status": status, "updates": updates, "train_s": 12.5, "updates_per_s": 160.0}
    done |= {"reason": "" if status == "done" else "the loss is not finite at update 699"}
    done |= {"evaluate_s": 0.7, "total_s": 14.0}
    field = None if run.network.startswith("FNO") else 3.0
    done |= {"parameters": run.make_network().parameter_count(), "receptive_field": field}
    (place / "done.json").write_text(json.dumps(done))


def write_study(folder, runs, fates=()):
    """Write a study; ``fates`` maps positions of runs to what became of them, done if absent."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [run.name for run in runs]
    (folder / "study.json").write_text(json.dumps({"name": "made up", "runs": names}))
    for i, run in enumerate(runs):
        write_run(folder, run, dict(fates).get(i, "done"))
    return folder


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """3 networks, 3 seeds, 2 problems; one run diverged, one failed, one is missing."""
    fates = {1: "diverged", 5: "failed", 17: "missing"}
    return write_study(tmp_path_factory.mktemp("study"), runs_of(), fates)


@pytest.fixture
def make_study(tmp_path):
    """Return a function that writes another study."""

    def make(runs, fates=()):
        return write_study(tmp_path / "other", runs, fates)

    return make


@pytest.fixture(scope="session")
def record(study):
    """``study`` read back."""
    return StudyRecord.read(study)


@pytest.fixture(scope="session")
def drawn(record):
    """The galleries of ``study``: figures are drawn once for all tests."""
    return galleries(record)


@pytest.fixture(scope="session")
def exhibits(drawn):
    """The exhibits of the first problem by name."""
    return {one.name: one for one in drawn[0].exhibits}


@pytest.fixture(scope="session")
def all_runs():
    """The runs of ``study``, in its order."""
    return runs_of()


@pytest.fixture(scope="session")
def made_runs():
    """Return the function that makes the runs of a grid."""
    return runs_of
