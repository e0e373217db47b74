"""Where every scenario is known to stay finite: measured once, stored beside the code."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from xpde.study.scenario import Scenario

__all__ = ["envelope", "measured"]


@cache
def measured() -> dict[str, Any]:
    """Return the stored measurement: ``{"key/dims": [{"points", "dt", "finite"}, ...]}``.

    Written by ``python -m bench.envelope``: float32, warm-up and 200 steps, default parameters.
    """
    text = files("xpde.study").joinpath("envelope.json").read_text(encoding="utf-8")
    return json.loads(text)["scenarios"]


def envelope(scenario: Scenario) -> list[str]:
    """Say for which N and Δt the default parameters were seen to stay finite in float32."""
    rows = measured().get(f"{scenario.key}/{scenario.dims}", [])
    lines = []
    for points in sorted({row["points"] for row in rows}):
        good = [row["dt"] for row in rows if row["points"] == points and row["finite"]]
        bad = [row["dt"] for row in rows if row["points"] == points and not row["finite"]]
        text = f"N = {points}: Δt = {_list(good)}" if good else f"N = {points}: no Δt tried"
        lines.append(text + (f"; not Δt = {_list(bad)}" if bad else ""))
    return lines


def _list(values: list[float]) -> str:
    return ", ".join(f"{value:g}" for value in sorted(values))
