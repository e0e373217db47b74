"""The terminal tables of a comparison, readable on 100 columns."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from xpde.report.numbers import absent, duration, plain, scientific
from xpde.report.record import LEVELS, Record
from xpde.report.verdict import reference_name, verdict, worst

__all__ = ["agreement_table", "print_comparison", "speed_table"]

_STATUS = {"ok": "green", "failed": "red", "invalid": "yellow", "missing": "dim"}


def print_comparison(record: Record, console: Console) -> None:
    """Print agreement, speed and verdict."""
    console.print(agreement_table(record))
    if record.ran:
        console.print(speed_table(record))
    console.print(_verdict(record))


def agreement_table(record: Record) -> Table:
    """Return a row per backend: status and the worst difference at each of the five levels."""
    reference = reference_name(record)
    title = f"Agreement with {reference}" if reference else "Agreement"
    table = _table(title)
    table.caption, table.caption_justify = _legend(), "left"
    table.add_column("backend", style="bold")
    table.add_column("status")
    for name in LEVELS:
        table.add_column(name, justify="right", no_wrap=True)
    for _, row in record.tables["backends"].iterrows():
        name, status = str(row["backend"]), str(row["status"])
        cells = [_level(record, name, level) for level in range(len(LEVELS))]
        if name == reference and status == "ok":
            cells = [Text("reference", style="dim"), *[Text("")] * (len(LEVELS) - 1)]
        table.add_row(name, Text(status, style=_STATUS.get(status, "")), *cells)
    return table


def speed_table(record: Record) -> Table:
    """Return a row per backend that ran: where, and how long each part took."""
    table = _table("Speed")
    table.add_column("backend", style="bold")
    for name in ("version", "device"):
        table.add_column(name, max_width=16, overflow="ellipsis", no_wrap=True)
    columns: dict[str, tuple[str, Callable[[Any], str]]] = {
        "compile": ("compile_s", duration),
        "step": ("step_us", lambda us: duration(None if absent(us) else us * 1e-6)),
        "rollout": ("rollout_s", duration),
        "updates/s": ("updates_per_s", plain),
        "train": ("train_s", duration),
        "total": ("total_s", duration),
    }
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for _, row in record.tables["backends"].iterrows():
        if str(row["backend"]) in record.ran:
            version = str(row["version"]).split(" ")[0]
            times = [write(row[key]) for key, write in columns.values()]
            table.add_row(str(row["backend"]), version, _device(row), *times)
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)


def _device(row: pd.Series) -> str:
    return f"{row['device']} {row['dtype']}"


def _level(record: Record, name: str, level: int) -> Text:
    rows = record.of("agreement", name)
    row = worst(rows[(rows["level"] == level) & (rows["reference"] != name)])
    if row is None:
        return Text("–", style="dim")
    agrees = bool(row["agrees"])
    mark = "✓" if agrees else "✗"
    return Text(f"{mark} {scientific(row['difference'])}", style="green" if agrees else "bold red")


def _legend() -> str:
    return "Each cell: the difference closest to its bound, relative; ✓ within, ✗ beyond."


def _verdict(record: Record) -> RenderableType:
    found = verdict(record)
    head = Text(found.headline, style="bold green" if found.good else "bold yellow")
    return Group(head, *[Text(f"  {sentence}") for sentence in found.sentences])
