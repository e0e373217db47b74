"""The bench as one HTML page: what holds, a strip of ratios for each suite, every row."""

from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader
from markupsafe import Markup
from matplotlib.figure import Figure

from bench import peak
from xpde.report.theme import INK, colors, figure, svg, themed

__all__ = ["render", "write_page"]


def write_page(table: pd.DataFrame, facts: dict[str, str], path: Path) -> None:
    """Write the page of a table of the bench."""
    path.write_text(render(table, facts), encoding="utf-8")


def render(table: pd.DataFrame, facts: dict[str, str]) -> str:
    """Return the page as one HTML document, which asks nothing of anyone."""
    loaders = [FileSystemLoader(Path(__file__).parent), PackageLoader("xpde", "report")]
    loaded = Environment(
        loader=ChoiceLoader(loaders), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    loaded.globals["peaks"] = peak.told
    judged = table[table["target"].notna()]
    return loaded.get_template("page.html").render(
        facts=facts,
        met=int((judged["verdict"] == "met").sum()),
        judged=len(judged),
        missed=judged[judged["verdict"] == "missed"].to_dict("records"),
        suites=[
            {
                "name": name,
                "rows": part.to_dict("records"),
                "strip": Markup(svg(strip(part), f"suite{i}", f"ratios of the suite {name}")),
            }
            for i, (name, part) in enumerate(table.groupby("suite", sort=False))
        ],
    )


def strip(part: pd.DataFrame) -> Figure:
    """Draw the ratios of a suite on one logarithmic axis, targets as ticks, quartiles as lines."""
    labels = list(dict.fromkeys(zip(part["case"], part["against"], strict=True)))
    names = list(dict.fromkeys(part["backend"]))
    tints = colors(names)
    with themed():
        drawn = figure(7.6, 0.7 + 0.26 * len(labels))
        axes = drawn.add_subplot()
        for name in names:
            rows = part[part["backend"] == name]
            at = [labels.index(key) for key in zip(rows["case"], rows["against"], strict=True)]
            y = np.asarray(at) + 0.16 * (names.index(name) - (len(names) - 1) / 2)
            axes.hlines(y, rows["low"], rows["high"], color=tints[name], linewidth=1.2)
            axes.plot(rows["ratio"], y, "o", color=tints[name], markersize=4.5, label=name)
            axes.plot(rows["target"], y, "|", color=INK, markersize=9)
        axes.axvline(1.0, color=INK, linewidth=0.8)
        axes.set_xscale("log")
        axes.set_yticks(range(len(labels)), [f"{case} / {against}" for case, against in labels])
        axes.tick_params(axis="y", labelsize=7)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.set_xlabel("ratio (below 1 is faster than what it is held against; | is the target)")
        drawn.legend(loc="outside upper right", ncols=len(names), frameon=False)
    return drawn
