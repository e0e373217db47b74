"""The benchmark's wide form: a row per seed, a column per step and update; and back.

Columns are ``scenario``, ``task``, ``train``, ``net``, ``seed``, ``scenario_kwargs`` (Python's text
of a dictionary, with the benchmark's names of settings), then ``METRIC_0001``, ... for every metric
and ``train_loss_000000``, ...; a number is in the cell of its step. The scenario is its key.
"""

import csv
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from xpde.errors import InvalidInput
from xpde.study.catalogue import ALIASES
from xpde.study.runs import IDENTITY
from xpde.study.scenario import Scenario
from xpde.study.store import atomic, canonical, digest
from xpde.study.summary import kwargs_of, positions
from xpde.study.tables import FIGURES, LONG, SETTINGS, Tables, repeated

__all__ = ["melt", "read_wide", "to_wide", "write_wide"]

KEYS = ["scenario", "task", "train", "net", "seed", "scenario_kwargs"]

MELTED = ["seed", "scenario", "task", "net", "train", "scenario_kwargs"]
"""Columns that tell rows apart, in the order in which the benchmark melts them."""

REST = {"optim": "optim_config", "backend": "backend", "dtype": "dtype", "run": "run"}
"""Identity columns the wide form lacks; where runs differ in nothing else they join the kwargs."""

THEIRS = {own: theirs for theirs, own in ALIASES.items() if own in Scenario.__dataclass_fields__}

INDEX = {"train_loss": "update_step", "aux": "update_step", "sample_rollout": "sample_index"}
TEXTS = {*IDENTITY, "metric", "of"} - {"seed"}
BLOCK = 1 << 26  # bytes of a line that are read at once: 10 000 updates and a few rollouts


@dataclass(frozen=True)
class _Block:
    """The columns ``stub_1``, ``stub_2``, ...: their numbers, values (R, K), which are there."""

    stub: str
    digits: int
    labels: np.ndarray
    values: np.ndarray
    present: np.ndarray

    @property
    def names(self) -> list[str]:
        return [f"{self.stub}_{label:0{self.digits}d}" for label in self.labels]


def to_wide(tables: Tables) -> pd.DataFrame:
    """Return the wide frame of all runs that are done or diverged; NaN where there is no number.

    Settings that runs set are named as the benchmark names them (``num_points``). Where two runs
    are equal in the six columns, the optimizer joins ``scenario_kwargs`` as ``optim_config``, then
    ``backend``, ``dtype`` and at last ``run``, so that rows always differ.
    """
    rows, blocks = _rows(tables.runs), []
    blocks = [pd.DataFrame(b.values, columns=b.names) for b in _blocks(tables, rows["run"])]
    return pd.concat([rows[KEYS], *blocks], axis=1)


def write_wide(path: Path, tables: Tables) -> None:
    """Write :func:`to_wide` as CSV, atomically; numbers keep all their digits.

    A number that is not one is ``nan``, a step that a run does not have is empty.
    """
    rows = _rows(tables.runs)
    columns = {name: pa.array(rows[name].to_numpy()) for name in KEYS}
    for block in _blocks(tables, rows["run"]):
        for k, name in enumerate(block.names):
            columns[name] = pa.array(block.values[:, k], mask=~block.present[:, k])
    with atomic(path) as temporary:
        arrow_csv.write_csv(pa.table(columns), temporary)


def read_wide(path: Path) -> Tables:
    """Read a wide CSV, of xpde or of the benchmark, into long tables.

    The wide form does not have everything: ``optim``, ``backend`` and ``dtype`` are empty and
    ``run`` is made from the six columns, unless ``scenario_kwargs`` has them; there are no samples,
    no spectra, no validation losses. A run without any metric counts as diverged. Empty cells
    of a metric are NaN up to the last step that the scenario has (the benchmark leaves cells
    empty where a rollout blew up) and absent beyond; empty losses are absent. Other columns
    (``aux``, ``sample_rollout``) are left out.

    Raises
    ------
    InvalidInput
        If the file cannot be read, a column is missing, or two rows are the same experiment.
    """
    table = _read_csv(path)
    rows = _identities(table, path)
    scenarios = pd.factorize(rows["scenario"].str.cat(rows["scenario_kwargs"], sep="\n"))[0]
    metrics, losses = [], []
    for stub, columns in _stubs(table.column_names).items():
        labels = np.asarray([_number(name) for name in columns])
        found = [table[name].combine_chunks() for name in columns]
        present = np.stack([np.asarray(c.is_valid()) for c in found], axis=1)
        values = np.stack([c.to_numpy(zero_copy_only=False) for c in found], axis=1)
        if stub == "train_loss":
            losses.append(_long(rows, labels, values, present, ("update", "loss")))
        else:
            there = np.any(present, axis=1, keepdims=True) & _within(present, scenarios)
            part = _long(rows, labels, values, there, ("step", "value"))
            metrics.append(part.assign(metric=stub))
    scored = set().union(*(part["run"] for part in metrics)) if metrics else set()
    status = np.where(rows["run"].isin(scored), "done", "diverged")
    unknown = dict.fromkeys((*FIGURES, *SETTINGS), np.nan)
    about = {"status": status, "reason": "", **unknown, "warning": ""}
    return Tables(
        rows.assign(**about),
        _joined("metrics", metrics),
        _joined("losses", losses),
        _joined("samples", []),
        _joined("spectra", []),
    )


def melt(
    wide: pd.DataFrame, quantity: str | Sequence[str] = "mean_nRMSE", index: str | None = None
) -> pd.DataFrame:
    """Return a wide frame as a long one: six identity columns, the step, and the quantity.

    Columns ``QUANTITY_NUMBER`` become rows; every row of the wide frame gives one for each number,
    cells without a number too. Texts become categories.

    Parameters
    ----------
    wide
        As :func:`to_wide` returns it, or the benchmark writes it.
    quantity
        A metric, ``train_loss``, ``sample_rollout``, or several with the same numbers.
    index
        Name of the column of numbers: ``time_step``, ``update_step`` for losses,
        ``sample_index`` for rollouts.

    Raises
    ------
    InvalidInput
        If there are no such columns, quantities have different numbers, or two rows of the wide
        frame are the same in the identity columns.
    """
    quantities = [quantity] if isinstance(quantity, str) else list(quantity)
    missing = [name for name in MELTED if name not in wide.columns]
    if missing:
        raise InvalidInput(f"melt: expected the column {missing[0]!r} in the wide frame")
    if wide.duplicated(MELTED).any():
        raise InvalidInput(f"melt: expected rows that differ in {', '.join(MELTED)}; two do not")
    stubs = _stubs([str(name) for name in wide.columns])
    numbers = {name: list(map(_number, stubs.get(name, []))) for name in quantities}
    first = numbers[quantities[0]]
    for name, found in numbers.items():
        if not found:
            raise InvalidInput(f"melt: expected columns {name}_NUMBER, got {', '.join(stubs)}")
        if found != first:
            raise InvalidInput(f"melt: expected {name} to have the numbers of {quantities[0]}")
    each = np.repeat(np.arange(len(wide)), len(first))
    keys = {name: repeated(wide[name], each) for name in MELTED}
    values = {name: wide[stubs[name]].to_numpy().ravel() for name in quantities}
    where = index or INDEX.get(quantities[0], "time_step")
    return pd.DataFrame({**keys, where: np.tile(first, len(wide)), **values})


def _rows(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the identities of finished runs as the wide form writes them, all different."""
    rows = runs[runs["status"].isin(("done", "diverged")) & runs["scenario"].notna()]
    rows = rows[list(IDENTITY)].reset_index(drop=True).astype({"seed": "int64"})
    read = [kwargs_of(text) for text in rows["scenario_kwargs"]]
    kwargs = [{THEIRS.get(name, name): v for name, v in one.items()} for one in read]
    rows["scenario_kwargs"] = [str(one) for one in kwargs]
    for column, name in REST.items():
        same = rows[rows.duplicated(KEYS, keep=False)]
        if len(same) and (same.groupby(KEYS)[column].nunique() > 1).any():
            kwargs = [one | {name: v} for one, v in zip(kwargs, rows[column], strict=True)]
            rows["scenario_kwargs"] = [str(one) for one in kwargs]
    return rows


def _blocks(tables: Tables, runs: pd.Series) -> Iterator[_Block]:
    metrics = tables.metrics
    for metric in metrics["metric"].unique():
        rows = metrics[metrics["metric"] == metric]
        yield _block(str(metric), 4, runs, rows["run"], rows["step"], rows["value"])
    losses = tables.losses
    if len(losses):
        yield _block("train_loss", 6, runs, losses["run"], losses["update"], losses["loss"])


def _block(
    stub: str, digits: int, runs: pd.Series, run: pd.Series, step: pd.Series, value: pd.Series
) -> _Block:
    row = positions(run, list(runs))
    labels, column = np.unique(step.to_numpy(), return_inverse=True)
    values = np.full((len(runs), len(labels)), np.nan)
    present = np.zeros(values.shape, dtype=bool)
    known = row >= 0
    values[row[known], column[known]] = value.to_numpy()[known]
    present[row[known], column[known]] = True
    return _Block(stub, digits, labels, values, present)


def _stubs(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the columns ``STUB_NUMBER`` by stub, in the order of their numbers."""
    found: dict[str, list[str]] = {}
    for name in names:
        if re.fullmatch(r".+_\d+", name):
            found.setdefault(name.rpartition("_")[0], []).append(name)
    return {stub: sorted(columns, key=_number) for stub, columns in found.items()}


def _number(column: str) -> int:
    return int(column.rpartition("_")[2])


def _read_csv(path: Path) -> pa.Table:
    """Read keys as text, numbers as float64 with empty cells as null, and nothing else."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            csv.field_size_limit(sys.maxsize)
            header = next(csv.reader(file), [])
        missing = [name for name in KEYS if name not in header]
        if missing:
            raise InvalidInput(f"{path}: expected the column {missing[0]!r} of a wide table")
        apart = ("aux", "sample_rollout")
        stubs = {s: names for s, names in _stubs(header).items() if s not in apart}
        types = {name: pa.string() for name in KEYS} | {"seed": pa.int64()}
        types |= {name: pa.float64() for names in stubs.values() for name in names}
        return arrow_csv.read_csv(
            path,
            arrow_csv.ReadOptions(block_size=BLOCK),
            arrow_csv.ParseOptions(newlines_in_values=True),
            arrow_csv.ConvertOptions(
                column_types=types, null_values=[""], include_columns=list(types)
            ),
        )
    except (OSError, csv.Error, UnicodeDecodeError, pa.ArrowException) as error:
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise InvalidInput(f"{path}: expected a wide table as CSV, got: {first}") from error


def _identities(table: pa.Table, path: Path) -> pd.DataFrame:
    """Return the identity columns of every row, with what the wide form lacks made up."""
    rows = table.select(KEYS).to_pandas()
    twice = rows.duplicated(KEYS)
    if twice.any():
        raise InvalidInput(
            f"{path}: expected every experiment once, got line {int(np.argmax(twice)) + 2} again"
        )
    kwargs = [kwargs_of(text) for text in rows["scenario_kwargs"]]
    made = [digest([str(value) for value in row]) for row in rows[KEYS].to_numpy()]
    for column, name in REST.items():
        default = made if column == "run" else [""] * len(rows)
        given = zip(kwargs, default, strict=True)
        rows[column] = [str(one.pop(name, other)) for one, other in given]
    own = [{ALIASES.get(name, name): v for name, v in one.items()} for one in kwargs]
    try:
        rows["scenario_kwargs"] = [canonical(one) for one in own]
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"{path}: expected numbers and texts in scenario_kwargs: {error}"
        ) from error
    return rows[list(IDENTITY)]


def _within(present: np.ndarray, scenarios: np.ndarray) -> np.ndarray:
    """Return which cells (R, K) are steps of their scenario, all of one if there is one only."""
    count, steps = scenarios.max(initial=0) + 1, present.shape[1]
    if count == 1:
        return np.ones_like(present)
    has = np.zeros((count, steps), dtype=bool)
    np.logical_or.at(has, scenarios, present)
    last = np.where(has.any(axis=1), steps - 1 - np.argmax(has[:, ::-1], axis=1), -1)
    return np.arange(steps)[None, :] <= last[scenarios][:, None]


def _long(
    rows: pd.DataFrame,
    labels: np.ndarray,
    values: np.ndarray,
    there: np.ndarray,
    names: tuple[str, str],
) -> pd.DataFrame:
    """Return a row for every number (R, K) that is there, with the identity of its run."""
    row, column = np.nonzero(there)
    keys = {name: repeated(rows[name], row) for name in IDENTITY}
    label, value = names
    return pd.DataFrame({**keys, label: labels[column].astype(np.int32), value: values[there]})


def _joined(kind: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the parts below each other in the columns of a long table, text as categories."""
    empty = LONG[kind].empty_table().to_pandas()
    columns = [*IDENTITY, *empty.columns]
    whole = pd.concat(parts, ignore_index=True) if parts else empty
    texts = [name for name in columns if name in TEXTS]
    return whole.reindex(columns=columns).astype(dict.fromkeys(texts, "category"))
