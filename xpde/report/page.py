"""The page: one HTML file with verdict, tables and pictures, and no request to anyone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, Template
from markupsafe import Markup

from xpde.report import numbers, pictures, plots
from xpde.report.record import LEVELS, Record
from xpde.report.theme import colors, svg
from xpde.report.verdict import reference_name, verdict
from xpde.study.store import atomic

__all__ = ["Cell", "render", "write_page"]

_MEANING = (
    "single verbs of the adapter, such as transforms and convolutions, on the same random input",
    "one step of the solver, and one value and gradient of the loss at the initial weights",
    "the whole trajectory, against a bound measured by perturbing the reference by one ulp",
    "means over the samples, such as error curves: what survives when trajectories are chaotic",
    "the losses of the same training: same initial weights, same batches, same optimizer",
)


@dataclass(frozen=True)
class Cell:
    """One difference and its bound, ready to print; ``mark`` is ok, bad or none."""

    mark: str = "none"
    difference: str = ""
    bound: str = ""


def write_page(folder: Path | str, path: Path | str | None = None) -> Path:
    """Read the store in ``folder`` and write its page, by default as ``report.html`` inside."""
    record = Record.read(folder)
    target = Path(path) if path is not None else Path(folder) / "report.html"
    text = render(record)
    with atomic(target) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return target


def render(record: Record) -> str:
    """Return the page of a comparison as one HTML document."""
    names = record.names
    return _template().render(
        title=_title(record),
        equation=None if record.problem is None else record.problem.equation.formula,
        facts=_facts(record),
        verdict=verdict(record),
        reference=reference_name(record),
        names=names,
        colors=colors(names),
        backends=record.tables["backends"].to_dict("records"),
        ran=record.ran,
        levels=_levels(record),
        meaning=dict(zip(LEVELS, _MEANING, strict=True)),
        compared=[n for n in record.ran if n != reference_name(record)],
        fields=_fields(record),
        figures=_figures(record),
        config=_flat(record.config),
        numbers=numbers,
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    source = files("xpde.report").joinpath("page.html").read_text(encoding="utf-8")
    return environment.from_string(source)


def _title(record: Record) -> str:
    name = record.attributes.get("scenario") or _first(record, "scenario", "key", "name")
    return str(name or record.folder.name)


def _first(record: Record, *keys: str) -> Any:
    """Find the first configuration entry whose last word is one of ``keys``."""
    flat = _flat(record.config)
    for key in keys:
        for name, value in flat.items():
            if name.split(".")[-1] == key and value not in (None, ""):
                return value
    return None


def _facts(record: Record) -> dict[str, Any]:
    wanted = {
        "dimensions": ("dims",),
        "points": ("points",),
        "time step": ("dt",),
        "precision": ("dtype",),
        "network": ("network",),
        "training": ("training",),
        "updates": ("updates",),
        "seed": ("seed",),
    }
    known = Record(record.folder, _settings(record) | record.config, record.tables)
    found = {label: _first(known, *keys) for label, keys in wanted.items()}
    return {label: value for label, value in found.items() if value is not None}


def _settings(record: Record) -> dict[str, Any]:
    problem = record.problem
    return {} if problem is None else problem.settings()


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Write nested configuration as dotted names."""
    if not isinstance(value, dict):
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        return {prefix: text}
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        flat |= _flat(inner, f"{prefix}.{key}" if prefix else str(key))
    return flat


def _levels(record: Record) -> list[dict[str, Any]]:
    """Arrange agreement as groups of levels, rows of quantities and cells of backends."""
    table = record.tables["agreement"]
    groups = []
    for level, rows in table.groupby("level", sort=True):
        lines = []
        for quantity, line in rows.groupby("quantity", sort=False):
            cells = {str(row["backend"]): _cell(row) for _, row in line.iterrows()}
            lines.append({"quantity": quantity, "cells": cells})
        groups.append({"level": level, "name": str(rows["level_name"].iloc[0]), "lines": lines})
    return groups


def _cell(row: Any) -> Cell:
    mark = "ok" if bool(row["agrees"]) else "bad"
    return Cell(mark, numbers.scientific(row["difference"]), numbers.scientific(row["bound"]))


def _fields(record: Record) -> list[dict[str, Any]]:
    """Draw the fields of every backend that has some."""
    drawn = []
    for name in record.ran:
        fields = record.fields(name)
        if fields is None:
            continue
        attributes = record.attributes
        figure = pictures.comparison(
            fields,
            _sequence(attributes.get("extent", 1.0), fields.dims),
            float(attributes.get("dt", 1.0)),
            _limit(attributes.get("vlim")),
        )
        text = (
            f"Reference, emulator and absolute error of one test trajectory computed by {name}, "
            f"{fields.dims}D, {len(fields.emulator)} steps."
        )
        drawn.append({"backend": name, "svg": Markup(svg(figure, f"field-{name}", text))})
    return drawn


def _sequence(value: Any, dims: int) -> Sequence[float]:
    return [float(v) for v in value] if isinstance(value, list) else [float(value)] * dims


def _limit(value: Any) -> float | None:
    """Read color limits, stored as one number or as a symmetric pair."""
    if isinstance(value, list):
        return max(abs(float(v)) for v in value) if value else None
    return float(value) if value else None


def _figures(record: Record) -> dict[str, Markup]:
    """Draw everything that has data; a figure without is left out."""
    who = ", ".join(record.ran)
    plans = {
        "agreement": (plots.agreement_dots, f"Measured difference and bound of {who}."),
        "growth": (plots.growth_curves, f"Growth of the rollout difference of {who}."),
        "errors": (plots.error_curves, f"Error of the emulator over time on {who}."),
        "losses": (plots.loss_curves, f"Training loss over the updates on {who}."),
        "speed": (plots.speed_bars, f"Time per solver step and per update on {who}."),
    }
    drawn = {name: (draw(record), text) for name, (draw, text) in plans.items()}
    return {n: Markup(svg(f, n, text)) for n, (f, text) in drawn.items() if f is not None}
