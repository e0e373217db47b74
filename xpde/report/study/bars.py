"""Bars of the geometric mean error: median over seeds, quartiles, and every seed as a point."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from xpde.report.numbers import plain
from xpde.report.study.bands import QUARTILES
from xpde.report.study.exhibit import Exhibit, labeled
from xpde.report.study.group import Group
from xpde.report.study.marks import WIDE
from xpde.report.study.scores import HORIZON, METRIC, Score, scores
from xpde.report.theme import INK, figure, themed

__all__ = ["gmean_exhibit"]

_SPAN = 20.0  # values further apart than this are drawn on a log scale


def gmean_exhibit(group: Group) -> Exhibit | None:
    """Draw the geometric mean error of every series as a bar."""
    found = scores(group)
    finite = [value for score in found for value in score.finite]
    if not finite:
        return None
    log = max(finite) > _SPAN * min(finite) and min(finite) > 0
    with themed():
        drawn = figure(WIDE, 0.85 + 0.34 * len(found))
        axes = drawn.subplots()
        _scale(axes, finite, log)
        for row, score in enumerate(found):
            _bar(axes, row, score)
        axes.set_yticks(range(len(found)), [score.series.label for score in found])
        axes.set_ylim(len(found) - 0.45, -0.55)
        axes.set_xlabel(f"geometric mean of {METRIC} over the steps 1 to {HORIZON}")
        axes.grid(axis="y", visible=False)
        axes.tick_params(axis="y", length=0)
    medians = ", ".join(f"{s.series.label} {plain(s.quartiles['median'])}" for s in found)
    return Exhibit(
        name="gmean",
        title=f"Geometric mean of {METRIC}",
        figure=drawn,
        text=f"Geometric mean of {METRIC} over the steps 1 to {HORIZON}. Medians: {medians}.",
        caption=_caption(log, any(bool(score.lost) for score in found)),
        data=_data(found),
    )


def _scale(axes: Axes, values: list[float], log: bool) -> None:
    if log:
        axes.set_xscale("log")
        axes.set_xlim(min(values) / 2, max(values) * 3)
    else:
        axes.set_xlim(0, 1.15 * max(values))


def _bar(axes: Axes, row: int, score: Score) -> None:
    """Draw bar, whisker and points of one series, and write median and losses beside them."""
    series, quartiles = score.series, score.quartiles
    low, middle, high = (quartiles[key] for key in QUARTILES)
    if np.isfinite(middle):
        axes.barh(row, middle, height=0.62, color=series.color, alpha=0.8, lw=0)
    if np.isfinite(low) and high > low:
        _whisker(axes, row, low, high)
    if score.finite:
        shift = np.linspace(-0.2, 0.2, len(score.finite)) if len(score.finite) > 1 else np.zeros(1)
        axes.plot(score.finite, row + shift, "o", color=series.color, ms=3.6, mec=INK, mew=0.5)
    _write_beside(axes, row, score)


def _whisker(axes: Axes, row: int, low: float, high: float) -> None:
    """Draw from quartile to quartile; one that is infinite ends at the edge as an arrow."""
    edge = axes.get_xlim()[1]
    end = min(high, edge)
    axes.plot([low, end], [row, row], color=INK, lw=1.1, solid_capstyle="butt")
    for x in (low, *([end] if end == high else [])):
        axes.plot([x, x], [row - 0.12, row + 0.12], color=INK, lw=1.1)
    if end < high:
        axes.plot([edge], [row], ">", color=INK, ms=4.5, clip_on=False)


def _write_beside(axes: Axes, row: int, score: Score) -> None:
    """Write the median and what became of lost seeds to the right of the axes."""
    words = [plain(score.quartiles["median"])]
    if score.lost:
        fates = ", ".join(f"{count} {fate}" for fate, count in score.lost.items())
        words.append(f"✕ {fates} of {score.seeds}")
    axes.annotate(
        "   ".join(words),
        (1.0, row),
        xycoords=("axes fraction", "data"),
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
    )


def _caption(log: bool, lost: bool) -> str:
    text = "Bar: median over seeds; whisker: quartiles; points: seeds. Smaller is better."
    text += " The axis is logarithmic and does not begin at zero." if log else ""
    return f"{text} {_LOST}" if lost else text


_LOST = (
    "A seed that diverged counts as infinite: it is in the quartiles but has no point. "
    "Failed and missing seeds count nowhere."
)


def _data(found: list[Score]) -> pd.DataFrame:
    """Return a row for every seed, with the quartiles of its series."""
    rows = []
    for score in found:
        table = score.table[["run", "seed", "status", "gmean"]].assign(**score.quartiles)
        rows.append(labeled(score.series, table))
    return pd.concat(rows, ignore_index=True)
