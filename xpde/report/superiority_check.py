"""The page of a user's own pair: where the emulator wins, by what, and whether one may say so."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure
from rich.table import Table

from xpde.errors import InvalidInput
from xpde.report import numbers
from xpde.report.drawings import Drawing
from xpde.report.pictures import comparison
from xpde.report.record import Fields
from xpde.report.superiority_curves import (
    draw_errors,
    draw_modes,
    draw_origin,
    draw_parts,
    draw_profiles,
    draw_ratio,
    draw_spectra,
)
from xpde.report.template import template
from xpde.report.theme import palette, save_png, svg
from xpde.study.store import atomic, read_fields, read_json, read_table

__all__ = ["PairRecord", "pair_drawings", "pair_table", "write_pair_page", "write_pair_pictures"]

_TABLES = ("ratios", "errors", "parts", "modes", "spectra", "judge")

_CAPTIONS = {
    "ratio": "Error of the emulator over that of its teacher, both against the judge: means over "
    "test samples and seeds, with the bootstrap interval. Below 1 the emulator is superior. Thin "
    "lines: between them lies the ratio against the truth, given what the judge is worth.",
    "errors": "Mean errors against the judge, and what the judge differs from itself refined.",
    "spectra": "Energy by shell of wavenumbers: of the judge's states, and of the errors.",
    "parts": "Mean square error over all steps by its kind, relative to the teacher's.",
    "modes": "Amplitude over the judge's and size of the phase shift, by shell of wavenumbers, at "
    "the last step; shells in which the judge has nothing are left out.",
    "origin": "Root mean square error of a step from the judge's states (state-space), and of what "
    "the steps before hand on (autoregressive).",
    "profiles": "The first test sample.",
}


@dataclass(frozen=True)
class PairRecord:
    """What ``xpde superiority check`` wrote into a folder.

    Attributes
    ----------
    folder
        Where it was read from.
    found
        ``about`` (the question), ``good``, ``headline``, ``sentences``.
    tables
        By name.
    """

    folder: Path
    found: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    @classmethod
    def read(cls, folder: Path | str) -> "PairRecord":
        """Read a folder; one that holds something else is refused."""
        folder = Path(folder)
        if not (folder / "findings.json").is_file():
            raise InvalidInput(
                f"expected a folder with findings.json, got {str(folder)!r}; write one with "
                "`xpde superiority check`"
            )
        tables = {name: read_table(folder / f"{name}.parquet") for name in _TABLES}
        return cls(folder, read_json(folder / "findings.json"), tables)

    @property
    def about(self) -> dict[str, Any]:
        """The question, as plain values."""
        found: dict[str, Any] = self.found["about"]
        return found

    @property
    def nets(self) -> list[str]:
        """The networks in order."""
        return list(self.about["nets"])

    @property
    def names(self) -> dict[str, str]:
        """The teacher and the networks, with their colors."""
        return palette(["teacher", *self.nets])

    @cached_property
    def stored(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Trajectories (T+1, C, *N) of the first sample by name, and what their file says."""
        states, about = read_fields(self.folder / "states.h5")
        return {name.replace("|", "/"): v for name, v in states.items()}, about


def write_pair_page(folder: Path | str, path: Path | None = None) -> Path:
    """Read the store in ``folder`` and write its page, by default as ``report.html`` inside."""
    record = PairRecord.read(folder)
    drawn = pair_drawings(record)
    figures = {name: Markup(svg(one.figure, name, one.text)) for name, one in drawn.items()}
    text = template("superiority_check.html").render(
        record=record,
        about=record.about,
        facts=_facts(record),
        figures=figures,
        captions=_CAPTIONS,
        rows=_rows(record),
        numbers=numbers,
    )
    target = path or Path(folder) / "report.html"
    with atomic(target) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return target


def write_pair_pictures(folder: Path | str, target: Path) -> list[Path]:
    """Write every figure as a PNG file into ``target`` and return the paths."""
    written = []
    for name, drawing in pair_drawings(PairRecord.read(folder)).items():
        written.append(target / f"{name}.png")
        save_png(drawing.figure, written[-1], dpi=110)
    return written


def pair_drawings(record: PairRecord) -> dict[str, Drawing]:
    """Draw every figure of an analysis, by name, with the words that stand in for it."""
    tables, names = record.tables, record.names
    states, about = record.stored
    who = ", ".join(record.nets)
    drawn = {
        "ratio": Drawing(draw_ratio(tables["ratios"], names), f"Superiority ratio of {who}."),
        "errors": Drawing(
            draw_errors(tables["ratios"], tables["judge"], names, record.about["metric"]),
            f"Errors of the teacher, of {who}, and of the judge.",
        ),
        "spectra": Drawing(
            draw_spectra(tables["spectra"], names), f"Error spectra of the teacher and of {who}."
        ),
        "parts": Drawing(
            draw_parts(tables["parts"], names), "Magnitude, phase and noise of the errors."
        ),
        "modes": Drawing(draw_modes(tables["modes"], names), "Amplitudes and phases of modes."),
        "origin": Drawing(
            draw_origin(tables["parts"], names), "Errors made in a step and carried on."
        ),
    }
    dt, extent = float(about["dt"]), [float(v) for v in np.atleast_1d(about["extent"])]
    dims = states["judge"].ndim - 2
    extent = extent * dims if len(extent) < dims else extent
    every = _stride(record, len(states["judge"]))
    if dims == 1:
        drawn["profiles"] = Drawing(
            draw_profiles(states, extent[0], every, names), "Profiles of the first sample."
        )
    for number, net in enumerate(record.nets):
        drawn[f"states-{number}"] = Drawing(
            _states(states, net, extent, dt * every),
            f"Judge, {net} and their difference, first test sample.",
        )
    return drawn


def pair_table(record: PairRecord, steps: int = 6) -> Table:
    """Return ratios at some steps, with their intervals: a table for the terminal."""
    made = Table(title="Superiority ratio", title_justify="left")
    made.add_column("network")
    for name in ("step", "emulator", "teacher", "ξ", "interval", "truth within"):
        made.add_column(name, justify="right")
    for row in _rows(record, steps):
        made.add_row(*(row[name] for name in row))
    return made


def _states(states: dict[str, np.ndarray], net: str, extent: list[float], dt: float) -> Figure:
    return comparison(Fields(states["judge"], states[net][1:]), extent, dt)


def _stride(record: PairRecord, frames: int) -> int:
    """Return how many steps are between two stored frames."""
    steps = int(record.tables["ratios"]["step"].max())
    return max(1, -(-(steps + 1) // frames))


def _rows(record: PairRecord, count: int = 12) -> list[dict[str, str]]:
    """Return ratios at some steps as words."""
    found = []
    table = record.tables["ratios"]
    last = int(table["step"].max())
    chosen = np.arange(1, last + 1) if last <= count else np.geomspace(1, last, count)
    shown = {round(float(t)) for t in chosen}
    for row in table[table["step"].isin(shown)].to_dict("records"):
        undefined = np.isnan(row["ratio"])
        found.append(
            {
                "net": str(row["net"]),
                "step": str(row["step"]),
                "emulator": numbers.scientific(row["emulator"]),
                "teacher": numbers.scientific(row["teacher"]),
                "ratio": "undefined" if undefined else numbers.plain(row["ratio"]),
                "interval": _between(row["low"], row["high"]),
                "truth": _between(row["truth_low"], row["truth_high"]),
            }
        )
    return found


def _between(low: float, high: float) -> str:
    if np.isnan(low) or np.isnan(high):
        return numbers.plain(float("nan"))
    return f"{numbers.plain(low)} to {numbers.plain(high)}"


def _facts(record: PairRecord) -> dict[str, Any]:
    about = record.about
    settings = about["overrides"]
    return {
        "teacher": about["teacher"],
        "judge": about["judge"],
        "finer judge": about["fine"] or "the judge refined",
        "points": settings["points"],
        "time step": settings["dt"],
        "training": f"{settings['train_samples']} samples, {settings['train_horizon']} steps",
        "test": f"{settings['test_samples']} samples, {settings['test_horizon']} steps",
        "optimizer": about["optimizer"],
        "seeds": ", ".join(map(str, about["seeds"])),
        "precision": about["dtype"],
    }
