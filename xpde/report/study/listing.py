"""The tables of a study's page: what became of the runs, and how good they are."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from xpde.report.numbers import duration, plain, rate
from xpde.report.study.group import Group
from xpde.report.study.scores import Score, scores

__all__ = ["Overview", "overview", "run_rows", "series_rows"]


def series_rows(group: Group) -> list[dict[str, Any]]:
    """Return a row per series: fates, parameters, reach, times, geometric mean error."""
    return [_series_row(group, score) for score in scores(group)]


def run_rows(group: Group) -> list[dict[str, Any]]:
    """Return a row per run: seed, status and reason, updates, times."""
    rows = []
    for series in group.series:
        for run in series.runs:
            found = group.runs[group.runs["run"] == run].iloc[0]
            rows.append(
                {
                    "series": series,
                    "run": run,
                    "seed": int(found["seed"]),
                    "status": str(found["status"]),
                    "reason": _reason(found),
                    "updates": _count(found["updates"]),
                    "train": duration(found["train_s"]),
                    "speed": rate(found["updates_per_s"]),
                    "evaluate": duration(found["evaluate_s"]),
                    "total": duration(found["total_s"]),
                }
            )
    return rows


@dataclass(frozen=True)
class Overview:
    """Geometric mean errors of a whole study: a row per series, a column per group.

    Attributes
    ----------
    titles
        Of the columns.
    names
        Anchors of the columns.
    rows
        (label, color, cells); a cell is (text, is it the smallest of its column).
    """

    titles: list[str]
    names: list[str]
    rows: list[tuple[str, str, list[tuple[str, bool]]]]


def overview(groups: Sequence[Group]) -> Overview:
    """Return the median over seeds of every series in every group."""
    found = [{s.series.label: s for s in scores(group)} for group in groups]
    series = {label: s.series for one in found for label, s in one.items()}
    best = [_least(one.values()) for one in found]
    rows = []
    for label, first in series.items():
        cells = [_cell(one.get(label), least) for one, least in zip(found, best, strict=True)]
        rows.append((label, first.color, cells))
    return Overview([g.title for g in groups], [g.name for g in groups], rows)


def _least(scores: Iterable[Score]) -> float | None:
    medians = [score.quartiles["median"] for score in scores]
    return min(filter(math.isfinite, medians), default=None)


def _cell(score: Score | None, least: float | None) -> tuple[str, bool]:
    if score is None:
        return "", False
    median = score.quartiles["median"]
    return plain(median), least is not None and median == least


def _series_row(group: Group, score: Score) -> dict[str, Any]:
    runs = group.runs.set_index("run").loc[list(score.series.runs)]
    fates = runs["status"].astype(str).value_counts()
    low, middle, high = (score.quartiles[key] for key in ("lower", "median", "upper"))
    spread = f"{plain(low)} to {plain(high)}" if high > low else ""
    return {
        "series": score.series,
        "fates": [(name, int(fates[name])) for name in _ORDER if name in fates],
        "parameters": _count(_middle(runs, "parameters")),
        "reach": _reach(runs),
        "train": duration(_middle(runs, "train_s")),
        "speed": rate(_middle(runs, "updates_per_s")),
        "gmean": plain(middle),
        "spread": spread,
    }


_ORDER = ("done", "diverged", "failed", "missing")


def _middle(runs: pd.DataFrame, column: str) -> float | None:
    """Return the median of a column over the runs that have it."""
    values = runs[column].to_numpy(dtype=float, na_value=np.nan)
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else None


def _count(value: Any) -> str:
    return plain(None) if pd.isna(value) else f"{round(float(value)):,}"


def _reason(row: pd.Series) -> str:
    """Join why a run ended as it did and what of it could not be read."""
    texts = (row["reason"], row["warning"])
    return "; ".join(str(text) for text in texts if not pd.isna(text) and text)


def _reach(runs: pd.DataFrame) -> str:
    """Write the receptive field: a number of points, or the whole box where it has no end."""
    known = runs["receptive_field"].dropna()
    if known.empty:
        return plain(None)
    return "whole box" if np.isinf(known.iloc[0]) else f"{known.iloc[0]:g}"
