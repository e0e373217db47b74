"""Where every scenario is known to stay finite: measured once, stored beside the code."""

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from xpde.study.catalogue import SCENARIOS, scenario
from xpde.study.scenario import Scenario

__all__ = ["envelope", "measured"]

_VARIED = {"points", "dt"}
_DECIDING = ("extent", "substeps", "order", "solver", "dealias", "conventions", "initial", "warmup")


@cache
def measured() -> dict[str, Any]:
    """Return the stored measurement: rows by ``"key/dims"``.

    A row is ``{"points", "factor", "dt", "finite"}``, and ``"step"`` where it is not finite. Every
    step was ``factor`` times as long as the scenario's: ``dt`` in its own unit of time. In the
    normalized and difficulty coordinates, whose Δt is 1, this is the same as multiplying all
    coefficients by ``factor``. ``step`` is the first that left NaN or infinity, the warm-up
    counted.

    Written by ``python -m bench.envelope``: float32, default parameters, two test samples, warm-up
    and test horizon.
    """
    text = files("xpde.study").joinpath("envelope.json").read_text(encoding="utf-8")
    return json.loads(text)["scenarios"]


def envelope(scenario: Scenario) -> list[str]:
    """Say for which N and Δt (or multiples of all coefficients) the defaults stayed finite.

    Float32, from the first step of the warm-up to the last of the test horizon. Nothing is said
    of a scenario with other parameters or settings than those that were measured, only which.
    """
    rows = measured().get(f"{scenario.key}/{scenario.dims}", [])
    if not rows:
        return []
    changed = _changed(scenario)
    if changed:
        return [f"measured for the default {', '.join(changed)} only"]
    times = scenario.coordinates != "physical"
    lines = []
    for points in sorted({row["points"] for row in rows}):
        here = [row for row in rows if row["points"] == points]
        good = _list(_length(row, times) for row in here if row["finite"])
        bad = _list(
            f"{_length(row, times)} (step {row['step']})" for row in here if not row["finite"]
        )
        what = "all coefficients times" if times else "Δt ="
        first = f"{what} {good}" if good else f"not {what} {bad}"
        lines.append(f"N = {points}: {first}" + (f"; not {bad}" if good and bad else ""))
    return lines


def _changed(found: Scenario) -> list[str]:
    """Name the settings that decide the numbers and are not the default ones."""
    if found.key not in SCENARIOS:
        return ["scenario"]
    default = scenario(found.key, dims=found.dims).settings()
    names = [*found.parameters, *_DECIDING]
    own = found.settings()
    return [name for name in names if own[name] != default[name]]


def _length(row: dict[str, Any], times: bool) -> str:
    return f"{row['factor'] if times else row['dt']:g}"


def _list(texts: Iterable[str]) -> str:
    return ", ".join(texts)
