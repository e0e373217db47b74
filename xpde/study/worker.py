"""A worker: ``python -m xpde.study.worker STUDY NAME NAME ...`` does runs of a study in turn.

A run that fails leaves ``failed.json`` with its reason, and the next one goes on. The runs of one
configuration share reference data and compiled programs, and may train together; where that fails,
each is tried alone. Every run is locked; one that another process has is tried again at the end,
and left to it otherwise.

Asked to end (SIGTERM, SIGINT, SIGUSR2, which queues send before a job's time is over, or the death
of the parent), the worker writes a checkpoint after the dispatch in hand and ends. What happens is
told on stdout as one JSON object a line: ``begin`` and ``end`` of every run.
"""

import argparse
import json
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from xpde.errors import InvalidInput, XpdeError
from xpde.study.equipment import Equipment
from xpde.study.execute import Stopped, execute
from xpde.study.lock import exclusive
from xpde.study.place import Ending, Place
from xpde.study.run import configure_process
from xpde.study.runs import Run
from xpde.study.together import WORDS, joins, train_together
from xpde.train.together import Outcome

__all__ = ["main", "read_run", "work_on"]

_BETWEEN_REPORTS = 0.5
_PATIENCE = 10.0
"""Seconds to wait for a lock: a process that was asked to end needs about as long."""


class _End:
    """Whether the worker should end: a signal came, or the parent is gone."""

    def __init__(self, parent: int) -> None:
        self.parent = parent
        self.asked = False

    def __call__(self) -> bool:
        return self.asked or os.getppid() != self.parent

    def on_signal(self, *_: Any) -> None:
        """Remember it; the terminal and the conductor may both send one."""
        self.asked = True


class _Reports:
    """Progress of a run into its folder, at most twice a second."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.last, self.label = 0.0, ""

    def __call__(self, label: str, done: int = 0, total: int = 0, note: str = "") -> None:
        now = time.monotonic()
        if label == self.label and now - self.last < _BETWEEN_REPORTS:
            return
        self.last, self.label = now, label
        self.place.report({"label": label, "done": done, "total": total, "note": note})


def read_run(place: Place) -> Run:
    """Read the configuration of a run and hold it against the folder's name.

    Raises
    ------
    InvalidInput
        If the file is damaged, or describes another run (or that of another version of xpde).
    """
    try:
        run = Run.read(place.config)
    except (TypeError, AttributeError, KeyError, XpdeError) as error:
        if str(place.config) in str(error):
            raise
        raise InvalidInput(f"expected a configuration in {place.config}, got: {error}") from error
    if run.name != place.folder.name:
        raise InvalidInput(
            f"expected the configuration of run {place.folder.name} in {place.config}, got that of "
            f"{run.name}; it was changed, or written by another version of xpde"
        )
    return run


def work_on(
    folder: Path, names: list[str], end: Callable[[], bool], together: str = "auto"
) -> Iterator[Ending]:
    """Do the runs in turn and yield how each ended; those that are locked come last.

    The trainings of one configuration may be done ``together``, see :mod:`xpde.study.together`.
    """
    shelf = _Shelf()
    busy, until = [], float("inf")
    while names:
        for group in _groups(folder, names, together):
            if end():
                yield from (Ending(name, "stopped") for name in group)
                continue
            with ExitStack() as locks:
                places = [Place.of(folder, name) for name in group]
                mine = [p for p in places if locks.enter_context(exclusive(p.lock))]
                busy += [place.folder.name for place in places if place not in mine]
                yield from _attempts(folder, mine, end, shelf)
        until = min(until, time.monotonic() + _PATIENCE)
        if busy and time.monotonic() >= until:
            yield from (Ending(name, "elsewhere", "running elsewhere") for name in busy)
            return
        names, busy = busy, []
        if names:
            time.sleep(0.2)


class _Shelf:
    """The equipment in hand; its memory is free before that of another configuration is made."""

    def __init__(self) -> None:
        self.equipment: Equipment | None = None

    def take(self, run: Run) -> Equipment:
        """Return the equipment of a run."""
        if self.equipment is None or not self.equipment.fits(run):
            self.equipment = None
            configure_process(run.backend, run.dtype)
            self.equipment = Equipment(run)
        return self.equipment


def _groups(folder: Path, names: list[str], together: str) -> list[list[str]]:
    """Return the names that are trained together; one that cannot be read is alone."""
    found: list[list[str]] = []
    known: dict[str, list[str] | None] = {}
    for name in names:
        group: list[str] | None = None
        with suppress(XpdeError):
            run = read_run(Place.of(folder, name))
            if run.configuration not in known:
                known[run.configuration] = [] if joins(run, together) else None
            group = known[run.configuration]
        if group is None:
            found.append([name])
        else:
            group.append(name)
            found += [group] if len(group) == 1 else []
    return found


def _attempts(
    folder: Path, places: list[Place], end: Callable[[], bool], shelf: _Shelf
) -> Iterator[Ending]:
    """Train runs together if there are several, then do the rest of each in turn."""
    outcomes: dict[str, Outcome] = {}
    left = [place for place in places if not place.ending().final]
    if len(left) > 1:
        _say("begin", run=left[0].folder.name, runs=[place.folder.name for place in left])
        try:
            outcomes = _train(folder, left, end, shelf)
        except Stopped:
            yield from (Ending(place.folder.name, "stopped") for place in left)
            places = [place for place in places if place not in left]
        except Exception:  # noqa: BLE001 - the boundary of a batch: each run is tried alone
            traceback.print_exc()
    for place in places:
        _say("begin", run=place.folder.name)
        yield _attempt(place, end, shelf, outcomes.pop(place.folder.name, None))


def _train(
    folder: Path, places: list[Place], end: Callable[[], bool], shelf: _Shelf
) -> dict[str, Outcome]:
    runs = {place.folder.name: read_run(place) for place in places}
    reports = {place.folder.name: _Reports(place) for place in places}
    tools = shelf.take(next(iter(runs.values())))
    try:
        return train_together(folder, runs, reports, end, tools)
    finally:
        for place in places:
            with suppress(OSError):
                place.progress.unlink(missing_ok=True)


def _attempt(
    place: Place, end: Callable[[], bool], shelf: _Shelf, outcome: Outcome | None
) -> Ending:
    """Do one run; whatever it raises is its reason, and no other run's."""
    try:
        run = read_run(place)
        return execute(run, place, _Reports(place), end, shelf.take(run), outcome)
    except Stopped:
        return Ending(place.folder.name, "stopped")
    except XpdeError as error:
        return place.fail(str(error))
    except Exception as error:  # noqa: BLE001 - the boundary of a run: its row gets the reason
        shelf.equipment = None
        reason = f"{type(error).__name__}: {error}"
        return place.fail(reason, traceback.format_exc())
    finally:
        with suppress(OSError):
            place.progress.unlink(missing_ok=True)


def _say(kind: str, **values: Any) -> None:
    with suppress(OSError):  # nobody may be listening any more
        print(json.dumps({"kind": kind, **values}), flush=True)


@contextmanager
def _signals(end: _End) -> Iterator[None]:
    kinds = [getattr(signal, name, None) for name in ("SIGTERM", "SIGINT", "SIGUSR2")]
    before = {kind: signal.signal(kind, end.on_signal) for kind in kinds if kind is not None}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def main(argv: list[str]) -> int:
    """Do the runs; 0 whatever became of them, since every run says so itself."""
    parser = argparse.ArgumentParser(prog="python -m xpde.study.worker", description=__doc__)
    parser.add_argument("study", type=Path, help="folder of the study")
    parser.add_argument("names", nargs="+", help="names of its runs")
    parser.add_argument("--parent", type=int, default=os.getppid(), help=argparse.SUPPRESS)
    parser.add_argument("--together", choices=WORDS, default="auto", help="train seeds together")
    given = parser.parse_args(argv)
    warnings.simplefilter("ignore", RuntimeWarning)  # overflow of an emulator is a result
    end = _End(given.parent)
    with _signals(end):
        for ending in work_on(given.study, given.names, end, given.together):
            _say("end", run=ending.name, status=ending.status, reason=ending.reason)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
