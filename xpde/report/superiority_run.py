"""Pictures and tables of trained emulators against their teachers: ratios over steps."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.table import Table

from xpde.errors import InvalidInput
from xpde.report.theme import INK, figure, palette, themed

__all__ = ["curve_table", "draw_curves", "draw_fields", "draw_picard", "markdown", "shown_steps"]

SUPERIOR, INFERIOR = "#009e73", "#d55e00"
_ROLES = ("reference", "teacher", "emulator")


def shown_steps(curves: pd.DataFrame, most: int = 6) -> list[int]:
    """Return the steps that a table shows: the first three, then about evenly up to 10.

    Tables of the paper end at step 10; where there is a single published step, it alone is shown.
    """
    known = curves.loc[curves["published"].notna(), "step"]
    if known.nunique() == 1:
        return [int(known.iloc[0])]
    last = min(int(curves["step"].max()), 10)
    steps = [*range(1, min(4, last + 1)), *np.linspace(5, last, max(most - 3, 1)).round()]
    return sorted({int(step) for step in steps if 1 <= step <= last})


def draw_curves(curves: pd.DataFrame, most: int = 50) -> Figure:
    """Draw ξ over steps: medians over seeds, quartiles as bands, published medians as rings.

    The axis of ratios ends at 0 and 2. Below 1 is green, above red.

    Parameters
    ----------
    curves
        As :func:`xpde.study.superiority.comparison.curves`, of one table.
    most
        Last step that is drawn.
    """
    part = curves[curves["step"] <= most]
    if part.empty:
        raise InvalidInput("superiority: expected curves to draw, got none")
    names = list(dict.fromkeys(part["row"]))
    single = part["step"].nunique() == 1 or part["published"].notna().sum() == len(names)
    with themed():
        drawn = figure(7.2, 3.6)
        axes = drawn.subplots()
        axes.axhspan(0, 1, color=SUPERIOR, alpha=0.08, lw=0)
        axes.axhspan(1, 2, color=INFERIOR, alpha=0.06, lw=0)
        axes.axhline(1, color=INK, lw=0.8)
        if single:
            _bars(axes, part[part["step"] == 1], names)
        else:
            _lines(axes, part, names)
            drawn.legend(loc="outside right upper")
        axes.set_title(_about(part))
    return drawn


def _lines(axes: Axes, part: pd.DataFrame, names: Sequence[str]) -> None:
    tints = palette(names)
    for name, rows in part.groupby("row", sort=False):
        tint = tints[str(name)]
        axes.plot(rows["step"], rows["ratio"], color=tint, lw=1.6, label=str(name))
        axes.fill_between(rows["step"], rows["low"], rows["high"], color=tint, alpha=0.18, lw=0)
        known = rows[rows["published"].notna()]
        axes.plot(known["step"], known["published"], "o", mfc="none", mec=tint, ms=3.5, lw=0)
    steps = part["step"]
    axes.set(ylim=(0, 2), xlim=(1, max(int(steps.max()), 2)), xlabel="steps", ylabel="ratio ξ")


def _bars(axes: Axes, part: pd.DataFrame, names: Sequence[str]) -> None:
    """Draw the ratios of one step, rows along the axis."""
    rows = part.set_index("row").loc[list(names)]
    places = np.arange(len(names))
    axes.plot(places, rows["published"], "o", mfc="none", mec=INK, ms=6, label="published")
    axes.plot(places, rows["ratio"], "o", color=SUPERIOR, ms=3.5, label="here")
    axes.set_xticks(places, list(names), rotation=40, ha="right", fontsize=7)
    axes.set(ylabel="ratio ξ at step 1", ylim=(0, None))
    axes.legend()


def _about(part: pd.DataFrame) -> str:
    """Say by which budget, and what rings are."""
    words = (("seeds", "seeds"), ("updates", "updates"), ("pairs", "batch"))
    budget = ", ".join(f"{word} {_span(part[name])}" for word, name in words)
    return budget + ("; rings: published" if part["published"].notna().any() else "")


def _span(values: pd.Series) -> str:
    low, high = int(values.min()), int(values.max())
    return f"{low}" if low == high else f"{low} to {high}"


def draw_fields(fields: Mapping[str, np.ndarray], steps: int = 10) -> Figure:
    """Draw one test trajectory of reference, teacher and emulator, and the errors of the two.

    Parameters
    ----------
    fields
        ``initial`` (N,), and ``reference``, ``teacher``, ``emulator`` (T, N).
    steps
        Steps that are drawn.
    """
    start = np.asarray(fields["initial"])[None]
    shown = {name: np.concatenate([start, fields[name][:steps]]) for name in _ROLES}
    with themed():
        drawn = figure(8.4, 2.6)
        axes = drawn.subplots(1, 4)
        for place, name in zip(axes, _ROLES, strict=False):
            mesh = place.pcolormesh(
                np.arange(shown[name].shape[0]),
                np.arange(start.shape[1]),
                shown[name].T,
                cmap="RdBu_r",
                vmin=-0.75,
                vmax=0.75,
                shading="nearest",
                rasterized=True,
            )
            place.set(title=name, xlabel="steps")
            place.grid(visible=False)
        axes[0].set_ylabel("point")
        drawn.colorbar(mesh, ax=list(axes[:3]), label="u")
        for name in ("teacher", "emulator"):
            gap = shown[name] - shown["reference"]
            error = np.linalg.norm(gap, axis=1) / np.linalg.norm(shown["reference"], axis=1)
            axes[3].plot(error, label=name, color=INFERIOR if name == "teacher" else SUPERIOR)
        axes[3].set(title="nRMSE", xlabel="steps", ylim=(0, None))
        axes[3].legend()
    return drawn


def draw_picard(table: pd.DataFrame) -> Figure:
    """Draw Picard iterations to convergence and the error of one step of the teacher.

    Medians with quartiles, the error on a logarithmic axis at the right.

    Parameters
    ----------
    table
        As :meth:`xpde.study.superiority.burgers.PicardAnalysis.table`.
    """
    with themed():
        drawn = figure(6.0, 3.0)
        left = drawn.subplots()
        right = left.twinx()
        sides = (
            (left, "iterations", "#2f86c9", "solves to convergence"),
            (right, "one_step", INFERIOR, "one step of the teacher, relative error"),
        )
        for axes, name, tint, label in sides:
            axes.plot(table["step"], table[name], color=tint)
            low, high = table[f"{name}_low"], table[f"{name}_high"]
            axes.fill_between(table["step"], low, high, color=tint, alpha=0.18, lw=0)
            axes.set_ylabel(label, color=tint)
        left.set(ylim=(0, 50), xlabel="steps", xlim=(1, int(table["step"].max())))
        right.set(yscale="log", ylim=(1e-5, 1))
        right.grid(visible=False)
    return drawn


def curve_table(curves: pd.DataFrame, title: str) -> Table:
    """Return ratios with both errors and published ratios: a table for the terminal.

    A cell is ξ (published), and below it the errors of emulators and teacher. Below the name of a
    row are seeds × updates × pairs of an update; a star marks what is not the paper's.
    """
    steps = shown_steps(curves, 5)
    made = Table(title=title, title_justify="left", caption_justify="left")
    made.caption = (
        "ξ (published), errors of emulators/teacher; seeds × updates × pairs, * not the paper's"
    )
    made.add_column("row", no_wrap=True)
    for step in steps:
        made.add_column(f"t = {step}", justify="right", no_wrap=True)
    for name, rows in curves.groupby("row", sort=False):
        one, by_step = rows.iloc[0], rows.set_index("step")
        budget = " × ".join(str(int(one[key])) for key in ("seeds", "updates", "batch"))
        mark = "" if one["whole"] else "*"
        made.add_row(f"{name}\n{budget}{mark}", *(_cell(by_step.loc[step]) for step in steps))
    return made


def _cell(line: pd.Series) -> str:
    known = "" if np.isnan(line["published"]) else f" ({line['published']:.3g})"
    return f"{line['ratio']:.3f}{known}\n{line['numerator']:.2g}/{line['denominator']:.2g}"


def markdown(curves: pd.DataFrame, steps: Sequence[int] | None = None) -> list[str]:
    """Return the lines of a Markdown table: for each row ξ, the published ξ, and both errors.

    Errors are those of the emulators and of the teacher. Rows begin with their seeds × updates ×
    pairs of an update.
    """
    shown = list(steps or shown_steps(curves))
    head = ["row", "budget", "", *(f"t = {step}" for step in shown)]
    lines = [head, ["---"] * len(head)]
    for name, rows in curves.groupby("row", sort=False):
        one, by_step = rows.iloc[0], rows.set_index("step").loc[shown]
        budget = " × ".join(f"{int(one[key])}" for key in ("seeds", "updates", "batch"))
        lines.append([f"`{name}`", budget, "ξ", *(f"{x:.3f}" for x in by_step["ratio"])])
        if by_step["published"].notna().any():
            known = ("" if np.isnan(x) else f"{x:.3f}" for x in by_step["published"])
            lines.append(["", "", "published", *known])
        both = zip(by_step["numerator"], by_step["denominator"], strict=True)
        lines.append(["", "", "errors", *(f"{a:.3g}/{b:.3g}" for a, b in both)])
    return ["| " + " | ".join(line) + " |" for line in lines]
