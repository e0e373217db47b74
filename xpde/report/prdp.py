"""Pictures and tables of progressively refined trainings: errors, levels, savings, seconds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from rich.table import Table

from xpde.errors import InvalidInput
from xpde.report.theme import INK, figure, palette, themed

__all__ = ["course_figure", "error_table", "iteration_table", "savings_figure", "time_table"]

_WIDE = 8.0
_SHARES = (("incomplete", "incomplete convergence", 1.0), ("refinement", "refinement", 0.55))


def course_figure(epochs: pd.DataFrame, monitored: str) -> Figure:
    """Draw the monitored error over the epochs, and below it the level of each epoch.

    A color for each contender, a thin line for each seed and a thick one for their median. Levels
    ``constant-K`` are gray, with K at the end of their line.

    Parameters
    ----------
    epochs
        Rows as of :class:`xpde.study.prdp.Results`.
    monitored
        Name of the error.

    Raises
    ------
    InvalidInput
        If there are no rows.
    """
    names = _named(epochs)
    tints = _tints(names)
    with themed():
        drawn = figure(_WIDE, 5.2)
        top, bottom = drawn.subplots(2, 1, sharex=True, height_ratios=(2.2, 1))
        for name in names:
            mine = epochs[epochs["contender"] == name]
            _course(top, mine, "error", name, tints[name])
            _course(bottom, mine[mine["epoch"] > 0], "level", name, tints[name])
        top.set(yscale="log", ylabel=monitored, title="error of the withheld samples")
        bottom.set(xlabel="epoch", ylabel="level K", title="iterations of the solver")
        handles, labels = top.get_legend_handles_labels()
        if handles:
            columns = min(len(labels), 5)
            drawn.legend(
                handles, labels, loc="outside upper right", ncols=columns, handlelength=1.6
            )
    return drawn


def savings_figure(summary: pd.DataFrame) -> Figure:
    """Draw what each contender saves: iterations in two parts, iterations at equal error, seconds.

    The parts of the first bar add up to the total, which is printed beside it. Bars to the left
    are dearer than the converged training. The contender ``converged`` itself is left out, and what
    is known of no contender.

    Parameters
    ----------
    summary
        Rows as of :func:`xpde.study.prdp.summary`.

    Raises
    ------
    InvalidInput
        If there are no rows.
    """
    _named(summary)
    rows = summary[summary["contender"] != "converged"].reset_index(drop=True)
    with themed():
        drawn = figure(_WIDE, 1.3 + 0.75 * max(len(rows), 1))
        axes = drawn.subplots()
        tints = _tints([str(name) for name in summary["contender"]])
        at = np.arange(len(rows), dtype=float)
        color = [tints[str(name)] for name in rows["contender"]]
        left, parts = np.zeros(len(rows)), []
        for column, label, alpha in _SHARES:
            values = _percent(rows, column)
            axes.barh(at - 0.26, values, 0.24, left=left, color=color, alpha=alpha)
            parts.append(Patch(color=INK, alpha=alpha, label=label))
            left = left + values
        _beside(axes, left, at - 0.26, "of all iterations")
        for offset, column, words in (
            (0.0, "matched_saving", "at equal error"),
            (0.26, "time_saving", "of the time"),
        ):
            values = _percent(rows, column)
            if not np.any(np.isfinite(values)):
                continue
            axes.barh(at + offset, values, 0.24, color=color, alpha=0.3)
            _beside(axes, values, at + offset, words)
        axes.axvline(0, color=INK, lw=0.8)
        axes.set(xlabel="saved / %, against the converged training", xlim=_span(axes))
        axes.set_yticks(at, [_label(str(name)) for name in rows["contender"]])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.tick_params(axis="y", length=0)
        drawn.legend(handles=parts, loc="outside upper right", ncols=2, handlelength=1.6)
    return drawn


def error_table(summary: pd.DataFrame, monitored: str) -> Table:
    """Return errors, levels and what is saved of their sum in two parts: a table for the terminal.

    Parameters
    ----------
    summary
        Rows as of :func:`xpde.study.prdp.summary`.
    monitored
        Name of the error.
    """
    columns = (
        ("seeds", _seeds),
        (monitored, lambda row: _spread(row["error"], row["error_std"], ".3g")),
        ("last K", lambda row: _number(row["final_level"], ".3g")),
        ("Σ K", lambda row: _spread(row["level_sum"], row["level_sum_std"], ".0f")),
        ("IC %", lambda row: _number(100 * row["incomplete"], ".1f")),
        ("PR %", lambda row: _number(100 * row["refinement"], ".1f")),
        ("saved %", lambda row: _number(100 * row["total"], ".1f")),
    )
    return _table("Errors and levels", summary, columns)


def iteration_table(summary: pd.DataFrame) -> Table:
    """Return iterations of a training, and what reaching one error takes: a table for the terminal.

    Parameters
    ----------
    summary
        Rows as of :func:`xpde.study.prdp.summary`.
    """
    columns = (
        ("forward", lambda row: _number(row["forward_iterations"], ",.0f")),
        ("adjoint", lambda row: _number(row["adjoint_iterations"], ",.0f")),
        ("error to match", lambda row: _number(row["matched_error"], ".4g")),
        ("Σ K until then", lambda row: _number(row["matched_cost"], ".0f")),
        ("saved %", lambda row: _number(100 * row["matched_saving"], ".1f")),
    )
    return _table("Iterations of a training, and at equal error", summary, columns)


def time_table(summary: pd.DataFrame) -> Table:
    """Return where the seconds of a training go: a table for the terminal.

    ``training`` is all but compilation and validation; solver and network are measured alone.

    Parameters
    ----------
    summary
        Rows as of :func:`xpde.study.prdp.summary`.
    """
    columns = (
        ("training", lambda row: _spread(row["train_s"], row["train_s_std"], ".3g")),
        ("saved %", lambda row: _number(100 * row["time_saving"], ".1f")),
        ("solver", lambda row: _number(row["solver_s"], ".3g")),
        ("network", lambda row: _number(row["network_s"], ".3g")),
        ("rest", lambda row: _number(row["other_s"], ".3g")),
        ("validation", lambda row: _number(row["validation_s"], ".3g")),
        ("compilation", lambda row: _number(row["compile_s"], ".3g")),
    )
    return _table("Seconds of a training", summary, columns)


def _table(title: str, summary: pd.DataFrame, columns: Sequence[tuple[str, Any]]) -> Table:
    made = Table(title=title, title_justify="left")
    made.add_column("contender")
    for name, _ in columns:
        made.add_column(name, justify="right")
    for row in summary.to_dict("records"):
        made.add_row(str(row["contender"]), *(cell(row) for _, cell in columns))
    return made


def _seeds(row: dict[Any, Any]) -> str:
    lost = int(row["diverged"])
    return f"{row['seeds']}" + (f", {lost} diverged" if lost else "")


def _number(value: float, form: str) -> str:
    return "-" if np.isnan(value) else format(value, form)


def _spread(value: float, deviation: float, form: str) -> str:
    shown = _number(value, form)
    if np.isnan(deviation) or not np.isfinite(value):
        return shown
    digits = form if form.endswith("f") else ".1g"
    return f"{shown}±{format(deviation, digits)}"


def _named(table: pd.DataFrame) -> list[str]:
    """Return the contenders in order."""
    if table.empty:
        raise InvalidInput("prdp: expected rows to draw, got none")
    return list(dict.fromkeys(str(name) for name in table["contender"]))


def _tints(names: Sequence[str]) -> dict[str, str]:
    """Give a color to every contender that is no constant level, gray to those that are."""
    colored = palette([name for name in names if not name.startswith("constant-")])
    return {name: colored.get(name, "#9a9a9a") for name in names}


def _label(name: str) -> str:
    return name.replace("constant-", "K = ")


def _course(axes: Axes, rows: pd.DataFrame, column: str, name: str, color: str) -> None:
    """Draw a line for each seed, and their median; the errors of a constant level get their K."""
    constant, levels = name.startswith("constant-"), column == "level"
    style: Any = {"color": color, "drawstyle": "steps-mid" if levels else "default"}
    wide = rows.pivot_table(index="epoch", columns="seed", values=column, dropna=False)
    wide = wide.where(np.isfinite(wide))
    if wide.shape[1] > 1:
        for seed in wide:
            axes.plot(wide.index, wide[seed], lw=0.6, alpha=0.35, **style)
    middle = wide.median(axis=1)
    label = "" if constant else name
    axes.plot(middle.index, middle, lw=0.8 if constant else 1.8, label=label, **style)
    if constant and not levels:
        at = (middle.index[-1], middle.iloc[-1])
        axes.annotate(_label(name), at, xytext=(3, 0), textcoords="offset points", va="center")


def _percent(rows: pd.DataFrame, column: str) -> Any:
    return 100 * rows[column].to_numpy(dtype=float)


def _beside(axes: Axes, values: Any, at: Any, words: str) -> None:
    """Print a number right of each bar."""
    for value, y in zip(values, at, strict=True):
        axes.annotate(
            f"{value:.0f} % {words}" if np.isfinite(value) else f"{words}: never",
            (np.fmax(value, 0.0), y),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )


def _span(axes: Axes) -> tuple[float, float]:
    """Return limits that leave room for what is printed."""
    low, high = axes.get_xlim()
    return min(low, 0.0), max(high, 20.0) * 1.25
