"""A study while it runs: a bar for all of it and a line for every run under way."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from xpde.study.meter import Line, Snapshot

__all__ = ["board", "headline"]

_QUIET_SECONDS = 10.0
_ENDED = ("done", "diverged", "failed", "elsewhere")
_MOST_LINES = 16


@contextmanager
def board(console: Console) -> Iterator[Callable[[Snapshot], None]]:
    """Give a function that shows snapshots on ``console``; plain lines if it is no terminal."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    with Live(console=console, refresh_per_second=4, transient=True) as live:

        def show(snapshot: Snapshot) -> None:
            for ending, label in snapshot.news:
                if ending.status != "done":
                    text = Text(f"{ending.status}: {label}: {ending.reason}", style="red")
                    live.console.print(text, soft_wrap=True)
            live.update(_drawn(snapshot))

        yield show


def headline(snapshot: Snapshot) -> str:
    """Return the state in a line: ``12/40 runs done, 1 failed, 830 updates/s, 0:12:03 left``."""
    counts = snapshot.counts
    parts = [f"{counts.get('done', 0)}/{snapshot.total} runs done"]
    parts += [f"{counts[s]} {s}" for s in _ENDED[1:] if counts.get(s)]
    if snapshot.rate:
        parts.append(f"{snapshot.rate:.3g} updates/s")
    if snapshot.left is not None:
        parts.append(f"{timedelta(seconds=round(snapshot.left))} left")
    return ", ".join(parts)


def _drawn(snapshot: Snapshot) -> Group:
    ended = sum(snapshot.counts.get(status, 0) for status in _ENDED)
    top = Table.grid(padding=(0, 1))
    top.add_row(
        ProgressBar(total=max(snapshot.total, 1), completed=ended, width=28), headline(snapshot)
    )
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for line in snapshot.lines[:_MOST_LINES]:
        table.add_row(line.label, *_cells(line))
    hidden = len(snapshot.lines) - _MOST_LINES
    more = [Text(f"and {hidden} more", style="dim")] if hidden > 0 else []
    return Group(top, table, *more)


def _cells(line: Line) -> tuple[ProgressBar | Text, str, str]:
    bar: ProgressBar | Text = Text("")
    if line.total:
        bar = ProgressBar(total=line.total, completed=line.done, width=16)
    count = f"{line.done}/{line.total}" if line.total else line.doing
    return bar, count, line.note


class _Lines:
    """A line when a run ends, and the headline at most every ten seconds."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.last = time.monotonic()

    def __call__(self, snapshot: Snapshot) -> None:
        for ending, label in snapshot.news:
            why = f": {ending.reason}" if ending.reason else ""
            self._print(f"{ending.status}: {label}{why}")
        now = time.monotonic()
        if now - self.last >= _QUIET_SECONDS:
            self.last = now
            self._print(headline(snapshot))

    def _print(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)
