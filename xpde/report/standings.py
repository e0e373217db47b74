"""The tables of a study in the terminal: what became of its runs, who is best, and how sure."""

from collections.abc import Sequence

import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from xpde.report.numbers import absent, plain
from xpde.study.summary import PROBLEM, candidate_columns, kwargs_of, quantiles

__all__ = ["gmean_table", "significance_table", "status_table"]

COLORS = {
    "done": "green", "diverged": "yellow", "failed": "red", "missing": "dim",
    "best": "bold green", "better": "green", "worse": "red",
}  # fmt: skip


def status_table(runs: pd.DataFrame) -> Table:
    """Return how many runs are done, diverged, failed, missing, and a line per reason."""
    table = _table("Runs")
    for name in ("status", "runs", "reason"):
        table.add_column(name, justify="right" if name == "runs" else "left")
    found = runs.groupby(["status", "reason"], sort=False, dropna=False).size()
    order = {name: place for place, name in enumerate(COLORS)}
    for (status, reason), count in sorted(found.items(), key=lambda item: order[item[0][0]]):
        table.add_row(Text(status, COLORS[status]), str(count), str(reason))
    return table


def gmean_table(means: pd.DataFrame, metric: str) -> Table:
    """Return median and quartiles over seeds of ``gmean_METRIC``, the best of a problem first.

    ``means`` is what :func:`xpde.study.aggregate_gmean` returns. A run without a value counts as
    infinite, and is one of the ``lost``.
    """
    of, value = candidate_columns(means), f"gmean_{metric}"
    bands = quantiles(means, [*PROBLEM, *of], value)
    finite = means[value].notna() & (means[value] < float("inf"))
    there = quantiles(means[finite], [*PROBLEM, *of], value, 0.5)
    merged = bands.merge(there.drop(columns="q50"), "left", [*PROBLEM, *of], suffixes=("", "_in"))
    table = _table(f"{metric}, geometric mean over steps 1 to {means['steps'].max()}")
    table.caption = "Median and quartiles over seeds; a lost run has no finite value."
    table.caption_justify = "left"
    _columns(table, of, ("seeds", "lost", "median", "25 %", "75 %"))
    for _, rows in merged.groupby(list(PROBLEM), sort=False, observed=True):
        for place, (_, row) in enumerate(rows.sort_values("q50", kind="stable").iterrows()):
            lost = int(row["count"]) - (0 if absent(row["count_in"]) else int(row["count_in"]))
            numbers = [plain(row[name]) for name in ("q50", "q25", "q75")]
            gone = Text(str(lost), "red" if lost else "dim")
            table.add_row(*_names(row, of, place), str(row["count"]), gone, *numbers)
        table.add_section()
    return table


def significance_table(found: pd.DataFrame, of: Sequence[str], alpha: float = 0.05) -> Table:
    """Return the result of :func:`xpde.study.significance`, a section per problem."""
    table = _table("Against the best")
    table.caption_justify = "left"
    table.caption = (
        f"Ratio of geometric means over seeds, with its {100 * (1 - alpha):g} % interval; n pairs, "
        "or W: seeds of the smaller sample, Welch's test; p corrected by Holm."
    )
    _columns(table, of, ("n", "ratio", "interval", "p", "verdict"))
    for _, rows in found.groupby(list(PROBLEM), sort=False, observed=True):
        for place, (_, row) in enumerate(rows.iterrows()):
            low, high = plain(row["ratio_low"]), plain(row["ratio_high"])
            interval = "" if absent(row["ratio_low"]) else f"{low} to {high}"
            n = f"{row['n']} W" if row["test"] == "Welch" else str(row["n"])
            p = "" if absent(row["p_holm"]) else plain(row["p_holm"], 2)
            verdict = Text(row["verdict"], COLORS.get(row["verdict"], ""))
            table.add_row(*_names(row, of, place), n, plain(row["ratio"]), interval, p, verdict)
        table.add_section()
    return table


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )


def _columns(table: Table, of: Sequence[str], numbers: Sequence[str]) -> None:
    table.add_column("problem", style="bold", max_width=24, overflow="fold")
    for name in of:
        table.add_column(name, no_wrap=name == "net", overflow="fold")
    for name in numbers:
        justify = "left" if name == "verdict" else "right"
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]


def _names(row: pd.Series, of: Sequence[str], place: int) -> list[str]:
    """Name the problem in its first row only; the candidate in every one."""
    settings = [f"{key}={value}" for key, value in kwargs_of(row["scenario_kwargs"]).items()]
    task = [] if row["task"] == "predict" else [row["task"]]
    problem = " ".join([row["scenario"], *settings, *task])
    return [problem if place == 0 else "", *(str(row[name]) for name in of)]
