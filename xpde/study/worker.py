"""A worker: ``python -m xpde.study.worker STUDY NAME NAME ...`` does runs of a study in turn.

A run that fails leaves ``failed.json`` with its reason, and the next one goes on. The runs of one
configuration share reference data and compiled programs. Every run is locked; one that another
process has is tried again at the end, and left to it otherwise.

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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from xpde.errors import InvalidInput, XpdeError
from xpde.study.equipment import Equipment
from xpde.study.execute import Stopped, execute
from xpde.study.lock import exclusive
from xpde.study.place import Ending, Place
from xpde.study.run import switch_on_64_bits
from xpde.study.runs import Run

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


def work_on(folder: Path, names: list[str], end: Callable[[], bool]) -> Iterator[Ending]:
    """Do the runs in turn and yield how each ended; those that are locked come last."""
    equipment: Equipment | None = None
    busy, until = [], float("inf")
    while names:
        for name in names:
            place = Place.of(folder, name)
            if end():
                yield Ending(name, "stopped")
                continue
            with exclusive(place.lock) as mine:
                if not mine:
                    busy.append(name)
                    continue
                _say("begin", run=name)
                ending, equipment = _attempt(place, end, equipment)
            yield ending
        until = min(until, time.monotonic() + _PATIENCE)
        if busy and time.monotonic() >= until:
            yield from (Ending(name, "elsewhere", "running elsewhere") for name in busy)
            return
        names, busy = busy, []
        if names:
            time.sleep(0.2)


def _attempt(
    place: Place, end: Callable[[], bool], equipment: Equipment | None
) -> tuple[Ending, Equipment | None]:
    """Do one run; whatever it raises is its reason, and no other run's."""
    try:
        run = read_run(place)
        if equipment is None or not equipment.fits(run):
            equipment = None  # its memory is free before the next one is made
            switch_on_64_bits(run.backend, run.dtype)
            equipment = Equipment(run)
        return execute(run, place, _Reports(place), end, equipment), equipment
    except Stopped:
        return Ending(place.folder.name, "stopped"), equipment
    except XpdeError as error:
        return place.fail(str(error)), equipment
    except Exception as error:  # noqa: BLE001 - the boundary of a run: its row gets the reason
        reason = f"{type(error).__name__}: {error}"
        return place.fail(reason, traceback.format_exc()), None
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
    given = parser.parse_args(argv)
    warnings.simplefilter("ignore", RuntimeWarning)  # overflow of an emulator is a result
    end = _End(given.parent)
    with _signals(end):
        for ending in work_on(given.study, given.names, end):
            _say("end", run=ending.name, status=ending.status, reason=ending.reason)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
