"""Pictures and tables of the linear theory of superiority: where an emulator beats its solver."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.table import Table

from xpde.errors import InvalidInput
from xpde.report.theme import INK, figure, palette, themed

__all__ = ["draw_errors", "draw_map", "draw_ratios", "ratio_table"]

SUPERIOR, INFERIOR = "#009e73", "#d55e00"
_STYLES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1, 2)))
_AXES = {"phi": "φ = k/N", "step": "steps T", "difficulty": "difficulty γ"}


def draw_ratios(table: pd.DataFrame) -> Figure:
    """Draw |ξ| against the test mode, or against the step where there are several.

    A panel for each combination and measure; colors are difficulties or numbers of sweeps, line
    styles training modes. The band 0 < |ξ| < 1 is green, 1 < |ξ| < 2 red, the axis ends at 0 and 2.

    Parameters
    ----------
    table
        Rows as of :func:`xpde.study.superiority.sweep.over_modes` or ``over_steps``.
    """
    axis = "step" if table["step"].nunique() > 1 else "phi"
    rows = table.assign(name=_names(table), line=_lines(table))
    ends = (float(rows[axis].min()), float(rows[axis].max()))
    return _drawn(rows, axis, "ratio", "|ξ|", banded=True, xlim=ends, ylim=(0, 2))


def draw_errors(table: pd.DataFrame) -> Figure:
    """Draw sizes of relative errors of schemes, a panel for each equation, scheme and measure.

    Parameters
    ----------
    table
        Rows as of :func:`xpde.study.superiority.sweep.scheme_errors`.
    """
    kinds = [_plain(scheme) for scheme in table["baseline"]]
    rows = table.assign(name=kinds, line=_lines(table), psi=0.0)
    return _drawn(rows, "phi", "error", "|relative error|", yscale="log")


def draw_map(table: pd.DataFrame) -> Figure:
    """Draw |ξ| over test modes and difficulties, cut at 2: green is superior, red inferior.

    Parameters
    ----------
    table
        Rows as of :func:`xpde.study.superiority.sweep.over_difficulties`.
    """
    panels = list(table.groupby("measure", sort=False))
    first = table.iloc[0]
    with themed():
        drawn, axes = _panels(len(panels), height=2.9)
        for place, (measure, part) in zip(axes, panels, strict=True):
            grid = part.pivot_table(index="difficulty", columns="phi", values="ratio", dropna=False)
            values = np.minimum(np.abs(grid.to_numpy()), 2.0)
            mesh = place.pcolormesh(
                grid.columns.to_numpy(),
                grid.index.to_numpy(),
                np.ma.masked_invalid(values),
                cmap="RdYlGn_r",
                vmin=0,
                vmax=2,
                shading="nearest",
                rasterized=True,
            )
            place.axvline(float(first["psi"]), color=INK, lw=0.8, ls=(0, (3, 3)))
            place.set(xscale="log", xlabel=_AXES["phi"], ylabel=_AXES["difficulty"])
            place.set_title(f"{first['train']}-{first['baseline']}, {measure}")
            place.grid(visible=False)
        drawn.colorbar(mesh, ax=axes, label="|ξ|")
    return drawn


def ratio_table(table: pd.DataFrame) -> Table:
    """Return where each curve is superior, |ξ| < 1, and its least |ξ|: a table for the terminal.

    Parameters
    ----------
    table
        Rows as of :func:`xpde.study.superiority.sweep.over_modes` or ``over_steps``.
    """
    axis = "step" if table["step"].nunique() > 1 else "phi"
    made = Table(title=f"Superiority over {_AXES[axis]}", title_justify="left")
    for name in ("train-baseline", "difficulty", "ψ", "measure", "superior at", "least |ξ|", "at"):
        made.add_column(name, justify="left" if name in ("train-baseline", "measure") else "right")
    keys = ["train", "baseline", "difficulty", "psi", "measure"]
    for (train, baseline, difficulty, psi, measure), rows in table.groupby(keys, sort=False):
        size, at = np.abs(rows["ratio"].to_numpy()), rows[axis].to_numpy()
        known = np.isfinite(size)
        # rounding of ξ = 1 is neither
        below = known & (size < 1 - 1e-9)
        least = int(np.argmin(np.where(known, size, np.inf))) if np.any(known) else None
        made.add_row(
            f"{train}-{baseline}",
            f"{difficulty:g}" if difficulty else "-",
            f"{psi:g}",
            measure,
            _ranges(at, below),
            "-" if least is None else f"{size[least]:.4g}",
            "-" if least is None else f"{at[least]:.4g}",
        )
    return made


def _ranges(at: np.ndarray, inside: np.ndarray) -> str:
    """Say where a condition holds, as ranges of the points looked at."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
    pieces = [
        f"{at[a]:.4g}" if b - a == 1 else f"{at[a]:.4g} to {at[b - 1]:.4g}"
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
    return ", ".join(pieces) or "nowhere"


def _names(table: pd.DataFrame) -> list[str]:
    """Name combinations, all numbers of sweeps as one; the reference unless it is analytic."""
    trios = zip(table["train"], table["baseline"], table["reference"], strict=True)
    return [
        f"{_plain(t)}-{_plain(b)}" + ("" if r == "analytic" else f" against {_plain(r)}")
        for t, b, r in trios
    ]


def _plain(scheme: str) -> str:
    return "jacobi" if scheme.startswith("jacobi") else scheme


def _lines(table: pd.DataFrame) -> list[str]:
    """Name curves by difficulty or number of sweeps."""
    columns = [name for name in ("train", "baseline") if name in table]
    found = []
    for difficulty, *schemes in zip(
        table["difficulty"], *(table[name] for name in columns), strict=True
    ):
        swept = [match[1] for s in schemes if (match := re.fullmatch(r"jacobi-(\d+)", s))]
        plain = f"γ = {difficulty:g}" if difficulty else "no sweeps"
        found.append(f"Q = {swept[0]}" if swept else plain)
    return found


def _drawn(
    rows: pd.DataFrame, x: str, y: str, label: str, *, banded: bool = False, **scales: Any
) -> Figure:
    """Draw the size of a column, a panel for each equation, name and measure."""
    panels = list(rows.groupby(["equation", "name", "measure"], sort=False))
    with themed():
        drawn, axes = _panels(len(panels))
        for place, ((equation, name, measure), part) in zip(axes, panels, strict=True):
            if banded:
                _bands(place)
            _curves(place, part, x, y)
            place.set(xscale="log", title=f"{equation} {name}\n{measure}", **scales)
        _finish(drawn, axes, x, label)
    return drawn


def _panels(count: int, height: float = 2.4) -> tuple[Figure, Sequence[Axes]]:
    if count == 0:
        raise InvalidInput("superiority: expected rows to draw, got none")
    columns = min(count, 3)
    rows = -(-count // columns)
    drawn = figure(1.0 + 3.0 * columns, 0.6 + height * rows)
    axes = list(np.ravel(np.atleast_1d(np.asarray(drawn.subplots(rows, columns)))))
    for spare in axes[count:]:
        spare.set_axis_off()
    return drawn, axes[:count]


def _bands(axes: Axes) -> None:
    axes.axhspan(0, 1, color=SUPERIOR, alpha=0.10, lw=0)
    axes.axhspan(1, 2, color=INFERIOR, alpha=0.08, lw=0)
    axes.axhline(1, color=INK, lw=0.8)


def _curves(axes: Axes, part: pd.DataFrame, x: str, y: str) -> None:
    """Draw the size of a column, a line for each name and training mode."""
    tints = palette(sorted(set(part["line"]), key=_number))
    modes = {psi: _STYLES[i % len(_STYLES)] for i, psi in enumerate(sorted(set(part["psi"])))}
    for (line, psi), rows in part.groupby(["line", "psi"], sort=False):
        label = line if len(modes) == 1 else f"{line}, ψ = {psi:g}"
        values: Any = np.abs(rows[y].to_numpy())
        axes.plot(rows[x], values, color=tints[line], ls=modes[psi], lw=1.3, label=label)


def _number(name: str) -> float:
    found = re.search(r"-?[\d.]+", name)
    return abs(float(found[0])) if found else 0.0


def _finish(drawn: Figure, axes: Sequence[Axes], x: str, y: str) -> None:
    """Name the axes, and give all panels one legend."""
    labels: dict[str, Any] = {}
    for place in axes:
        place.set(xlabel=_AXES[x], ylabel=y)
        for handle, label in zip(*place.get_legend_handles_labels(), strict=True):
            labels.setdefault(label, handle)
    drawn.legend(list(labels.values()), list(labels), loc="outside right upper", handlelength=2.4)
