"""Pictures of fields: space-time in one dimension, snapshots in two, cubes or slices in three."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xpde.report.record import Fields
from xpde.report.scales import error_scale, field_scale, largest, signed_scale
from xpde.report.theme import INK, figure, themed

__all__ = ["comparison", "equal_paths", "trajectory"]

_SNAPSHOTS = 5

_ACROSS = np.sqrt(3) / 2
_ISOMETRIC = np.array([[-_ACROSS, -0.5], [_ACROSS, -0.5], [0.0, 1.0]])
"""Where the three axes point on the paper: to the lower left, to the lower right, and up."""


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
    return _draw(rows, extent, dt, min(limit or np.inf, largest(reference)), first=1)


def trajectory(
    states: np.ndarray,
    extent: Sequence[float],
    dt: float,
    fields: Sequence[tuple[str, int]] | None = None,
    moments: Sequence[int] | None = None,
) -> Figure:
    """Draw one trajectory (T+1, C, *N) from its initial state: a picture per channel.

    In 3D the pictures are cubes seen from above, whose sides are the planes through the middle
    of the box (it is periodic, so it may begin there).

    Parameters
    ----------
    states
        The trajectory.
    extent
        Length of the domain along each axis.
    dt
        Time between two states.
    fields
        ``(name, rank)`` of what the channels hold, as in ``Equation.fields``. Every field has its
        own color scale: around zero, or from zero up if it is positive. By default the channels
        are one field.
    moments
        The steps to draw in 2D and 3D; by default five at equal times. See :func:`equal_paths`.
    """
    dims, channels = states.ndim - 2, states.shape[1]
    widths = [("u", 1)] if channels == 1 else [("channel", channels)]
    if fields is not None:
        widths = [(name, dims**rank) for name, rank in fields]
    rows, styles, first = dict[str, np.ndarray](), dict[str, dict[str, Any]](), 0
    for name, width in widths:
        own = states[:, first : first + width]
        for c in range(width):
            title = name if width == 1 else f"{name} {c}"
            rows[title], styles[title] = own[:, c], field_scale(own)
        first += width
    with themed():
        if dims == 1:
            return _space_time(rows, styles, extent[0], dt, 0)
        picks = _even(states) if moments is None else moments
        return _snapshots(rows, styles, extent, {pick: pick * dt for pick in picks})


def equal_paths(states: np.ndarray, count: int = _SNAPSHOTS) -> list[int]:
    """Choose at most ``count`` steps between which a trajectory (T+1, C, *N) moves equally far.

    The length of the path is Σ_t ‖u_{t+1} - u_t‖. What decays is shown while it does, what travels
    at equal times; the first and the last step are among them.
    """
    axes = tuple(range(1, states.ndim))
    moves = np.sqrt(np.mean(np.square(np.diff(states, axis=0), dtype=np.float64), axis=axes))
    path = np.concatenate([[0.0], np.cumsum(moves)])
    marks = np.linspace(0.0, path[-1], count)
    found = {int(np.argmin(np.abs(path - mark))) for mark in marks[1:-1]}
    return sorted(found | {0, len(states) - 1})


def _even(states: np.ndarray) -> list[int]:
    """Choose steps at equal times."""
    steps = len(states)
    return sorted({round(i) for i in np.linspace(0, steps - 1, min(_SNAPSHOTS, steps))})


def _draw(
    rows: dict[str, np.ndarray], extent: Sequence[float], dt: float, limit: float, first: int
) -> Figure:
    dims = next(iter(rows.values())).ndim - 1
    styles = {title: _colors(title, values, limit) for title, values in rows.items()}
    with themed():
        if dims == 1:
            return _space_time(rows, styles, extent[0], dt, first)
        times = {pick: (first + pick) * dt for pick in _even(next(iter(rows.values())))}
        return _snapshots({k: _slice(v) for k, v in rows.items()}, styles, extent, times)


def _space_time(
    rows: dict[str, np.ndarray],
    styles: dict[str, dict[str, Any]],
    length: float,
    dt: float,
    first: int,
) -> Figure:
    """Time to the right, space upwards, side by side on shared axes."""
    drawn = figure(8.0, 2.5)
    for axes, (title, values) in zip(_grid(drawn, 1, len(rows))[0], rows.items(), strict=True):
        steps = len(values)
        box = (first * dt, (first + steps) * dt, 0.0, length)
        shown = axes.imshow(values.T, aspect="auto", origin="lower", extent=box, **styles[title])
        axes.set(title=title, xlabel="t")
        drawn.colorbar(shown, ax=axes, pad=0.02, aspect=28).outline.set_visible(False)
    drawn.axes[0].set_ylabel("x")
    return drawn


def _snapshots(
    rows: dict[str, np.ndarray],
    styles: dict[str, dict[str, Any]],
    extent: Sequence[float],
    times: dict[int, float],
) -> Figure:
    """Draw one row per quantity and one column per step of ``times``."""
    solid = next(iter(rows.values())).ndim == 4
    picks = list(times)
    wide, high = _paper(extent) if solid else (extent[1], extent[0])
    side = 7.2 / len(picks)
    drawn = figure(8.0, 0.3 + len(rows) * min(side, side * high / wide) * 1.02)
    grid = _grid(drawn, len(rows), len(picks))
    for line, (title, values) in zip(grid, rows.items(), strict=True):
        for axes, pick in zip(line, picks, strict=True):
            draw = _cube if solid else _square
            shown = draw(axes, values[pick], extent, styles[title])
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        line[0].set_ylabel(title)
        drawn.colorbar(shown, ax=list(line), pad=0.01, aspect=18).outline.set_visible(False)
    for axes, pick in zip(grid[0], picks, strict=True):
        axes.set_title(f"t = {times[pick]:g}")
    return drawn


def _square(axes: Axes, values: np.ndarray, extent: Sequence[float], style: Any) -> Any:
    """Draw (N1, N2) as an array is printed: axis 0 down, axis 1 to the right."""
    return axes.imshow(values, extent=(0.0, extent[1], extent[0], 0.0), **style)


def _cube(axes: Axes, values: np.ndarray, extent: Sequence[float], style: Any) -> Any:
    """Draw three faces of (N1, N2, N3), moved by half a period: the planes through the middle."""
    values = np.roll(values, [-(n // 2) for n in values.shape], (0, 1, 2))
    corner = [length * edge for length, edge in zip(extent, _ISOMETRIC, strict=True)]
    for normal in range(3):
        a, b = (axis for axis in range(3) if axis != normal)
        face = np.pad(np.take(values, 0, axis=normal), (0, 1), mode="wrap")
        s, t = (np.linspace(0.0, 1.0, n) for n in face.shape)
        grid = s[:, None, None] * corner[a] + t[None, :, None] * corner[b] + corner[normal]
        # colors between points avoid the seams that sheared cells leave
        shown = axes.pcolormesh(grid[..., 0], grid[..., 1], face, shading="gouraud", **style)
        rim = [corner[normal] + i * corner[a] + j * corner[b] for i, j in _RIM]
        axes.plot(*np.transpose(rim), color=INK, lw=0.4, solid_joinstyle="round", clip_on=False)
    axes.set_aspect("equal")
    axes.margins(0.01)
    return shown


_RIM = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))


def _paper(extent: Sequence[float]) -> tuple[float, float]:
    """Width and height of a box on the paper."""
    width, height = np.abs(np.asarray(extent)[:, None] * _ISOMETRIC).sum(axis=0)
    return float(width), float(height)


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
    return error_scale(largest(values)) if title == "error" else signed_scale(limit)
