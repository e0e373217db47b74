"""What the figures of a study share: lines with bands, marks of divergence, one legend outside."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xpde.report.study.series import Series
from xpde.report.theme import INK

__all__ = ["WIDE", "cross", "draw_band", "legend", "log_scale"]

WIDE = 8.0
"""Width of every figure in inches."""

_TALL = 1e4  # an axis ends this far above the median of what it shows


def draw_band(axes: Axes, quartiles: pd.DataFrame, by: str, series: Series) -> None:
    """Draw the median as a line and the half of the seeds around it as a band."""
    x = quartiles[by].to_numpy(dtype=float)
    low, middle, high = (_visible(quartiles[key]) for key in ("lower", "median", "upper"))
    if np.any(quartiles["seeds"] > 1):
        axes.fill_between(x, low, high, color=series.color, alpha=0.17, lw=0)
    axes.plot(x, middle, color=series.color, ls=series.dashes, lw=1.6)


def cross(axes: Axes, x: float, y: float, series: Series) -> None:
    """Mark the place (x, y) where a run of a series diverged, at the edge if it lies above."""
    low, high = axes.get_ylim()
    inside = min(max(y, low), high)
    mark = axes.plot([x], [inside], "X", color=series.color, ms=7, mec=INK, mew=0.6, zorder=5)
    mark[0].set_clip_on(False)


def log_scale(axes: Axes, values: Sequence[pd.Series]) -> bool:
    """Use a log scale if anything positive was drawn; tell whether the top was cut off."""
    found = np.concatenate([np.asarray(v, dtype=float) for v in values] or [np.empty(0)])
    found = found[np.isfinite(found) & (found > 0)]
    if not found.size:
        return False
    axes.set_yscale("log", nonpositive="mask")
    top, middle = float(found.max()), float(np.median(found))
    if top <= _TALL * middle:
        return False
    axes.set_ylim(top=_TALL * middle)
    return True


def legend(drawn: Figure, series: Sequence[Series], *, reference: bool = False) -> None:
    """Name networks by color and variants by dashes, outside on the right."""
    nets = {one.net: one.color for one in series}
    variants = {one.variant: one.dashes for one in series}
    entries = [Line2D([], [], color=color, lw=2.4, label=net) for net, color in nets.items()]
    if reference:
        entries.insert(0, Line2D([], [], color=INK, lw=1.2, label="reference"))
    if any(variants):
        entries.append(Line2D([], [], lw=0, label=""))
        entries += [
            Line2D([], [], color=INK, lw=1.4, ls=ls, label=name) for name, ls in variants.items()
        ]
    drawn.legend(handles=entries, loc="outside right upper", handlelength=2.4, labelspacing=0.45)


def _visible(values: pd.Series) -> np.ndarray:
    """Leave gaps where a quartile is infinite."""
    found = values.to_numpy(dtype=float)
    return np.where(np.isfinite(found), found, np.nan)
