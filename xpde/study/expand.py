"""From the grids of a study to its runs: every problem of every run is found before one runs."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from xpde.errors import XpdeError, unknown_name
from xpde.space import Grid
from xpde.study.catalogue import scenario
from xpde.study.grid import AXES, StudyGrid, read_grid
from xpde.study.problems import Problems, shown
from xpde.study.runs import Run
from xpde.study.scenario import Scenario
from xpde.study.study_files import StudyFile

__all__ = ["MOST_RUNS", "expand"]

MOST_RUNS = 100_000
"""Runs of a study; more are a slip in a list."""

ROOMY = {"points": 2**20, "train_horizon": 10**6}
"""A problem that every network and every training that is sound in itself fits."""

Given = Mapping[str, Any]
Report = Callable[[Given, str], None]


def expand(file: StudyFile, changes: Given, problems: Problems) -> list[Run]:
    """Return the runs of a study, seeds innermost; whatever is wrong is noted in ``problems``.

    ``changes`` hold for every entry, instead of what it says itself; None changes nothing.
    """
    reader = _Reader(problems)
    shared = reader.grid(file.shared, "")
    entries = [(where, reader.grid(table, where)) for where, table in file.entries]
    last = reader.grid({key: value for key, value in changes.items() if value is not None}, "")
    grids = [(where, shared.under(own).under(last)) for where, own in entries]
    count = sum(grid.count for _, grid in grids)
    if count > MOST_RUNS:
        problems.add("", "", f"expected at most {MOST_RUNS} runs in a study, got {count}")
        return []
    return [run for where, grid in grids for run in reader.runs(grid, where)]


@dataclass(frozen=True)
class _Reader:
    """Makes the runs of grids and notes what is wrong with them in ``problems``.

    Three questions are asked, each of what passed the one before: is a value sound by itself, do
    the settings fit their scenario, does all of a run fit together. A problem is blamed on few
    values that have it by themselves.
    """

    problems: Problems
    _known: dict[tuple[str, Any], str | None] = field(default_factory=dict)

    def grid(self, table: Given, where: str) -> StudyGrid:
        """Return a table as a grid, without the values that are wrong in any run."""
        grid = read_grid(table, where, self.problems)
        axes: dict[str, list[Any]] = {}
        for name, values in grid.axes.items():
            axes[name] = []
            for value in values:
                message = self._alone(name, value)
                if message is None:
                    axes[name].append(value)
                else:
                    self.problems.add(where, shown({name: value}), message)
        return dataclasses.replace(grid, axes=axes)

    def runs(self, grid: StudyGrid, where: str) -> Iterator[Run]:
        """Give the runs of a grid of sound values; what does not fit together is noted."""
        if "scenario" not in grid.axes:
            self.problems.add(where, "", "expected a scenario, got none")
        emulators = list(grid.emulators())
        for key, settings in grid.problems():
            if _search(partial(_problem, key), settings, self._report(where)) is None:
                continue
            report = self._report(f"{where}, {key}" if where else key)
            for emulator in emulators:
                run = _search(partial(_run, key), {**settings, **emulator}, report)
                for seed in (grid.seeds or (0,)) if run is not None else ():
                    yield run if seed == run.seed else dataclasses.replace(run, seed=seed)

    def _report(self, where: str) -> Report:
        return lambda what, message: self.problems.add(where, shown(what), message)

    def _alone(self, name: str, value: Any) -> str | None:
        if (name, value) not in self._known:
            given = {**ROOMY, "validation": 0.5, name: value}
            key = given.pop("scenario", "diff_adv")
            make, given = (_problem, {}) if name == "scenario" else (_run, given)
            self._known[name, value] = _attempt(partial(make, key), given)[1]
        return self._known[name, value]


def _problem(key: str, given: Given) -> Scenario:
    if "key" in given:
        raise unknown_name(f"setting of {key}", "key", scenario(key).settings())
    found = scenario(key, **given)
    try:
        found.plan(grid=Grid(tuple(min(n, 16) for n in found.grid.points), found.grid.extent))
    except XpdeError:
        found.plan()  # what a coarse grid cannot hold, the scenario's own may
    return found


def _run(key: str, given: Given) -> Run:
    fields = {AXES[name].field: value for name, value in given.items() if name in AXES}
    overrides = {name: value for name, value in given.items() if name not in AXES}
    return Run(scenario=key, overrides=overrides, **fields)


def _search(make: Callable[[Given], Any], given: Given, report: Report) -> Any:
    """Return what is made of all that is given, or None, having reported all that is in the way.

    A problem is reported with a smallest set of values that has it by itself; these are then left
    out (settings only where there is nothing else) and the rest is tried again.
    """
    left = dict(given)
    while True:
        made, message = _attempt(make, left)
        if message is None:
            return made if len(left) == len(given) else None
        blamed = left
        for name in left:
            fewer = _without(blamed, [name])
            if _attempt(make, fewer)[1] == message:
                blamed = fewer
        report(blamed, message)
        names = [name for name in blamed if name in AXES] or list(blamed)
        # Without its number of axes nothing else about a problem can be judged.
        if not names or "dims" in names:
            return None
        left = _without(left, names)


def _without(given: Given, names: list[str]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}


def _attempt(make: Callable[[Any], Any], given: Any) -> tuple[Any, str | None]:
    try:
        return make(given), None
    except XpdeError as error:
        return None, str(error)
