"""The page: one HTML file with verdict, tables and pictures, and no request to anyone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from xpde.report import numbers
from xpde.report.drawings import curve_drawings, field_drawings
from xpde.report.record import LEVELS, Record
from xpde.report.template import template
from xpde.report.theme import colors, svg
from xpde.report.verdict import reference_name, verdict
from xpde.study.store import atomic

__all__ = ["Cell", "render", "write_page"]

_MEANING = (
    "single verbs of the adapter, such as transforms and convolutions, on the same random input",
    "one step of the reference solver, from the same state",
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
    return template("page.html").render(
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
    """Return the fields of every backend that has some, ready for the page."""
    return [
        {"backend": name, "svg": Markup(svg(drawing.figure, f"field-{name}", drawing.text))}
        for name, drawing in field_drawings(record).items()
    ]


def _figures(record: Record) -> dict[str, Markup]:
    """Return everything else that has data; a figure without is left out."""
    drawn = curve_drawings(record)
    return {name: Markup(svg(one.figure, name, one.text)) for name, one in drawn.items()}
