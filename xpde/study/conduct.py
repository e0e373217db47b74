"""The conductor of a study: hands its runs to an engine, watches them, collects the tables."""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from xpde.study.batches import begun
from xpde.study.engines.child import Task
from xpde.study.engines.engine import Engine, Handle
from xpde.study.meter import Meter, Snapshot
from xpde.study.place import Ending, Place
from xpde.study.plan import Study
from xpde.study.runs import Run
from xpde.study.tables import collect, write_tables

__all__ = ["Conclusion", "chunks", "conduct", "outstanding"]

_TRIES = 3
"""Times that a task is started again although its last process left no new checkpoint."""
_GRACE = 60.0


@dataclass(frozen=True)
class Conclusion:
    """How a study stands.

    Attributes
    ----------
    endings
        One for each run that was asked for, in the order of the study.
    warnings
        Files that could not be read, one line each.
    interrupted
        Whether it was ended from outside.
    """

    endings: tuple[Ending, ...]
    warnings: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def counts(self) -> Counter[str]:
        """Number of runs by status."""
        return Counter(ending.status for ending in self.endings)

    @property
    def complete(self) -> bool:
        """Whether every run is done."""
        return all(ending.status == "done" for ending in self.endings)


def outstanding(folder: Path, runs: Sequence[Run], only_failed: bool = False) -> list[Run]:
    """Return the runs that are to be done: those without ``done.json``, or those that failed."""
    found = [(run, Place.of(folder, run.name)) for run in runs]
    return [
        run
        for run, place in found
        if not place.done.exists() and (place.failed.exists() or not only_failed)
    ]


def chunks(
    groups: Sequence[Sequence[Run]], workers: int, whole: bool = False
) -> list[tuple[str, ...]]:
    """Divide groups of seeds among workers: names of the runs of each task, in order.

    A group is one task, since its runs share reference data and compiled programs. Where there are
    fewer than two groups for each worker, they are divided into nearly equal parts, so that nobody
    waits long for the last. With ``whole``, of groups that train together, one for each is enough.
    """
    if not groups:
        return []
    parts = -(-(1 if whole else 2) * workers // len(groups))
    found = []
    for group in groups:
        count = min(parts, len(group))
        ends = [len(group) * i // count for i in range(count + 1)]
        found += [group[a:b] for a, b in pairwise(ends)]
    return [tuple(run.name for run in part) for part in found]


def conduct(
    study: Study,
    folder: Path,
    engine: Engine,
    *,
    runs: Sequence[Run] | None = None,
    only_failed: bool = False,
    threads: int | None = None,
    together: str = "auto",
    show: Callable[[Snapshot], None] = lambda snapshot: None,
    poll: float = 0.2,
) -> Conclusion:
    """Do what is left of a study and write its tables.

    Whatever is done or has diverged is left alone; failed runs are tried again. A run that fails
    does not stop the others. Afterwards, also after Ctrl-C, the tables are collected.

    Parameters
    ----------
    study, folder
        What to do, and where; written there first.
    engine
        Where workers run; closed at the end.
    runs
        Only these of the study; all by default.
    only_failed
        Only those that have failed.
    threads
        Threads of each worker's numeric libraries.
    together
        Whether seeds of one configuration train together: ``yes``, ``no``, or ``auto`` where that
        is faster, see :func:`xpde.study.together.joins`.
    show
        Called with a snapshot several times a second.
    poll
        Seconds between two looks.
    """
    folder = folder.absolute()
    asked = list(study.runs if runs is None else runs)
    patient = False
    try:
        study.write(folder)
        todo = outstanding(folder, asked, only_failed)
        session = _Session(folder, engine, asked, todo, threads, together, show)
        interrupted = session.play(study, poll)
        patient = session.patient
    finally:
        engine.close(patient)
    tables = collect(folder)
    write_tables(folder, tables)
    endings = tuple(session.ending(run.name) for run in asked)
    return Conclusion(endings, tuple(tables.warnings), interrupted)


class _Session:
    """What is under way, what waits, and how runs ended in this session."""

    def __init__(
        self,
        folder: Path,
        engine: Engine,
        asked: Sequence[Run],
        todo: Sequence[Run],
        threads: int | None,
        together: str,
        show: Callable[[Snapshot], None],
    ) -> None:
        self.folder, self.engine, self.threads, self.show = folder, engine, threads, show
        self.todo, self.together = todo, together
        self.told: dict[str, Ending] = {}
        self.tries: Counter[str] = Counter()
        self.marks: dict[str, int] = {}
        self.meter = Meter(folder, asked, todo)
        self.under_way: list[tuple[Task, Handle]] = []
        self.patient = True

    def play(self, study: Study, poll: float) -> bool:
        """Do the runs; return whether that was interrupted."""
        queue = deque(self._tasks(study.name))
        try:
            while queue or self.under_way:
                while queue and len(self.under_way) < self.engine.workers:
                    task = self._task(queue.popleft())
                    self.under_way.append((task, self.engine.submit(task)))
                time.sleep(poll)
                queue += self._gather()
                self._show()
        except KeyboardInterrupt:
            self._recall(poll)
            return True
        self._show()
        return False

    def _tasks(self, study: str) -> list[tuple[str, ...]]:
        """Return the names of each task; what has begun together goes on so."""
        places = [Place.of(self.folder, run.name) for run in self.todo]
        found = [] if self.together == "no" else begun(places)
        taken = {name for names in found for name in names}
        rest = [run for run in self.todo if run.name not in taken]
        groups = Study(study, rest).groups() if rest else []
        return [*found, *chunks(groups, self.engine.workers, self._whole(rest))]

    def _whole(self, runs: Sequence[Run]) -> bool:
        """Whether groups are likely to train together; the workers decide, who know the device."""
        devices = {run.device or "cpu" for run in runs}
        elsewhere = all("cpu" not in device.lower() for device in devices)
        return self.together == "yes" or (self.together == "auto" and elsewhere)

    def _task(self, names: tuple[str, ...]) -> Task:
        return Task(str(self.folder), names, self.threads, together=self.together)

    def ending(self, name: str) -> Ending:
        """Return how a run stands: what its folder says, else what its worker said."""
        found = Place.of(self.folder, name).ending()
        told = self.told.get(name)
        if found.final or told is None or told.final or told.status == "waiting":
            return found
        return told

    def _show(self) -> None:
        names = [n for task, _ in self.under_way for n in task.names if n not in self.told]
        self.show(self.meter.snapshot(names, self.told))

    def _gather(self) -> list[tuple[str, ...]]:
        """Take in the tasks that have ended; return what of them is to be submitted again."""
        ended = [(task, handle) for task, handle in self.under_way if handle.done()]
        self.under_way = [pair for pair in self.under_way if pair not in ended]
        again = []
        for _, handle in ended:
            endings = handle.endings()
            rest = tuple(e.name for e in endings if self._again(e))
            self.told |= {e.name: e for e in endings if e.name not in rest}
            if rest:
                again.append(rest)
        return again

    def _again(self, ending: Ending) -> bool:
        """Whether a run goes on in another process: its own died in another run, or had to end."""
        if ending.status not in ("waiting", "stopped"):
            return False
        path = Place.of(self.folder, ending.name).unfinished
        mark = path.stat().st_size if path is not None else 0  # grows with the losses
        if mark != self.marks.get(ending.name, 0):  # it got on
            self.tries[ending.name] = 0
        self.marks[ending.name] = mark
        self.tries[ending.name] += ending.status == "stopped"
        return self.tries[ending.name] < _TRIES

    def _recall(self, poll: float) -> None:
        """Ask all workers for their checkpoints and wait for them; a second Ctrl-C does not."""
        for _, handle in self.under_way:
            handle.cancel()
        until = time.monotonic() + _GRACE
        try:
            while self.under_way and time.monotonic() < until:
                self._gather()
                time.sleep(poll)
        except KeyboardInterrupt:
            self.patient = False
