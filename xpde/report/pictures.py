"""Pictures of fields: space-time in one dimension, snapshots in two, mid-slices in three."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xpde.report.record import Fields
from xpde.report.theme import figure, themed

__all__ = ["comparison", "trajectory"]

_SIGNED, _ERROR = "RdBu_r", "magma_r"
_SNAPSHOTS = 5


def comparison(
    fields: Fields, extent: Sequence[float], dt: float, limit: float | None = None
) -> Figure:
    """Draw reference, emulator and absolute error of the first channel.

    Parameters
    ----------
    fields
        The trajectories; the initial state is drawn for the reference only.
    extent
        Length of the domain along each axis.
    dt
        Time between two states.
    limit
        Colors run over [-limit, limit], or over the largest reference value if that is smaller.
    """
    reference, emulator = fields.reference[1:, 0], fields.emulator[:, 0]
    steps = min(len(reference), len(emulator))
    reference, emulator = reference[:steps], emulator[:steps]
    rows = {
        "reference": reference,
        "emulator": emulator,
        "error": np.abs(emulator - reference),
    }
    return _draw(rows, extent, dt, min(limit or np.inf, _largest(reference)), first=1)


def trajectory(states: np.ndarray, extent: Sequence[float], dt: float) -> Figure:
    """Draw one trajectory (T+1, C, *N) from its initial state: a picture per channel."""
    rows = {
        f"channel {c}" if states.shape[1] > 1 else "u": states[:, c] for c in range(states.shape[1])
    }
    return _draw(rows, extent, dt, _largest(states), first=0)


def _draw(
    rows: dict[str, np.ndarray], extent: Sequence[float], dt: float, limit: float, first: int
) -> Figure:
    dims = next(iter(rows.values())).ndim - 1
    with themed():
        if dims == 1:
            return _space_time(rows, extent[0], dt, limit, first)
        return _snapshots({k: _slice(v) for k, v in rows.items()}, extent, dt, limit, first)


def _space_time(
    rows: dict[str, np.ndarray], length: float, dt: float, limit: float, first: int
) -> Figure:
    """Time to the right, space upwards, side by side on shared axes."""
    drawn = figure(8.0, 2.5)
    for axes, (title, values) in zip(_grid(drawn, 1, len(rows))[0], rows.items(), strict=True):
        steps = len(values)
        box = (first * dt, (first + steps) * dt, 0.0, length)
        shown = axes.imshow(
            values.T, aspect="auto", origin="lower", extent=box, **_colors(title, values, limit)
        )
        axes.set(title=title, xlabel="t")
        drawn.colorbar(shown, ax=axes, pad=0.02, aspect=28).outline.set_visible(False)
    drawn.axes[0].set_ylabel("x")
    return drawn


def _snapshots(
    rows: dict[str, np.ndarray], extent: Sequence[float], dt: float, limit: float, first: int
) -> Figure:
    """Draw one row per quantity and one column per time."""
    steps = len(next(iter(rows.values())))
    picks = sorted({round(i) for i in np.linspace(0, steps - 1, min(_SNAPSHOTS, steps))})
    aspect = extent[1] / extent[0]
    side = 7.2 / len(picks)
    drawn = figure(8.0, 0.3 + len(rows) * min(side, side / aspect) * 1.02)
    grid = _grid(drawn, len(rows), len(picks))
    for line, (title, values) in zip(grid, rows.items(), strict=True):
        box = (0.0, extent[1], extent[0], 0.0)
        style = _colors(title, values, limit)
        for axes, pick in zip(line, picks, strict=True):
            shown = axes.imshow(values[pick], extent=box, **style)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        line[0].set_ylabel(title)
        drawn.colorbar(shown, ax=list(line), pad=0.01, aspect=18).outline.set_visible(False)
    for axes, pick in zip(grid[0], picks, strict=True):
        axes.set_title(f"t = {(first + pick) * dt:g}")
    return drawn


def _grid(drawn: Figure, rows: int, columns: int) -> list[list[Axes]]:
    made = drawn.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in made.flat:
        axes.grid(visible=False)
    return [list(line) for line in made]


def _slice(values: np.ndarray) -> np.ndarray:
    """Cut (T, N1, N2, N3) in the middle of the last axis; leave (T, N1, N2) as it is."""
    return values if values.ndim == 3 else values[..., values.shape[-1] // 2]


def _colors(title: str, values: np.ndarray, limit: float) -> dict[str, Any]:
    """Diverging around zero for states; one hue from zero up for errors."""
    if title == "error":
        return {"cmap": _ERROR, "vmin": 0.0, "vmax": _largest(values)}
    return {"cmap": _SIGNED, "vmin": -limit, "vmax": limit}


def _largest(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.max(np.abs(finite))) if finite.size and np.any(finite) else 1.0
