"""Progress on stderr: bars on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["Reporter", "reporting"]

_QUIET_SECONDS = 10.0


class Reporter(Protocol):
    """What a long computation calls: what it does, how far it is, out of how much."""

    def __call__(self, label: str, done: int = 0, total: int = 0, note: str = "") -> None:
        """Report that ``done`` of ``total`` steps of ``label`` are finished."""


@contextmanager
def reporting(console: Console) -> Iterator[Reporter]:
    """Give a reporter that draws on ``console``, one bar per label."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("[dim]{task.fields[note]}"),
    )
    with Progress(*columns, console=console) as bars:
        yield _Bars(bars)


class _Bars:
    """One bar per label."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.tasks: dict[str, int] = {}

    def __call__(self, label: str, done: int = 0, total: int = 0, note: str = "") -> None:
        if label not in self.tasks:
            self.tasks[label] = self.bars.add_task(label, total=total or None, note=note)
        self.bars.update(self.tasks[label], completed=done, total=total or None, note=note)  # type: ignore[arg-type]


class _Lines:
    """A line when a label begins and ends, and at most every ten seconds in between."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.label = ""
        self.last = 0.0

    def __call__(self, label: str, done: int = 0, total: int = 0, note: str = "") -> None:
        now = time.monotonic()
        if label == self.label and done < total and now - self.last < _QUIET_SECONDS:
            return
        self.label, self.last = label, now
        count = f" {done}/{total}" if total else ""
        self.console.print(f"{label}{count} {note}".rstrip(), highlight=False, markup=False)
