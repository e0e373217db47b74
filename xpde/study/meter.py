"""How far a study is: counts of runs, updates per second, the time that is left."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xpde.study.place import Ending, Place
from xpde.study.runs import Run

__all__ = ["Line", "Meter", "Snapshot"]


@dataclass(frozen=True)
class Line:
    """A run that is under way: what it is, what it does, how far that is."""

    name: str
    label: str
    doing: str
    done: int
    total: int
    note: str


@dataclass(frozen=True)
class Snapshot:
    """A study at one moment.

    Attributes
    ----------
    total, counts
        Number of runs, and of those that ended, by status.
    lines
        The runs that are under way.
    rate
        Updates per second of all workers together; 0 before the first.
    left
        Estimated seconds until the end; None before the first update.
    news
        Runs that have ended since the last snapshot, with their labels.
    """

    total: int
    counts: Mapping[str, int]
    lines: tuple[Line, ...]
    rate: float
    left: float | None
    news: tuple[tuple[Ending, str], ...] = ()


class Meter:
    """Reads progress files; nobody writes to it.

    Parameters
    ----------
    folder
        The study.
    asked, todo
        All runs, and those of them that are to be done in this session.
    """

    def __init__(self, folder: Path, asked: Sequence[Run], todo: Sequence[Run]) -> None:
        self._folder = folder
        self._labels = {run.name: run.label for run in asked}
        self._updates = _updates(todo)
        self._first: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self._began: float | None = None
        names = self._updates.keys()
        self._ended = {
            run.name: Place.of(folder, run.name).ending() for run in asked if run.name not in names
        }

    def snapshot(self, under_way: Sequence[str], told: Mapping[str, Ending]) -> Snapshot:
        """Return the state, given the runs in the hands of workers and the endings they told."""
        fresh = {n: e for n, e in told.items() if n not in self._ended}
        lines = []
        for name in under_way:
            place = Place.of(self._folder, name)
            if name not in self._ended and name not in fresh and place.done.exists():
                fresh[name] = place.ending()
            line = self._line(name, place)
            if line is not None and name not in fresh:
                lines.append(line)
        for name, ending in fresh.items():
            self._ended[name] = ending
            if ending.final and name in self._first:
                self._last[name] = self._updates[name]
        rate, left = self._speed()
        return Snapshot(
            len(self._labels),
            Counter(ending.status for ending in self._ended.values()),
            tuple(lines),
            rate,
            left,
            tuple((ending, self._labels[name]) for name, ending in fresh.items()),
        )

    def _line(self, name: str, place: Place) -> Line | None:
        where = place.where()
        if not where:
            return None
        doing, done, total = str(where.get("label")), where.get("done", 0), where.get("total", 0)
        if doing == "training" and total:
            self._began = self._began or time.monotonic()
            self._first.setdefault(name, done)
            self._last[name] = done
        return Line(name, self._labels[name], doing, done, total, str(where.get("note", "")))

    def _speed(self) -> tuple[float, float | None]:
        made = sum(self._last[name] - first for name, first in self._first.items())
        spent = time.monotonic() - self._began if self._began is not None else 0.0
        if made <= 0 or spent <= 0:
            return 0.0, None
        rest = sum(
            count - self._last.get(name, 0)
            for name, count in self._updates.items()
            if name not in self._ended
        )
        return made / spent, rest * spent / made


def _updates(runs: Sequence[Run]) -> dict[str, int]:
    """Return the number of updates of every run; the optimizer's string is read once."""
    known: dict[str, int] = {}
    found = {}
    for run in runs:
        text = run.optimizer_text
        if text not in known:
            known[text] = run.make_optimizer()[1]
        found[run.name] = known[text]
    return found
