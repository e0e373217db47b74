"""The page of a study: one HTML file with its tables and figures, and no request to anyone."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from xpde.errors import XpdeError
from xpde.report.study.contrasts import contrast_rows, contrasts
from xpde.report.study.exhibit import Exhibit, csv_address
from xpde.report.study.gallery import Gallery, galleries
from xpde.report.study.group import Group
from xpde.report.study.listing import overview, run_rows, series_rows
from xpde.report.study.record import StudyRecord
from xpde.report.study.scores import HORIZON, METRIC
from xpde.report.template import template
from xpde.report.theme import png, svg
from xpde.study.catalogue import scenario
from xpde.study.store import atomic

__all__ = ["render_study", "write_study_page"]

_DPI = 110
_ROWS = 12  # longer lists of runs are folded


def write_study_page(
    record: StudyRecord, path: Path | None = None, drawn: Sequence[Gallery] | None = None
) -> Path:
    """Write the page of a study, by default as ``report.html`` into its folder."""
    target = record.folder / "report.html" if path is None else path
    text = render_study(record, drawn)
    with atomic(target) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return target


def render_study(record: StudyRecord, drawn: Sequence[Gallery] | None = None) -> str:
    """Return the page of a study as one HTML document, from its galleries or after drawing them."""
    found = galleries(record) if drawn is None else drawn
    sections = [_section(one) for one in found]
    notes = [*record.notes, *(note for one in found for note in one.notes)]
    return template("study/study.html").render(
        title=record.name,
        facts=_facts(record),
        counts=record.counts,
        total=len(record.runs),
        notes=notes,
        sections=sections,
        overview=overview(record.groups),
        metric=METRIC,
        horizon=HORIZON,
    )


def _section(found: Gallery) -> dict[str, Any]:
    """Return everything the page says of one group."""
    group = found.group
    runs, tested = run_rows(group), contrasts(group)
    return {
        "name": group.name,
        "title": group.title,
        "formula": _formula(group),
        "settings": ", ".join(f"{key} {value}" for key, value in group.kwargs.items()),
        "series": series_rows(group),
        "runs": runs,
        "folded": len(runs) > _ROWS,
        "significance": contrast_rows(group, tested),
        "significance_csv": csv_address(tested.to_csv(index=False, lineterminator="\n")),
        "exhibits": [_exhibit(group, one) for one in found.exhibits],
    }


def _exhibit(group: Group, one: Exhibit) -> dict[str, Any]:
    name = f"{group.name}-{one.name}"
    picture = base64.b64encode(png(one.figure, _DPI)).decode()
    one.figure.set_layout_engine("none")  # the layout that was found serves the SVG too
    return {
        "name": name,
        "title": one.title,
        "caption": one.caption,
        "svg": Markup(svg(one.figure, name, f"{group.title}: {one.text}")),
        "png": f"data:image/png;base64,{picture}",
        "csv": csv_address(one.csv()),
    }


def _formula(group: Group) -> str | None:
    """Return the equation; None if this version knows the scenario no more."""
    try:
        return scenario(group.scenario, **group.kwargs).equation.formula
    except (XpdeError, TypeError):
        return None


def _facts(record: StudyRecord) -> dict[str, str]:
    runs = record.runs.dropna(subset=["scenario"])
    counted = {"problems": len(record.groups), "networks": runs["net"].nunique()}
    seeds = runs["seed"].nunique()
    named = {"trainings": "train", "backends": "backend", "precision": "dtype"}
    words = {label: ", ".join(dict.fromkeys(map(str, runs[key]))) for label, key in named.items()}
    return {**{label: str(n) for label, n in counted.items()}, "seeds": str(seeds), **words}
