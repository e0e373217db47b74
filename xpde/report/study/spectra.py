"""Spectra of reference and emulators at a few steps."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from xpde.report.study.bands import band
from xpde.report.study.exhibit import Exhibit, labeled
from xpde.report.study.group import Group
from xpde.report.study.marks import WIDE, draw_band, legend
from xpde.report.study.series import of_series
from xpde.report.theme import INK, figure, themed

__all__ = ["spectra_exhibit"]

_PANELS = 3
_BELOW, _ABOVE = 1e-14, 1e3
"""The axis shows that much below and above the largest value of the reference."""


def spectra_exhibit(group: Group) -> Exhibit | None:
    """Draw the spectra, summed over channels, of the first, a middle and the last stored step."""
    table = group.tables["spectra"]
    table = table[table["wavenumber"] > 0]
    if table.empty:
        return None
    keys = ["run", "of", "step", "wavenumber"]
    summed = table.groupby(keys, sort=False, observed=True)["value"].sum(min_count=1).reset_index()
    stored = np.unique(summed["step"])
    picks = np.unique(np.linspace(0, len(stored) - 1, min(_PANELS, len(stored))).round())
    steps = [int(stored[int(i)]) for i in picks]
    data = pd.concat([_at(group, summed, step) for step in steps], ignore_index=True)
    with themed():
        drawn = figure(WIDE, 3.1)
        panels = np.atleast_1d(drawn.subplots(1, len(steps), sharex=True, sharey=True))
        for axes, step in zip(panels, steps, strict=True):
            _panel(axes, group, data[data["step"] == step])
            axes.set(title=f"step {step}", xlabel="wavenumber")
        _scale(panels[0], data)
        panels[0].set_ylabel("energy")
        seen = set(data["label"])
        legend(drawn, [s for s in group.series if s.label in seen], reference=True)
    return Exhibit(
        name="spectra",
        title="Energy spectra",
        figure=drawn,
        text=f"Spectra of the reference and of the emulators at the steps {_list(steps)}.",
        caption="Mean over test samples, summed over channels; median over seeds with the half of "
        "the seeds around it. Dark line: reference.",
        data=data.drop(columns="label"),
    )


def _at(group: Group, summed: pd.DataFrame, step: int) -> pd.DataFrame:
    """Return the quartiles of reference and emulators at one step, below each other."""
    here = summed[summed["step"] == step]
    truth = band(here[here["of"].astype(str) == "reference"], "wavenumber", "value")
    parts = [truth.assign(label="", of="reference")] if len(truth) else []
    emulated = here[here["of"].astype(str) == "emulator"]
    for series in group.series:
        rows = of_series(emulated, series)
        if not rows.empty:
            quartiles = band(rows, "wavenumber", "value").assign(label=series.label, of="emulator")
            parts.append(labeled(series, quartiles))
    return pd.concat(parts, ignore_index=True).assign(step=step)


def _panel(axes: Axes, group: Group, data: pd.DataFrame) -> None:
    truth = data[data["of"] == "reference"]
    axes.plot(truth["wavenumber"], truth["median"], color=INK, lw=1.2, zorder=4)
    for series in group.series:
        rows = data[(data["of"] == "emulator") & (data["label"] == series.label)]
        if not rows.empty:
            draw_band(axes, rows, "wavenumber", series)


def _scale(axes: Axes, data: pd.DataFrame) -> None:
    """Use log scales around the reference; what an unstable emulator makes of it may leave them."""
    axes.set_xscale("log")
    truth = data.loc[data["of"] == "reference", "median"].to_numpy()
    values = data[["lower", "upper"]].to_numpy()
    values = values[np.isfinite(values) & (values > 0)]
    if not values.size:
        return
    axes.set_yscale("log", nonpositive="mask")
    finite = truth[np.isfinite(truth) & (truth > 0)]
    top = float(finite.max()) if finite.size else float(values.max())
    low, high = max(float(values.min()), _BELOW * top), min(float(values.max()), _ABOVE * top)
    axes.set_ylim(low / 2, high * 2)


def _list(steps: list[int]) -> str:
    return ", ".join(map(str, steps))
