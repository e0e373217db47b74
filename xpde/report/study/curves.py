"""Errors over time and losses over updates: medians over seeds with the band of half of them."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from xpde.report.numbers import plain
from xpde.report.study.bands import band, thin
from xpde.report.study.exhibit import Exhibit, labeled
from xpde.report.study.group import Group
from xpde.report.study.marks import WIDE, cross, draw_band, legend, log_scale
from xpde.report.study.series import Series, of_series
from xpde.report.theme import figure, themed

__all__ = ["error_exhibit", "loss_exhibit"]

_POINTS = 300
_LOSSES = {"loss": "training loss", "validation": "validation loss"}
_BAND = "Line: median over seeds; band: the half of the seeds around it."


def error_exhibit(group: Group, metric: str) -> Exhibit | None:
    """Draw one stored metric against the step for every series."""
    rows = group.tables["metrics"]
    rows = rows[rows["metric"].astype(str) == metric]
    linear = "correlation" in metric
    found = _bands(group, rows, "step", "value", lost=-math.inf if linear else math.inf)
    if not found:
        return None
    with themed():
        drawn = figure(WIDE, 3.3)
        axes = drawn.subplots()
        for series, quartiles in found:
            draw_band(axes, quartiles, "step", series)
        cut = False if linear else log_scale(axes, [q["upper"] for _, q in found])
        axes.set(xlabel="step", ylabel=metric)
        axes.margins(x=0.01)
        legend(drawn, [series for series, _ in found])
    return Exhibit(
        name=f"error-{_slug(metric)}",
        title=f"{metric} over time",
        figure=drawn,
        text=f"{metric} against the step. Medians at the last step: {_ends(found)}.",
        caption=" ".join([_BAND, *_notes(group, found, cut)]),
        data=_data(found),
    )


def loss_exhibit(group: Group) -> Exhibit | None:
    """Draw training loss, and validation loss where there is one, against the update."""
    table = group.tables["losses"]
    # where a training diverged is a cross, and a loss that was not measured is no infinite one
    measured = {kind: table[np.isfinite(table[kind].to_numpy(dtype=float))] for kind in _LOSSES}
    found = {
        kind: _bands(group, rows, "update", kind, lambda one: thin(one, "update", _POINTS))
        for kind, rows in measured.items()
    }
    shown = [kind for kind in _LOSSES if found[kind]]
    if not shown:
        return None
    with themed():
        drawn = figure(WIDE, 3.3)
        panels = np.atleast_1d(drawn.subplots(1, len(shown), sharey=True))
        for axes, kind in zip(panels, shown, strict=True):
            for series, quartiles in found[kind]:
                draw_band(axes, quartiles, "update", series)
            axes.set(xlabel="update", title=_LOSSES[kind])
            axes.margins(x=0.02)
        # the axes share their scale, and a new log scale would forget limits set before it
        cut = log_scale(panels[0], [q["upper"] for kind in shown for _, q in found[kind]])
        for axes, kind in zip(panels, shown, strict=True):
            for series, _ in found[kind]:
                _mark_diverged(axes, group, series, measured[kind], kind)
        seen = {series.label for kind in shown for series, _ in found[kind]}
        legend(drawn, [series for series in group.series if series.label in seen])
    data = [_data(found[kind]).assign(of=kind) for kind in shown]
    marked = " A cross ends a training that diverged." if _diverged(group) else ""
    return Exhibit(
        name="losses",
        title="Losses",
        figure=drawn,
        text=f"Losses against the update. Last medians: {_ends(found[shown[0]])}.",
        caption=" ".join([_BAND + marked, *_notes(group, found[shown[0]], cut)]),
        data=pd.concat(data, ignore_index=True),
    )


_Found = list[tuple[Series, pd.DataFrame]]


def _bands(
    group: Group,
    rows: pd.DataFrame,
    by: str,
    value: str,
    prepare: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows,
    lost: float = math.inf,
) -> _Found:
    """Return quartiles of every series that has rows."""
    own = [(series, prepare(of_series(rows, series))) for series in group.series]
    return [(series, band(some, by, value, lost=lost)) for series, some in own if not some.empty]


def _data(found: _Found) -> pd.DataFrame:
    parts = [labeled(series, quartiles) for series, quartiles in found]
    return pd.concat(parts, ignore_index=True)


def _ends(found: _Found) -> str:
    ends = [f"{series.label} {plain(q['median'].iloc[-1])}" for series, q in found]
    return ", ".join(ends)


def _notes(group: Group, found: _Found, cut: bool) -> list[str]:
    """Say which series have no line, which end early, and whether the axis is cut off."""
    drawn = {series.label for series, _ in found}
    absent = [series.label for series in group.series if series.label not in drawn]
    early = [series.label for series, q in found if not np.isfinite(q["median"]).all()]
    notes = [f"Without numbers: {', '.join(absent)}."] if absent else []
    if early:
        notes.append(f"Most seeds leave the finite numbers: {', '.join(early)}.")
    return [*notes, "The axis is cut off above."] if cut else notes


def _diverged(group: Group) -> bool:
    return bool((group.runs["status"].astype(str) == "diverged").any())


def _mark_diverged(axes: Axes, group: Group, series: Series, rows: pd.DataFrame, kind: str) -> None:
    """Cross the last finite value of every training that diverged."""
    for run in series.runs:
        if group.status(run) != "diverged":
            continue
        own = rows[(rows["run"] == run) & (rows[kind] > 0)]
        if not own.empty:
            last = own.loc[own["update"].idxmax()]
            cross(axes, float(last["update"]), float(last[kind]), series)


def _slug(metric: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in metric)
