"""Sample rollouts beside the reference, and where they are wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xpde.report.scales import error_scale, largest, signed_scale
from xpde.report.study.exhibit import Exhibit
from xpde.report.study.marks import WIDE
from xpde.report.study.rollout import Rollout
from xpde.report.study.series import Series
from xpde.report.theme import figure, themed

__all__ = ["MOST", "Sample", "chosen", "sample_exhibit"]

MOST = 6
"""Series in one picture."""

_SNAPSHOTS, _COLUMNS = 3, 220
_LETTERS = 18  # beside a row
_POINTS, _STEPS, _CELLS = 64, 50, 32  # of the data file: space and time in 1D, an axis otherwise


@dataclass(frozen=True)
class Sample:
    """One rollout of a series, the seed it is from, and its geometric mean error."""

    series: Series
    seed: int
    error: float
    rollout: Rollout


def chosen(samples: Sequence[Sample], most: int = MOST) -> list[Sample]:
    """Choose at most ``most``: the best of every network, then the best others; in their order."""
    ranked = sorted(samples, key=lambda sample: sample.error)
    first = {sample.series.net: sample for sample in reversed(ranked)}.values()
    others = [sample for sample in ranked if all(sample is not one for one in first)]
    best = sorted(first, key=lambda sample: sample.error)
    kept = {sample.series.label for sample in [*best, *others][:most]}
    return [sample for sample in samples if sample.series.label in kept]


def sample_exhibit(every: Sequence[Sample]) -> Exhibit | None:
    """Draw states and absolute errors, a row for the reference and one for each series.

    In 1D time runs to the right and space upwards; in 2D some steps are drawn, in 3D a plane
    through the middle of each. All states have one scale, all errors another.
    """
    samples = chosen(every)
    if not samples:
        return None
    first = samples[0].rollout
    flat = [replace(s, rollout=_shown(s.rollout.flat())) for s in samples]
    drawn = _space_time(flat) if first.dims == 1 else _snapshots(flat)
    shown = ", ".join(f"{s.series.label} (seed {s.seed})" for s in samples)
    notes = ["The seed of every row is the median one of its series."]
    if first.channels > 1:
        notes.append(f"The first of {first.channels} channels.")
    if first.dims == 3:
        notes.append("The plane through the middle of the last axis.")
    if len(every) > len(samples):
        notes.append(f"{len(every) - len(samples)} series that do worse are not shown.")
    return Exhibit(
        name="samples",
        title="Sample rollouts",
        figure=drawn,
        text=f"A test trajectory of the reference, of {shown}, and their absolute errors.",
        caption=" ".join(notes),
        data=_data(flat),
        digits=5,
    )


def _shown(rollout: Rollout) -> Rollout:
    """Keep evenly spaced times in 1D, and a few frames after the initial state otherwise."""
    if rollout.dims == 1:
        times = np.linspace(rollout.frames[0], rollout.frames[-1], _columns(rollout))
        nearest = np.abs(rollout.frames[:, None] - times).argmin(axis=0)
        return rollout.at(nearest)
    later = np.flatnonzero(rollout.frames > 0)
    later = later if later.size else np.arange(len(rollout.frames))
    count = min(_SNAPSHOTS, later.size)
    return rollout.at(later[np.linspace(0, later.size - 1, count).round().astype(int)])


def _columns(rollout: Rollout) -> int:
    """Count the columns of a space-time picture: one for each step, or as many as can be seen."""
    return int(min(_COLUMNS, rollout.frames[-1] - rollout.frames[0] + 1))


def _styles(samples: Sequence[Sample]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Scale states by the reference, and errors by the largest, at most the reference's size."""
    limit = max(sample.rollout.limit for sample in samples)
    errors = [_error(sample.rollout) for sample in samples]
    return signed_scale(limit), error_scale(min(limit, max(map(largest, errors))))


def _error(rollout: Rollout) -> np.ndarray:
    with np.errstate(invalid="ignore", over="ignore"):
        return np.abs(rollout.emulator - rollout.reference)


def _space_time(samples: Sequence[Sample]) -> Figure:
    states, errors = _styles(samples)
    first = samples[0].rollout
    with themed():
        drawn = figure(WIDE, 0.55 + 1.12 * (len(samples) + 1))
        grid = drawn.subplots(len(samples) + 1, 2, sharex=True, sharey=True, squeeze=False)
        grid[0, 1].axis("off")
        _strip(grid[0, 0], first.reference, first, states, "reference")
        for (left, right), sample in zip(grid[1:], samples, strict=True):
            rollout = sample.rollout
            _strip(left, rollout.emulator, rollout, states, sample.series.label)
            _strip(right, _error(rollout), rollout, errors, "|error|")
        for axes in grid[-1]:
            axes.set_xlabel("t")
        grid[1, 1].tick_params(labelleft=False)
        for axes in grid[:, 0]:
            axes.set_ylabel("x")
        _color_bars(drawn, grid[:, 0], grid[1:, 1])
    return drawn


def _strip(axes: Axes, values: np.ndarray, rollout: Rollout, style: Any, title: str) -> None:
    span = (rollout.frames[0] * rollout.dt, (rollout.frames[-1] + 1) * rollout.dt)
    box = (*span, 0.0, rollout.extent[0])
    axes.imshow(values.T, aspect="auto", origin="lower", extent=box, **style)
    axes.set_title(title)
    axes.grid(visible=False)


def _snapshots(samples: Sequence[Sample]) -> Figure:
    states, errors = _styles(samples)
    first = samples[0].rollout
    count, (high, wide) = len(first.frames), first.extent
    side = (WIDE - 1.5) / (2 * count)
    with themed():
        drawn = figure(WIDE, 0.3 + (len(samples) + 1) * (min(side, side * high / wide) + 0.06))
        grid = drawn.subplots(len(samples) + 1, 2 * count, squeeze=False)
        left, right = grid[:, :count], grid[:, count:]
        for axes in right[0]:
            axes.axis("off")
        _squares(left[0], first.reference, first, states, "reference")
        for row, sample in enumerate(samples, start=1):
            rollout = sample.rollout
            _squares(left[row], rollout.emulator, rollout, states, _name(sample))
            _squares(right[row], _error(rollout), rollout, errors, "")
        for axes, step in zip(left[0], first.frames, strict=True):
            axes.set_title(f"t = {step * first.dt:g}")
        for axes, step in zip(right[1], first.frames, strict=True):
            axes.set_title(f"|error|, t = {step * first.dt:g}")
        _color_bars(drawn, left.ravel(), right[1:].ravel())
    return drawn


def _squares(
    line: np.ndarray, values: np.ndarray, rollout: Rollout, style: Any, label: str
) -> None:
    """Draw frames (F, N1, N2) as arrays are printed: axis 0 down, axis 1 to the right."""
    box = (0.0, rollout.extent[1], rollout.extent[0], 0.0)
    for axes, frame in zip(line, values, strict=True):
        axes.imshow(frame, extent=box, **style)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.grid(visible=False)
    line[0].set_ylabel(label)


def _color_bars(drawn: Figure, states: np.ndarray, errors: np.ndarray) -> None:
    for panels in (states, errors):
        bar = drawn.colorbar(panels[0].images[0], ax=list(panels), pad=0.015, aspect=45)
        bar.outline.set_visible(False)


def _name(sample: Sample) -> str:
    """Break network and variant into lines that fit beside a row."""
    lines = [wrap(text, _LETTERS) for text in (sample.series.net, sample.series.variant)]
    return "\n".join([line for part in lines for line in part][:3])


def _data(samples: Sequence[Sample]) -> pd.DataFrame:
    """Return a row for every point of a thinned grid: step, coordinates, reference, emulators."""
    first = samples[0].rollout
    axes = first.reference.shape[1:]
    most = _POINTS if first.dims == 1 else _CELLS
    space = [slice(None, None, -(-n // most)) for n in axes]
    picks = np.unique(np.linspace(0, len(first.frames) - 1, _STEPS).round().astype(int))
    names = ["x"] if first.dims == 1 else [f"x{i}" for i in range(first.dims)]
    points = [np.arange(n)[cut] * (length / n)
              for n, cut, length in zip(axes, space, first.extent, strict=True)]  # fmt: skip
    mesh = np.meshgrid(first.frames[picks], *points, indexing="ij")
    columns = {name: part.ravel() for name, part in zip(["step", *names], mesh, strict=True)}
    columns["reference"] = first.reference[picks][(slice(None), *space)].ravel()
    for sample in samples:
        values = sample.rollout.emulator[picks][(slice(None), *space)]
        columns[f"{sample.series.label} seed {sample.seed}"] = values.ravel()
    return pd.DataFrame(columns).drop_duplicates(subset=["step", *names])
