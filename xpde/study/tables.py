"""The tables of a study: those of its runs below each other, with columns that say whose they are.

A run counts once its ``done.json`` exists. A file that is missing or damaged is named in the
``warning`` of its run and left alone; the tables of all other runs are read.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from xpde.errors import InvalidInput
from xpde.study.runs import IDENTITY, Run
from xpde.study.store import read_json, write_table

__all__ = ["Tables", "collect", "write_tables"]

LONG = {
    "metrics": pa.schema(
        [("metric", pa.string()), ("step", pa.int32()), ("value", pa.float64())],
    ),
    "losses": pa.schema(
        [("update", pa.int32()), ("loss", pa.float64()), ("validation", pa.float64())],
    ),
    "samples": pa.schema(
        [
            ("metric", pa.string()),
            ("sample", pa.int32()),
            ("step", pa.int32()),
            ("value", pa.float64()),
        ],
    ),
    "spectra": pa.schema(
        [
            ("of", pa.string()),
            ("step", pa.int32()),
            ("channel", pa.int32()),
            ("wavenumber", pa.int32()),
            ("value", pa.float64()),
        ],
    ),
}
"""Columns of the long tables after :data:`xpde.study.runs.IDENTITY`."""

FIGURES: dict[str, type[int] | type[float]] = {
    "updates": int,
    "train_s": float,
    "updates_per_s": float,
    "evaluate_s": float,
    "total_s": float,
    "parameters": int,
    "receptive_field": float,
}
"""What ``done.json`` measures; an infinite receptive field is stored as null, and inf here."""

DTYPES: dict[type, str] = {int: "Int64", float: "float64"}

SETTINGS = ("validation", "patience", "select", "noise", "refine")
"""Settings of a training that the identity columns do not have."""

NEEDED = {"done": tuple(LONG), "diverged": ("losses",)}
"""Tables that a run of this status must have; those it may have are read too."""


@dataclass(frozen=True)
class Tables:
    """A study as five tables; every long one begins with the identity columns.

    Attributes
    ----------
    runs
        A row per run in the order of the study: identity, ``status`` (``done``, ``diverged``,
        ``failed``, ``missing``), ``reason``, the figures of ``done.json``, the further settings
        ``validation``, ``patience``, ``select``, ``noise``, and ``warning``: what could not be
        read, or nothing. Identities that cannot be read are missing values.
    metrics
        ``metric``, ``step`` (1 is the first prediction), ``value``: a mean over test samples.
    losses
        ``update``, ``loss``, ``validation`` (NaN where not measured).
    samples
        ``metric``, ``sample``, ``step``, ``value``.
    spectra
        ``of`` (``reference`` or ``emulator``), ``step``, ``channel``, ``wavenumber``, ``value``.
    """

    runs: pd.DataFrame
    metrics: pd.DataFrame
    losses: pd.DataFrame
    samples: pd.DataFrame
    spectra: pd.DataFrame

    @property
    def warnings(self) -> list[str]:
        """One line for every run with a file that could not be read."""
        found = self.runs[self.runs["warning"] != ""]
        lines = zip(found["run"], found["warning"], strict=True)
        return [f"run {run}: {text}" for run, text in lines]


def collect(folder: Path) -> Tables:
    """Read the tables of every run that ``study.json`` lists.

    Text columns of long tables are categorical, so that a thousand runs fit: ten million rows of
    losses take about half a gigabyte.

    Raises
    ------
    InvalidInput
        If ``study.json`` is missing or damaged. Files of a run never raise, see :class:`Tables`.
    """
    names, places = _run_names(folder), folder / "runs"
    rows = [_run_row(places / name) for name in names]
    runs = pd.DataFrame(
        rows, columns=[*IDENTITY, "status", "reason", *FIGURES, *SETTINGS, "warning"]
    )
    runs = runs.astype({"seed": "Int64", **{name: DTYPES[kind] for name, kind in FIGURES.items()}})
    tables: dict[str, pd.DataFrame] = {}
    for kind in LONG:
        tables[kind], notes = _long_table(kind, places, runs)
        for row, note in notes.items():
            before = runs.at[row, "warning"]
            runs.at[row, "warning"] = f"{before}; {note}" if before else note
    return Tables(runs, **tables)


def write_tables(folder: Path, tables: Tables) -> None:
    """Write ``runs.parquet``, ``metrics.parquet`` and so on into a folder, each atomically."""
    for field in fields(tables):
        write_table(folder / f"{field.name}.parquet", getattr(tables, field.name))


def _run_names(folder: Path) -> list[str]:
    path = folder / "study.json"
    if not path.exists():
        raise InvalidInput(f"expected the folder of a study, with study.json, got {folder}")
    found = read_json(path)
    names = found.get("runs") if isinstance(found, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidInput(f'{path}: expected {{"name": ..., "runs": [...]}}, got something else')
    return list(dict.fromkeys(names))


def _run_row(place: Path) -> dict[str, Any]:
    """Read one row of the table of runs; what cannot be read becomes the warning."""
    if not place.exists():
        return {"run": place.name, "status": "missing", "reason": "", "warning": ""}
    identity, unknown = _attempt(place / "config.json", _identity)
    status, unread = {"status": "missing", "reason": ""}, ""
    for name, read in (("done.json", _done), ("failed.json", _failed)):
        if (place / name).exists():
            found, unread = _attempt(place / name, read)
            status = found or status | {"reason": unread}
            break
    warning = "; ".join(note for note in (unknown, unread) if note)
    # The name of the folder, which the version of xpde that made it has decided
    return {**(identity or {}), **status, "run": place.name, "warning": warning}


def _identity(path: Path) -> dict[str, Any]:
    run = Run.read(path)
    settings = {name: getattr(run, name) for name in SETTINGS}
    return run.row() | {"seed": int(run.seed)} | settings


def _done(path: Path) -> dict[str, Any]:
    done = read_json(path)
    if done["status"] not in NEEDED:
        raise InvalidInput(f"{path}: expected the status done or diverged, got {done['status']!r}")
    given = {name: done[name] for name in FIGURES if done.get(name) is not None}
    if "receptive_field" in done:
        given.setdefault("receptive_field", float("inf"))
    figures = {name: FIGURES[name](value) for name, value in given.items()}
    return {"status": done["status"], "reason": str(done.get("reason") or ""), **figures}


def _failed(path: Path) -> dict[str, Any]:
    return {"status": "failed", "reason": str(read_json(path)["reason"])}


def _long_table(kind: str, places: Path, runs: pd.DataFrame) -> tuple[pd.DataFrame, dict[int, str]]:
    """Return one long table and, by row of ``runs``, what could not be read for it."""
    parts, owners, notes = [LONG[kind].empty_table()], [], {}
    for row, (name, status) in enumerate(zip(runs["run"], runs["status"], strict=True)):
        path = places / name / f"{kind}.parquet"
        if status not in NEEDED or (kind not in NEEDED[status] and not path.exists()):
            continue
        if pd.isna(runs.at[row, "scenario"]):  # its configuration is damaged, and named already
            continue
        part, note = _attempt(path, lambda path: _read_columns(path, LONG[kind]))
        if part is None:
            notes[row] = note
        else:
            parts.append(part)
            owners.append((row, part.num_rows))
    values = pa.concat_tables(parts).to_pandas(strings_to_categorical=True)
    owner = np.repeat(*np.asarray(owners, dtype=np.int64).reshape(-1, 2).T)
    columns = {name: repeated(runs[name], owner) for name in IDENTITY}
    return pd.DataFrame({**columns, **dict(values.items())}, copy=False), notes


def repeated(column: pd.Series, owner: np.ndarray) -> Any:
    """Give every row of a long table the identity of its run, text as categories."""
    if column.name == "seed":
        return column.fillna(0).to_numpy(dtype=np.int64)[owner]  # owners have a seed
    return pd.Categorical(column).take(owner)


def _read_columns(path: Path, schema: pa.Schema) -> pa.Table:
    with pq.ParquetFile(path) as file:
        return file.read(columns=schema.names).select(schema.names).cast(schema)


def _attempt(path: Path, read: Callable[[Path], Any]) -> tuple[Any, str]:
    """Read a file that may be missing, cut short, or something else entirely."""
    try:
        return read(path), ""
    except InvalidInput as error:
        return None, str(error)
    except (
        OSError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        pa.ArrowException,
    ) as error:
        first = next(iter(str(error).splitlines()), "")
        where = "" if str(path) in first else f"{path}: "
        return None, f"{where}expected a readable file, got {first or type(error).__name__}"
