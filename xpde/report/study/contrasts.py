"""Significance: every series of a group against the best, ready for the page."""

import math
from typing import Any

import pandas as pd

from xpde.report.numbers import plain, scientific
from xpde.report.study.group import Group
from xpde.report.study.scores import scores
from xpde.report.study.series import Series
from xpde.study.significance import significance

__all__ = ["contrast_rows", "contrasts"]


def contrasts(group: Group) -> pd.DataFrame:
    """Compare the series of a group by their geometric mean errors, the best first.

    Columns are those of :func:`xpde.study.significance.significance` with ``label`` for the series.
    Diverged runs count as lost; failed and missing ones are left out. Empty with fewer than two
    series.
    """
    parts = [
        score.table.dropna(subset=["gmean"]).assign(label=score.series.label)
        for score in scores(group)
    ]
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return pd.DataFrame()
    return significance(pd.concat(parts, ignore_index=True), "gmean", by=[], of=["label"])


def contrast_rows(group: Group, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the cells of a table of :func:`contrasts`, as text."""
    series = {one.label: one for one in group.series}
    return [_cells(row, series[str(row["label"])]) for _, row in table.iterrows()]


def _cells(row: pd.Series, series: Series) -> dict[str, Any]:
    best = row["verdict"] == "best"
    low, high = row["ratio_low"], row["ratio_high"]
    known = not best and not math.isnan(low)
    return {
        "series": series,
        "median": plain(row["median"]),
        "lost": f"{row['lost']} of {row['runs']}" if row["lost"] else "",
        "test": "" if best else f"{row['test']}, {row['n']}",
        "ratio": "1" if best else plain(row["ratio"]),
        "interval": f"{plain(low)} to {plain(high)}" if known else "",
        "p": [""] * 3 if best else [_p(row[key]) for key in ("p_t", "p_wilcoxon", "p_holm")],
        "verdict": row["verdict"],
    }


def _p(value: float) -> str:
    """Write a p-value: two digits, with an exponent where it is small."""
    return scientific(value) if value < 1e-3 else plain(value, 2)
