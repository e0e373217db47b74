"""The main job: one benchmark on every backend, a process each, then the agreement."""

import json
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xpde.errors import InvalidInput
from xpde.study.agreement import Outcome, agreement_table, growth_table
from xpde.study.common import Common
from xpde.study.config import CompareConfig
from xpde.study.run import DONE
from xpde.study.store import read_fields, read_json, read_table, write_fields, write_table

__all__ = ["Comparison", "compare"]

Reporter = Callable[..., None]

_TIMES = ["compile_s", "step_us", "rollout_s", "updates_per_s", "train_s", "evaluate_s", "total_s"]
_TABLES = ("backends", "agreement", "growth", "losses", "metrics")


@dataclass(frozen=True)
class Comparison:
    """The tables of a comparison, as stored in its folder.

    Attributes
    ----------
    backends
        One row a backend: status, reason, version, precision, times.
    agreement
        One row a quantity and backend: difference, bound, whether it agrees.
    growth
        Difference of rollouts step by step, with the calibrated bound.
    losses, metrics
        Long tables of the trainings and of the rollouts of their emulators.
    """

    backends: pd.DataFrame
    agreement: pd.DataFrame
    growth: pd.DataFrame
    losses: pd.DataFrame
    metrics: pd.DataFrame

    @classmethod
    def load(cls, out: Path) -> "Comparison":
        """Read the tables that :func:`compare` wrote into ``out``."""
        return cls(*(read_table(out / f"{name}.parquet") for name in _TABLES))


@dataclass(frozen=True)
class _Ending:
    """How the process of one backend ended."""

    name: str
    status: str
    reason: str = ""


def compare(config: CompareConfig, out: Path, progress: Reporter) -> Comparison:
    """Run every backend that is not yet done, compare, and write the tables into ``out``.

    Each backend has the folder ``out/runs/HASH/NAME``, HASH standing for everything that decides
    the numbers. What is finished is not computed again, so an interrupted comparison goes on where
    it was and a further backend can be added. A backend that is missing or fails is a row with its
    reason; the others go on.

    Parameters
    ----------
    config
        What to run.
    out
        Folder of the result: ``config.json``, Parquet tables, ``fields.h5``.
    progress
        Called as ``progress(label, done, total, note)``.
    """
    runs = out / "runs" / config.name
    config.write(out / "config.json")
    config.write(runs / "config.json")
    progress("common start")
    common = Common.at(runs / "common.h5", config)
    endings = [_run(name, runs, progress) for name in config.backends]
    return _collect(config, out, runs, common, endings)


def _run(name: str, runs: Path, progress: Reporter) -> _Ending:
    """Run one backend as a process, unless it is done; relay its progress."""
    if (runs / name / DONE).exists():
        progress(f"{name}: done before", 1, 1)
        return _Ending(name, "ok")
    command = [sys.executable, "-m", "xpde.study.run", str(runs / "config.json"), name]
    # stderr goes to a file: nobody reads it before the end, and a full pipe would stop the process
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        process = subprocess.Popen(
            [*command, str(runs / name)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="replace",
        )
        last = _relay(process, name, progress)
        errors.seek(0)
        tail = deque((line.strip() for line in errors if line.strip()), maxlen=1)
    if process.returncode == 0:
        return _Ending(name, "ok")
    if last.get("kind") == "end":
        return _Ending(name, last["status"], last["reason"])
    why = f"killed by signal {-process.returncode}" if process.returncode < 0 else "".join(tail)
    return _Ending(name, "failed", f"its process ended early: {why or process.returncode}")


def _relay(process: "subprocess.Popen[str]", name: str, progress: Reporter) -> dict[str, Any]:
    """Pass progress on until the process ends; return its last message. Never leave it behind."""
    last: dict[str, Any] = {}
    with process:  # waits at its end, so an interrupt must kill inside
        try:
            for line in process.stdout or ():
                last = _message(line) or last
                if last.get("kind") == "progress":
                    label = f"{name}: {last['label']}"
                    progress(label, last["done"], last["total"], last["note"])
        except BaseException:
            process.kill()
            raise
    return last


def _message(line: str) -> dict[str, Any] | None:
    """Parse a line of progress; anything else a framework prints is passed over."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "kind" in value else None


def _collect(
    config: CompareConfig, out: Path, runs: Path, common: Common, endings: list[_Ending]
) -> Comparison:
    """Read what ran, judge it and write the tables."""
    loaded = [_load(ending, runs / ending.name) for ending in endings]
    endings = [ending for ending, _ in loaded]
    outcomes = [outcome for _, outcome in loaded if outcome is not None]
    outcomes.sort(key=lambda o: o.name != "numpy")  # NumPy is the reference where it ran
    names = [o.name for o in outcomes]
    facts = {name: read_json(runs / name / "provenance.json") for name in names}
    endings = [_valid(e, facts, names[0] if names else "") for e in endings]
    comparable = {e.name for e in endings if e.status == "ok"}
    judged = [o for o in outcomes if o.name in comparable]
    rows = [_row(config, e, facts.get(e.name), runs / e.name) for e in endings]
    tables = {
        "backends": pd.DataFrame(rows),
        "agreement": agreement_table(config, judged, common.growth),
        "growth": growth_table(config, judged, common.growth),
        "losses": _joined(runs, names, "losses", "backend update loss"),
        "metrics": _joined(runs, names, "metrics", "backend metric step value"),
    }
    for name, table in tables.items():
        write_table(out / f"{name}.parquet", table)
    fields = {
        f"{o.name}/{kind}": o.arrays[f"fields/{kind}"]
        for o in outcomes
        for kind in ("reference", "emulator")
    }
    problem = config.problem
    about = {"scenario": config.scenario, "extent": problem.grid.extent, "dt": problem.dt}
    write_fields(out / "fields.h5", fields, about | {"vlim": problem.vlim})
    return Comparison(**tables)


def _valid(ending: _Ending, facts: dict[str, Any], reference: str) -> _Ending:
    """Call a run invalid whose precision flags differ from those of the reference."""
    if ending.status != "ok":
        return ending
    own, other = facts[ending.name]["precision"], facts[reference]["precision"]
    for flag in sorted({*own, *other}):
        if own.get(flag) != other.get(flag):
            reason = f"{flag} is {own.get(flag)}, {reference} has {other.get(flag)}"
            return _Ending(ending.name, "invalid", reason)
    return ending


def _load(ending: _Ending, folder: Path) -> tuple[_Ending, Outcome | None]:
    """Read what a finished run wrote; one with a damaged file failed, the file stays as it is."""
    if ending.status != "ok":
        return ending, None
    try:
        for name in ("provenance.json", DONE):
            read_json(folder / name)
        arrays, _ = read_fields(folder / "arrays.h5")
        losses = read_table(folder / "losses.parquet")["loss"].to_numpy()
        metrics = read_table(folder / "metrics.parquet")
    except InvalidInput as error:
        return _Ending(ending.name, "failed", str(error)), None
    return ending, Outcome(ending.name, arrays, losses, metrics)


def _row(
    config: CompareConfig, ending: _Ending, facts: dict[str, Any] | None, folder: Path
) -> dict[str, Any]:
    """Make the row of one backend; times that were not measured are NaN."""
    facts = facts or {}
    times = read_json(folder / DONE) if facts else {}
    return {
        "backend": ending.name,
        "status": ending.status,
        "reason": ending.reason,
        "version": facts.get("version", ""),
        "device": facts.get("device", config.device or ""),
        "dtype": config.dtype,
        "precision": json.dumps(facts.get("precision", {}), sort_keys=True),
        "threads": facts.get("threads", 0),
        **{key: float(times.get(key, np.nan)) for key in _TIMES},
    }


def _joined(runs: Path, names: list[str], table: str, columns: str) -> pd.DataFrame:
    parts = [read_table(runs / name / f"{table}.parquet") for name in names]
    if not parts:
        return pd.DataFrame({column: [] for column in columns.split()})
    return pd.concat(parts, ignore_index=True)
