"""Sums of long tables: what a training string says, means over time, quantiles over seeds.

The names are those the benchmark's users know. Nothing changes the table it is given, and rows
without order give results without order: only the order of the groups follows the table.
"""

import ast
import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from xpde.errors import InvalidInput
from xpde.study.runs import IDENTITY

__all__ = [
    "aggregate_gmean",
    "candidate_columns",
    "identity_columns",
    "kwargs_of",
    "quantiles",
    "read_kwargs",
    "relative_by_config",
    "split_train",
    "with_diverged",
]

PROBLEM = ("scenario", "scenario_kwargs", "task")
VARIANTS = (
    "optim",
    "backend",
    "dtype",
    "validation",
    "patience",
    "select",
    "noise",
    "refine",
)

SUPERVISED = ("one", "sup")
DIVERTED = ("div", "chain")
COMPOSED = ("sum", "curriculum")
LEAF = re.compile(
    r"(?<![\w=])(one|sup|div|chain|mix|residuum)\b(?:\s*;\s*([\d_]+))?", re.IGNORECASE
)


def split_train(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with what its ``train`` strings say: ``category``, ``type``, ``rollout``.

    ``category`` is the first word. ``type`` is ``sup`` for ``one`` and ``sup``, ``div`` for
    ``div`` and ``chain``, and the category itself for other trainings, which the benchmark does
    not have. ``rollout`` is the number of steps the network is unrolled: 1 for ``one``, the largest
    of their parts for sums and curricula.

    Raises
    ------
    InvalidInput
        If a string has no number of steps where there must be one.
    """
    texts = list(table["train"].unique())
    read = [_train(text) for text in texts]
    names = ("category", "type", "rollout")
    values = {name: [parts[i] for parts in read] for i, name in enumerate(names)}
    return table.assign(**{name: _spread(table["train"], texts, values[name]) for name in names})


def aggregate_gmean(
    table: pd.DataFrame,
    metric: str = "mean_nRMSE",
    up_to: int = 100,
    by: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the geometric mean of a metric over the steps 1 to ``up_to``, for every run.

    g = exp(1/n Σ_t log e_t) over the n steps t ≤ ``up_to`` that are there. A NaN among them gives
    NaN, an infinity infinity, a zero 0, a negative value NaN.

    Parameters
    ----------
    table
        Long: identity columns, ``metric``, ``step``, ``value``; or as :func:`xpde.study.melt`
        returns it, with ``time_step`` and a column that is named as the metric.
    metric, up_to
        What to average, and the last step, inclusive.
    by
        Columns that make a group; :func:`identity_columns` by default.

    Returns
    -------
    DataFrame
        ``by``, ``gmean_METRIC``, and ``steps``, the number n.

    Raises
    ------
    InvalidInput
        If the metric is not there, or a group has a step twice, so that it is not one run.
    """
    if up_to < 1:
        raise InvalidInput(f"up_to: expected 1 step or more, got {up_to}")
    by = identity_columns(table) if by is None else list(by)
    _check_columns(table, by)
    rows, step, value = _metric_rows(table, metric)
    rows = rows[(rows[step] >= 1) & (rows[step] <= up_to)]
    if rows.duplicated([*by, step]).any():
        twice = rows[rows.duplicated([*by, step])].iloc[0]
        raise InvalidInput(
            f"{metric}: expected each step once for {_words(twice, by)}, got step {twice[step]} "
            "again; group by more columns"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(rows[value].to_numpy(dtype=np.float64))
        codes, groups = _groups(rows, by)
        counts = np.bincount(codes, minlength=len(groups))
        means = np.exp(np.bincount(codes, weights=logs, minlength=len(groups)) / counts)
    return groups.assign(**{f"gmean_{metric}": means, "steps": counts})


def with_diverged(table: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the table of :func:`aggregate_gmean` with a row for every diverged run it lacks.

    A training that diverged has no rollout to judge. Its value is NaN and its ``steps`` are 0, so
    that medians and counts over seeds know of it.

    Parameters
    ----------
    table
        What :func:`aggregate_gmean` returned, grouped by the identity columns.
    runs
        The table of runs, with their ``status``.
    """
    by = identity_columns(table)
    gone = runs[(runs["status"] == "diverged") & ~runs["run"].isin(table["run"].astype(object))]
    texts = {name: "str" for name in by if name != "seed"}
    rows = gone[by].astype({**texts, "seed": "int64"}).assign(steps=0)
    return pd.concat([table.astype(texts), rows], ignore_index=True) if len(rows) else table


def relative_by_config(
    table: pd.DataFrame,
    value: str = "gmean_mean_nRMSE",
    query: str = "train == 'one'",
    by: Sequence[str] | None = None,
    suffix: str = "_rel",
) -> pd.DataFrame:
    """Return the table with ``value`` divided by that of the row which matches, in every group.

    Parameters
    ----------
    table
        One row for each member of a group, such as :func:`aggregate_gmean` returns.
    value
        The column to divide; the result is ``value`` + ``suffix``.
    query
        What the one row of each group fulfills, as in :meth:`pandas.DataFrame.query`.
    by
        Columns that make a group; by default the identity columns but ``run`` and ``train``.

    Raises
    ------
    InvalidInput
        Unless exactly one row of each group matches.
    """
    if by is None:
        by = [name for name in identity_columns(table) if name not in ("run", "train")]
    codes, groups = _groups(table, by)
    matches = table.reset_index(drop=True).query(query).index.to_numpy()
    found = np.bincount(codes[matches], minlength=len(groups))
    if np.any(found != 1):
        first = int(np.argmax(found != 1))
        raise InvalidInput(
            f"expected exactly one row with {query} for {_words(groups.iloc[first], by)}, "
            f"got {found[first]}"
        )
    divisors = np.empty(len(groups))
    divisors[codes[matches]] = table[value].to_numpy()[matches]
    return table.assign(**{f"{value}{suffix}": table[value].to_numpy() / divisors[codes]})


def read_kwargs(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with a column for every setting in ``scenario_kwargs``.

    A row without a setting has a missing value there. Lists stay Python lists.

    Raises
    ------
    InvalidInput
        If a text is no dictionary, or a setting is named as a column of the table.
    """
    texts = list(table["scenario_kwargs"].unique())
    read = {text: kwargs_of(text) for text in texts}
    names = list(dict.fromkeys(name for kwargs in read.values() for name in kwargs))
    taken = [name for name in names if name in table.columns]
    if taken:
        raise InvalidInput(f"scenario_kwargs: expected new names, got the column {taken[0]!r}")
    column = table["scenario_kwargs"]
    values = {name: [kwargs.get(name) for kwargs in read.values()] for name in names}
    return table.assign(**{name: _spread(column, texts, values[name]) for name in names})


def quantiles(
    table: pd.DataFrame,
    by: Sequence[str],
    value: str = "value",
    *levels: float,
    lost: float = math.inf,
) -> pd.DataFrame:
    """Return quantiles of a column in every group: median and quartiles unless others are asked.

    Linear interpolation between order statistics (type 7). A NaN counts as ``lost``, because the
    runs whose error could not be computed are not the good ones: for errors that is infinity, for
    correlations ``-inf`` is meant.

    Parameters
    ----------
    table, by, value
        What to sort into groups, and the column whose quantiles are wanted.
    levels
        Probabilities in [0, 1]; 0.25, 0.5, 0.75 if there are none.
    lost
        What a NaN stands for.

    Returns
    -------
    DataFrame
        ``by``, then ``q25``, ``q50``, ``q75`` (percentages), and ``count``, NaN included.

    Reference: Hyndman & Fan, Sample quantiles in statistical packages, Am. Stat. 50 (1996) 361.
    """
    levels = levels or (0.25, 0.5, 0.75)
    if not all(0 <= level <= 1 for level in levels):
        raise InvalidInput(f"levels: expected probabilities from 0 to 1, got {levels}")
    codes, groups = _groups(table, list(by))
    values = table[value].to_numpy(dtype=np.float64)
    values = np.where(np.isnan(values), lost, values)
    values = values[np.lexsort((values, codes))]
    counts = np.bincount(codes, minlength=len(groups))
    starts = np.cumsum(counts) - counts
    columns = {}
    for level in levels:
        place = level * (counts - 1)
        low = np.floor(place).astype(np.int64)
        below, above = values[starts + low], values[starts + np.minimum(low + 1, counts - 1)]
        part = place - low
        with np.errstate(invalid="ignore"):  # infinity minus itself, which is not taken
            between = below + part * (above - below)
        columns[f"q{100 * level:g}"] = np.where((part == 0) | (below == above), below, between)
    return groups.assign(**columns, count=counts)


def identity_columns(table: pd.DataFrame) -> list[str]:
    """Return the identity columns that a table has, in their order."""
    return [name for name in IDENTITY if name in table.columns]


def candidate_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns that tell candidates apart: ``net``, ``train``, and what else varies.

    A problem is a scenario, its settings and a task. The others are those of ``optim``,
    ``backend``, ``dtype``, ``validation``, ``patience``, ``select``, ``noise``, ``refine`` that the
    table has and that differ within some problem.
    """
    problems = table.groupby(list(PROBLEM), sort=False, observed=True)
    there = [name for name in VARIANTS if name in table.columns]
    varied = [name for name in there if (problems[name].nunique(dropna=False) > 1).any()]
    return ["net", "train", *varied]


def kwargs_of(text: str) -> dict[str, Any]:
    """Read a dictionary from JSON or from Python's own text; nothing in it is executed."""
    try:
        found = json.loads(text)
    except ValueError:
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError):
            found = None
    if not isinstance(found, dict):
        raise InvalidInput(f"scenario_kwargs: expected a dictionary as text, got {text!r}")
    return found


def positions(column: pd.Series, texts: Sequence[str]) -> np.ndarray:
    """Return where each value of a column, categorical or not, is in a list; -1 if nowhere."""
    codes, there = pd.factorize(column)
    return pd.Index(texts, dtype=object).get_indexer(there.astype(object))[codes]


def _train(text: str) -> tuple[str, str, int]:
    category, _, rest = str(text).partition(";")
    category = category.strip().lower()
    kind = "sup" if category in SUPERVISED else "div" if category in DIVERTED else category
    if category == "one":
        return category, kind, 1
    if category in COMPOSED and LEAF.search(rest):
        return category, kind, max(int(steps or 1) for _, steps in LEAF.findall(rest))
    try:
        return category, kind, int(rest.split(";")[0])
    except ValueError as error:
        raise InvalidInput(
            f"training {text!r}: expected one or {category};STEPS, got no number of steps"
        ) from error


def _spread(column: pd.Series, texts: Sequence[str], values: Sequence[Any]) -> pd.Series:
    """Give every row of a column the value that belongs to its text."""
    places = positions(column, texts)
    return pd.Series(values).infer_objects().take(places).set_axis(column.index)


def _metric_rows(table: pd.DataFrame, metric: str) -> tuple[pd.DataFrame, str, str]:
    """Return the rows of a metric and the names of their step and value columns."""
    if "metric" not in table.columns:
        if metric in table.columns and "time_step" in table.columns:
            return table, "time_step", metric
        raise InvalidInput(f"expected a table with metric, step, value or {metric}, time_step")
    rows = table[table["metric"] == metric]
    if len(rows) == 0 and len(table) > 0:
        there = ", ".join(sorted(map(str, table["metric"].unique())))
        raise InvalidInput(f"metric {metric!r}: expected one of {there}")
    return rows, "step", "value"


def _groups(table: pd.DataFrame, by: Sequence[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Number the groups in the order in which they appear; return codes of rows and the groups."""
    by = list(by)
    _check_columns(table, by)
    grouped = table.groupby(by, sort=False, observed=True, dropna=False) if by else None
    codes = np.zeros(len(table), np.int64) if grouped is None else grouped.ngroup().to_numpy()
    _, first, order = np.unique(codes, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))  # by first appearance, whatever numbers pandas chose
    groups = table[by].iloc[np.sort(first)].reset_index(drop=True)
    return rank[order], groups


def _check_columns(table: pd.DataFrame, by: Iterable[str]) -> None:
    missing = [name for name in by if name not in table.columns]
    if missing:
        there = ", ".join(map(str, table.columns))
        raise InvalidInput(f"expected the column {missing[0]!r}, got {there}")


def _words(row: pd.Series, by: Iterable[str]) -> str:
    return ", ".join(f"{name}={row[name]}" for name in by if name != "run")
