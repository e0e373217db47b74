"""A study folder with made-up numbers, each run's own, as the runs of a real one leave them."""

import json

import numpy as np
import pandas as pd

from xpde.study.runs import Run
from xpde.study.store import write_json, write_table

NETS = ("Conv;4;1;relu", "Res;4;1;relu")


def runs(seeds=2, scenarios=("diff_adv",), trains=("one",), **more):
    """Small valid runs: every scenario, network, training and seed."""
    return [
        Run(scenario, network=net, training=train, seed=seed, **more)
        for scenario in scenarios
        for net in NETS
        for train in trains
        for seed in range(seeds)
    ]


def curve(run, steps):
    """Positive errors that no other run has."""
    rng = np.random.default_rng([int(run.name, 16), 1])
    return np.cumsum(rng.uniform(0.01, 0.02, steps))


def frames(run, steps=5, updates=3, samples=2, errors=None):
    """The four tables of a run."""
    errors = curve(run, steps) if errors is None else np.asarray(errors)
    steps, t = len(errors), np.arange(1, len(errors) + 1)
    both, modes = ("reference", "emulator"), np.arange(4)
    return {
        "metrics": pd.DataFrame({"metric": "mean_nRMSE", "step": t, "value": errors}),
        "losses": pd.DataFrame(
            {
                "update": np.arange(updates),
                "loss": 1.0 / np.arange(run.seed + 1, run.seed + 1 + updates),
                "validation": np.where(np.arange(updates) == 1, 0.5, np.nan),
            }
        ),
        "samples": pd.DataFrame(
            {
                "metric": "nRMSE",
                "sample": np.repeat(np.arange(samples), steps),
                "step": np.tile(t, samples),
                "value": np.tile(errors, samples),
            }
        ),
        "spectra": pd.DataFrame(
            {
                "of": np.repeat(both, len(modes)),
                "step": 1,
                "channel": 0,
                "wavenumber": np.tile(modes, 2),
                "value": np.tile(np.exp(-modes), 2),
            }
        ),
    }


def write_run(folder, run, status="done", kinds=None, **changes):
    """Write one run: ``done``, ``diverged`` (losses only), ``failed`` or ``missing``."""
    place = folder / "runs" / run.name
    run.write(place / "config.json")
    if status == "failed":
        write_json(place / "failed.json", {"status": "failed", "reason": "boom", "trace": "..."})
    if status in ("failed", "missing"):
        return
    kinds = kinds or (("losses",) if status == "diverged" else None)
    for kind, table in frames(run, **changes).items():
        if kinds is None or kind in kinds:
            write_table(place / f"{kind}.parquet", table)
    done = {"status": status, "reason": "at update 7" if status == "diverged" else ""}
    done |= {"updates": 3, "train_s": 1.5, "updates_per_s": 2.0, "evaluate_s": 0.5, "total_s": 2.5}
    write_json(place / "done.json", done | {"parameters": 41, "receptive_field": run.seed or None})


def write_study(folder, runs, **changes):
    """Write ``study.json`` and every run, all done."""
    for run in runs:
        write_run(folder, run, **changes)
    names = [run.name for run in runs]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.json").write_text(json.dumps({"name": "made", "runs": names}))
    return folder
