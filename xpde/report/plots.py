"""Curves, dots and bars of a comparison: one color per backend, coinciding lines kept visible."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from xpde.report.numbers import plain
from xpde.report.record import LEVELS, Record
from xpde.report.theme import INK, colors, figure, themed, widths

__all__ = ["agreement_dots", "error_curves", "growth_curves", "loss_curves", "speed_bars"]

_WIDE = 8.0


def error_curves(record: Record) -> Figure | None:
    """Draw every error metric of the rollout against the step, mean over the test samples."""
    table = record.tables["metrics"]
    metrics = list(dict.fromkeys(str(name) for name in table["metric"]))
    if not metrics:
        return None
    with themed():
        drawn = figure(_WIDE, 3.1)
        for axes, metric in zip(_row(drawn, len(metrics[:2])), metrics[:2], strict=True):
            _lines(axes, record, table[table["metric"] == metric], "step", "value")
            axes.set(xlabel="step", title=metric)
            if "correlation" not in metric:
                _log(axes)
        _legend(drawn)
    return drawn


def loss_curves(record: Record) -> Figure | None:
    """Draw the training loss against the update."""
    table = record.tables["losses"]
    if table.empty:
        return None
    with themed():
        drawn = figure(_WIDE, 3.1)
        axes = drawn.subplots()
        _lines(axes, record, table, "update", "loss")
        axes.set(xlabel="update", title="training loss")
        _log(axes)
        _legend(drawn)
    return drawn


def growth_curves(record: Record) -> Figure | None:
    """Draw how far the rollouts drift apart, and the bound measured from 1-ulp perturbations."""
    table = record.tables["growth"]
    if table.empty:
        return None
    with themed():
        drawn = figure(_WIDE, 3.1)
        axes = drawn.subplots()
        _lines(axes, record, table, "step", "difference")
        bound = table.groupby("step")["bound"].max()
        axes.plot(bound.index, bound, color=INK, lw=1.2, ls=(0, (4, 3)), label="bound")
        axes.set(xlabel="step", title="relative difference of the rollouts")
        _log(axes)
        _legend(drawn)
    return drawn


def agreement_dots(record: Record) -> Figure | None:
    """Draw every measured difference as a dot beside its bound, a row per level and quantity."""
    table = record.tables["agreement"]
    table = table[~table["backend"].eq(table["reference"])]
    if table.empty:
        return None
    keys = list(dict.fromkeys(zip(table["level"], table["quantity"], strict=True)))
    keys.sort(key=lambda key: key[0])
    names = list(dict.fromkeys(str(name) for name in table["backend"]))
    floor = _floor(table)
    with themed():
        drawn = figure(_WIDE, 1.0 + 0.26 * len(keys))
        axes = drawn.subplots()
        for name, color in colors(names).items():
            rows = table[table["backend"] == name]
            at = [keys.index(key) for key in zip(rows["level"], rows["quantity"], strict=True)]
            y = np.asarray(at) + 0.16 * (names.index(name) - (len(names) - 1) / 2)
            _dots(axes, rows, y, floor, color=color, label=name)
        _bounds(axes, table, keys)
        _name_rows(axes, keys)
        axes.set(xscale="log", xlabel="relative difference (left edge: none)")
        axes.xaxis.set_major_locator(LogLocator(numticks=12))
        axes.plot([], [], "|", color=INK, ms=9, mew=1.6, label="bound")
        _legend(drawn)
    return drawn


def speed_bars(record: Record) -> Figure | None:
    """Draw the time of a solver step and of a training update, a bar per backend."""
    table = record.tables["backends"]
    table = table[table["backend"].isin(record.ran)]
    if table.empty:
        return None
    steps = [(str(n), float(s)) for n, s in zip(table["backend"], table["step_us"], strict=True)]
    rates = zip(table["backend"], table["updates_per_s"], strict=True)
    updates = [(str(n), 1e3 / float(r) if r else np.nan) for n, r in rates]
    with themed():
        drawn = figure(_WIDE, 0.9 + 0.32 * len(table))
        left, right = _row(drawn, 2)
        _bars(left, steps, "time per solver step / µs")
        _bars(right, updates, "time per training update / ms")
    return drawn


def _row(drawn: Figure, count: int) -> list[Axes]:
    return list(np.atleast_1d(drawn.subplots(1, count)))


def _lines(axes: Axes, record: Record, table: pd.DataFrame, x: str, y: str) -> None:
    names = [name for name in record.names if name in set(table["backend"])]
    width, color = widths(names), colors(record.names)
    for name in names:
        rows = table[table["backend"] == name].sort_values(x)
        alpha = 0.55 if width[name] > 2 else 1.0
        axes.plot(rows[x], rows[y], color=color[name], lw=width[name], alpha=alpha, label=name)


def _log(axes: Axes) -> None:
    """Use a log scale if anything positive was drawn."""
    values: list[Any] = [np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()]
    if values and np.any(np.concatenate(values) > 0):
        axes.set_yscale("log", nonpositive="mask")


def _legend(drawn: Figure) -> None:
    handles, labels = drawn.axes[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside upper right", ncols=len(labels), handlelength=1.6)


def _floor(table: pd.DataFrame) -> float:
    """Where a difference of zero is drawn: a decade left of everything else."""
    values = pd.concat([table["difference"], table["bound"]]).to_numpy(dtype=float)
    values = values[np.isfinite(values) & (values > 0)]
    return float(10 ** (np.floor(np.log10(values.min())) - 1)) if values.size else 1e-17


def _dots(
    axes: Axes, rows: pd.DataFrame, y: np.ndarray, floor: float, *, color: str, label: str
) -> None:
    agrees = rows["agrees"].to_numpy(dtype=bool)
    difference = np.maximum(rows["difference"].to_numpy(dtype=float), floor)
    axes.plot(difference[agrees], y[agrees], "o", color=color, ms=6, label=label)
    axes.plot(difference[~agrees], y[~agrees], "X", color=color, ms=8, mec=INK, mew=0.6)


def _bounds(axes: Axes, table: pd.DataFrame, keys: Sequence[tuple[int, str]]) -> None:
    """Draw a bar at every bound, once where the backends share it."""
    for row, (level, quantity) in enumerate(keys):
        same = table[(table["level"] == level) & (table["quantity"] == quantity)]
        for bound in same["bound"].unique():
            axes.plot([bound, bound], [row - 0.32, row + 0.32], color=INK, lw=1.6, zorder=1)


def _name_rows(axes: Axes, keys: Sequence[tuple[int, str]]) -> None:
    axes.set_yticks(range(len(keys)), [quantity for _, quantity in keys])
    axes.set_ylim(len(keys) - 0.5, -0.5)
    axes.grid(axis="y", alpha=0.06)
    for row in range(1, len(keys)):
        if keys[row][0] != keys[row - 1][0]:
            axes.axhline(row - 0.5, color=INK, lw=0.6, alpha=0.35)
    levels = [level for level, _ in keys]
    for level in dict.fromkeys(levels):
        axes.annotate(
            LEVELS[level] if level < len(LEVELS) else str(level),
            (1.0, levels.index(level) + (levels.count(level) - 1) / 2),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            style="italic",
        )


def _bars(axes: Axes, values: Sequence[tuple[str, float]], title: str) -> None:
    names = [name for name, _ in values]
    color = colors(names)
    heights = [0.0 if np.isnan(value) else value for _, value in values]
    bars = axes.barh(names, heights, color=[color[name] for name in names], height=0.62)
    axes.bar_label(bars, [plain(value) for _, value in values], padding=4)
    axes.set(title=title)
    axes.set_xlim(0, 1.22 * max([*heights, 1e-9]))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
