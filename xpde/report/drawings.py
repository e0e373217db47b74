"""Every figure of a comparison with the words that stand in for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from xpde.report import pictures, plots
from xpde.report.record import Record
from xpde.report.theme import save_png
from xpde.study.store import atomic

__all__ = ["Drawing", "curve_drawings", "field_drawings", "write_data", "write_pictures"]


@dataclass(frozen=True)
class Drawing:
    """A figure and what to say in its place."""

    figure: Figure
    text: str


def field_drawings(record: Record) -> dict[str, Drawing]:
    """Draw the fields of every backend that has some, by backend."""
    drawn = {}
    about = record.attributes
    for name in record.ran:
        fields = record.fields(name)
        if fields is None:
            continue
        extent = _sequence(about.get("extent", 1.0), fields.dims)
        figure = pictures.comparison(
            fields, extent, float(about.get("dt", 1.0)), _limit(about.get("vlim"))
        )
        text = (
            f"Reference, emulator and absolute error of one test trajectory computed by {name}, "
            f"{fields.dims}D, {len(fields.emulator)} steps."
        )
        drawn[name] = Drawing(figure, text)
    return drawn


def curve_drawings(record: Record) -> dict[str, Drawing]:
    """Draw agreement, growth, errors, losses and speed; what has no data is left out."""
    who = ", ".join(record.ran)
    plans = {
        "agreement": (plots.agreement_dots, f"Measured difference and bound of {who}."),
        "growth": (plots.growth_curves, f"Growth of the rollout difference of {who}."),
        "errors": (plots.error_curves, f"Error of the emulator over time on {who}."),
        "losses": (plots.loss_curves, f"Training loss over the updates on {who}."),
        "speed": (plots.speed_bars, f"Time per solver step and per update on {who}."),
    }
    drawn = {name: (draw(record), text) for name, (draw, text) in plans.items()}
    return {name: Drawing(made, text) for name, (made, text) in drawn.items() if made is not None}


def write_pictures(record: Record, folder: Path) -> list[Path]:
    """Write every figure as a PNG file into ``folder`` and return the paths."""
    fields = {f"fields-{name}": drawing for name, drawing in field_drawings(record).items()}
    written = []
    for name, drawing in (fields | curve_drawings(record)).items():
        save_png(drawing.figure, folder / f"{name}.png", dpi=110)
        written.append(folder / f"{name}.png")
    return written


def write_data(record: Record, folder: Path) -> list[Path]:
    """Write every table as a CSV file into ``folder`` and return the paths."""
    written = []
    for name, table in record.tables.items():
        written.append(folder / f"{name}.csv")
        with atomic(written[-1]) as temporary:
            table.to_csv(temporary, index=False)
    return written


def _sequence(value: Any, dims: int) -> Sequence[float]:
    return [float(v) for v in value] if isinstance(value, list) else [float(value)] * dims


def _limit(value: Any) -> float | None:
    """Read color limits, stored as one number or as a symmetric pair."""
    if isinstance(value, list):
        return max(abs(float(v)) for v in value) if value else None
    return float(value) if value else None
