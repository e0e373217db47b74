"""Curves of an analyzed pair: ratios, errors, spectra, parts, modes, profiles."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from xpde.report.theme import INK, figure, themed

__all__ = [
    "draw_errors",
    "draw_modes",
    "draw_origin",
    "draw_parts",
    "draw_profiles",
    "draw_ratio",
    "draw_spectra",
]

_WIDE = 8.0
_SUPERIOR, _INFERIOR = "#009e73", "#d55e00"
_KINDS = {"magnitude": 1.0, "phase": 0.6, "noise": 0.3}

Colors = dict[str, str]


def draw_ratio(table: pd.DataFrame, colors: Colors) -> Figure:
    """Draw ξ over the steps, a line for each network, with both intervals; undefined is a gap.

    Parameters
    ----------
    table
        net, step, ratio, low, high, truth_low, truth_high.
    colors
        By name.
    """
    with themed():
        drawn = figure(_WIDE, 3.2)
        axes = drawn.subplots()
        bottom, top = _ends(table)
        axes.axhspan(0, 1, color=_SUPERIOR, alpha=0.08, lw=0)
        axes.axhspan(1, top, color=_INFERIOR, alpha=0.06, lw=0)
        axes.axhline(1, color=INK, lw=0.8)
        for net, rows in table.groupby("net", sort=False):
            tint = colors[str(net)]
            low, high = (np.clip(rows[name], 0, 10 * top) for name in ("low", "high"))
            axes.fill_between(rows["step"], low, high, color=tint, alpha=0.22, lw=0)
            for name in ("truth_low", "truth_high"):
                axes.plot(rows["step"], np.clip(rows[name], 0, 10 * top), color=tint, lw=0.6)
            axes.plot(rows["step"], rows["ratio"], "o-", ms=2.5, color=tint, lw=1.6, label=net)
        axes.set(xlabel="step", ylabel="ξ", ylim=(bottom, top), title="superiority ratio")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        for step in table.loc[table["ratio"].isna(), "step"].unique():
            axes.axvline(step, color=INK, lw=0.8, ls=(0, (2, 3)))
        _legend(drawn, [axes])
    return drawn


def draw_errors(ratios: pd.DataFrame, judge: pd.DataFrame, colors: Colors, metric: str) -> Figure:
    """Draw mean errors of teacher and networks, and the differences of the judge to itself refined.

    Parameters
    ----------
    ratios
        net, step, emulator, teacher.
    judge
        refinement, step, value.
    colors
        By name.
    metric
        Name of the error.
    """
    with themed():
        drawn = figure(_WIDE, 3.2)
        axes = drawn.subplots()
        first = ratios[ratios["net"] == ratios["net"].iloc[0]]
        axes.plot(first["step"], first["teacher"], color=colors["teacher"], lw=2.4, label="teacher")
        for net, rows in ratios.groupby("net", sort=False):
            axes.plot(rows["step"], rows["emulator"], color=colors[str(net)], lw=1.4, label=net)
        own = judge[judge["refinement"] != "largest"].groupby("refinement", sort=False)
        for style, (name, rows) in zip(("--", ":", "-."), own, strict=False):
            axes.plot(
                rows["step"], rows["value"], color=INK, lw=1.1, ls=style, label=f"judge, {name}"
            )
        axes.set(xlabel="step", title=f"mean {metric}")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _log(axes)
        _legend(drawn, [axes])
    return drawn


def draw_spectra(table: pd.DataFrame, colors: Colors) -> Figure:
    """Draw energy spectra of the judge and of errors at the first, a middle and the last step.

    Parameters
    ----------
    table
        of, step, wavenumber, value.
    colors
        By name.
    """
    steps = _three(table["step"])
    with themed():
        drawn = figure(_WIDE, 3.0)
        places = list(np.atleast_1d(drawn.subplots(1, len(steps), sharey=True)))
        for axes, step in zip(places, steps, strict=True):
            styles = iter(("-", "--", ":", "-."))  # of the judge: its state, then its own errors
            for of, rows in table[table["step"] == step].groupby("of", sort=False):
                known = of in colors
                tint, style = (colors[str(of)], "-") if known else (INK, next(styles))
                axes.plot(rows["wavenumber"], rows["value"], color=tint, ls=style, lw=1.3, label=of)
            axes.set(xlabel="wavenumber", title=f"step {step}")
            _log(axes)
        _floor(places, table.loc[table["of"] == "state of the judge", "value"])
        places[0].set_ylabel("energy")
        _legend(drawn, places)
    return drawn


def draw_parts(table: pd.DataFrame, colors: Colors) -> Figure:
    """Draw magnitude, phase and noise of the errors as bars on each other, one for each name.

    Parameters
    ----------
    table
        of, part, step, value.
    colors
        By name.
    """
    sums = table.groupby(["of", "part"], sort=False)["value"].sum()
    names = list(dict.fromkeys(table["of"]))
    whole = sum(float(sums["teacher", kind]) for kind in _KINDS) or 1.0
    with themed():
        drawn = figure(_WIDE, 0.9 + 0.4 * len(names))
        axes = drawn.subplots()
        for row, name in enumerate(names):
            left = 0.0
            for kind, alpha in _KINDS.items():
                width = float(sums[name, kind]) / whole
                if not np.isfinite(width):
                    continue
                bar = axes.barh(row, width, left=left, color=colors[name], alpha=alpha, height=0.62)
                if width > 0.08:
                    axes.bar_label(bar, [kind], label_type="center", fontsize=8)
                left += width
        axes.set_yticks(range(len(names)), names)
        axes.axvline(1, color=INK, lw=0.8)
        axes.set(title="mean square error over all steps; the teacher's is 1")
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
    return drawn


def draw_modes(table: pd.DataFrame, colors: Colors) -> Figure:
    """Draw amplitude ratio and phase shift by wavenumber at the last step.

    Parameters
    ----------
    table
        of, step, wavenumber, amplitude, phase.
    colors
        By name.
    """
    rows = table[table["step"] == table["step"].max()]
    with themed():
        drawn = figure(_WIDE, 2.9)
        left, right = drawn.subplots(1, 2)
        for of, part in rows.groupby("of", sort=False):
            how: Any = {"color": colors[str(of)], "lw": 1.3, "ms": 3, "label": of}
            left.plot(part["wavenumber"], part["amplitude"], "o-", **how)
            right.plot(part["wavenumber"], part["phase"], "o-", **how)
        left.axhline(1, color=INK, lw=0.8)
        left.set(xlabel="wavenumber", title="amplitude over the judge's", ylim=(0, None))
        right.set(xlabel="wavenumber", title="size of the phase shift", ylim=(0, None))
        _legend(drawn, [left])
    return drawn


def draw_origin(table: pd.DataFrame, colors: Colors) -> Figure:
    """Draw the error made in each step and that carried on from the steps before.

    Parameters
    ----------
    table
        of, part, step, value.
    colors
        By name.
    """
    with themed():
        drawn = figure(_WIDE, 2.9)
        places = drawn.subplots(1, 2, sharey=True)
        titles = {"one_step": "made in the step (state-space)", "carried": "carried on"}
        for axes, (part, title) in zip(places, titles.items(), strict=True):
            for of, rows in table[table["part"] == part].groupby("of", sort=False):
                values = np.sqrt(rows["value"])
                axes.plot(rows["step"], values, color=colors[str(of)], lw=1.4, label=of)
            axes.set(xlabel="step", title=title)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            _log(axes)
        _legend(drawn, [places[0]])
    return drawn


def draw_profiles(
    states: dict[str, np.ndarray], length: float, every: int, colors: Colors
) -> Figure:
    """Draw states in one dimension at the first, a middle and the last stored step.

    Parameters
    ----------
    states
        Trajectories (T+1, C, N) by name, ``judge`` among them; the first channel is drawn.
    length
        Of the domain.
    every
        Steps between two frames.
    colors
        By name; the judge is drawn in ink.
    """
    judge = states["judge"]
    frames = _three(pd.Series(np.arange(1, len(judge))))
    x = np.arange(judge.shape[-1]) * length / judge.shape[-1]
    low, high = float(np.min(judge[:, 0])), float(np.max(judge[:, 0]))
    room = 0.2 * (high - low) or 1.0
    with themed():
        drawn = figure(_WIDE, 2.6)
        places = list(np.atleast_1d(drawn.subplots(1, len(frames), sharey=True)))
        for axes, frame in zip(places, frames, strict=True):
            axes.plot(x, judge[frame, 0], color=INK, lw=2.6, alpha=0.45, label="judge")
            for name, tint in colors.items():
                axes.plot(x, states[name][frame, 0], color=tint, lw=1.3, label=name)
            axes.set(xlabel="x", title=f"step {frame * every}", ylim=(low - room, high + room))
        _legend(drawn, [places[0]])
    return drawn


def _three(steps: "pd.Series[Any]") -> list[int]:
    """Return the first, a middle and the last of some steps."""
    known = sorted({int(step) for step in steps})
    return sorted({known[0], known[len(known) // 2], known[-1]})


def _ends(table: pd.DataFrame) -> tuple[float, float]:
    """Return where the axis of ratios begins and ends: around 1, within 0 and 3."""
    values = table["ratio"].to_numpy(dtype=float)
    finite = values[np.isfinite(values)]
    away = float(np.max(np.abs(finite - 1))) if finite.size else 1.0
    room = max(1.3 * away, 0.2)
    return max(1 - room, 0.0), min(1 + room, 3.0)


def _floor(places: Sequence[Axes], energy: "pd.Series[Any]") -> None:
    """End the axis where rounding begins."""
    largest = float(np.max(energy.to_numpy(dtype=float)))
    if np.isfinite(largest) and largest > 0:
        places[0].set_ylim(bottom=1e-16 * largest)


def _log(axes: Axes) -> None:
    """Use a log scale if anything positive was drawn."""
    values: list[Any] = [np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()]
    if values and np.any(np.concatenate(values) > 0):
        axes.set_yscale("log", nonpositive="mask")


def _legend(drawn: Figure, places: Sequence[Axes]) -> None:
    handles, labels = places[0].get_legend_handles_labels()
    columns = min(len(labels), 3)
    drawn.legend(handles, labels, loc="outside upper right", ncols=columns, handlelength=1.8)
