"""All trainings of an experiment, done once, in a folder that says how far it is."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from xpde.core import backend
from xpde.errors import InvalidInput
from xpde.study.lock import exclusive
from xpde.study.prdp.clock import Clock
from xpde.study.prdp.contenders import CONTENDERS, contender
from xpde.study.prdp.entry import Entry, run_entry
from xpde.study.prdp.inner import smallest_level
from xpde.study.prdp.problem import Problem, Setup
from xpde.study.prdp.summary import summary
from xpde.study.provenance import provenance
from xpde.study.store import canonical, read_json, read_table, write_json, write_table

__all__ = ["Campaign", "Results"]

Reporter = Callable[..., None]
SINGLE = 1e-5
"""The relative residual that counts as converged in single precision."""


@dataclass(frozen=True)
class Results:
    """The tables of an experiment.

    Attributes
    ----------
    runs
        A row per training.
    epochs
        A row per training and epoch; ``level`` is that of the epoch which ends there.
    summary
        A row per contender, see :func:`~xpde.study.prdp.summary.summary`.
    """

    runs: pd.DataFrame
    epochs: pd.DataFrame
    summary: pd.DataFrame


class Campaign:
    """The contenders of an experiment with some seeds on a backend.

    ``FOLDER/runs/NAME`` has ``config.json``, ``epochs.parquet`` and, last, ``done.json`` of a
    training; NAME is a hash of what decides its numbers. What is finished is not done again. Tables
    of all that was asked for last are beside ``runs``, and ``experiment.json``, with settings and
    provenance. The level of ``incomplete`` is the mean over the seeds of the last level of the
    published rule, which therefore is trained with it.

    Parameters
    ----------
    problem
        The experiment.
    folder
        Where to write.
    seeds
        Of initial weights and batch orders.
    name, dtype, device
        The backend.
    contenders
        Names for :func:`~xpde.study.prdp.contenders.contender`; by default all that have one.
    match
        The error at which costs are compared, see :func:`~xpde.study.prdp.summary.summary`.
    """

    def __init__(
        self,
        problem: Problem,
        folder: Path,
        seeds: Sequence[int],
        name: str,
        dtype: str = "float32",
        device: str | None = None,
        contenders: Sequence[str] = (),
        match: float | None = None,
    ) -> None:
        if not seeds:
            raise InvalidInput("prdp: expected at least one seed, got none")
        if match is not None and not match > 0:
            raise InvalidInput(f"prdp: expected an error above 0 to match, got {match:g}")
        self.problem, self.folder, self.match = problem, folder, match
        self.seeds = tuple(dict.fromkeys(seeds))
        self.bk = backend(name, device=device, dtype=dtype)
        names = contenders or (*CONTENDERS, *problem.rules())
        needed = ("paper",) if "incomplete" in names else ()
        self.names = tuple(dict.fromkeys((*names, *needed)))
        for known in self.names:
            contender(problem, known)  # a wrong name is refused before anything runs
        self._tools: tuple[Setup, Clock] | None = None

    def run(self, report: Reporter) -> Results:
        """Do what is left and return the tables, which are written too."""
        with exclusive(self.folder / "lock") as mine:
            if not mine:
                raise InvalidInput(f"--out: expected a free folder, got {self.folder}, in use now")
            rows: list[dict[str, Any]] = []
            tables: list[Any] = []
            for name in sorted(self.names, key=lambda name: name == "incomplete"):
                for entry in self._entries(name, rows):
                    table, done = self._one(entry, report)
                    identity = {"contender": name, "seed": entry.seed}
                    rows.append(identity | {"rule": str(entry.rule)} | done["figures"])
                    tables.append(table.assign(**identity))
            self._describe(report)
            results = self._results(rows, tables)
            for kind in ("runs", "epochs", "summary"):
                write_table(self.folder / f"{kind}.parquet", getattr(results, kind))
        return results

    def _entries(self, name: str, rows: Sequence[dict[str, Any]]) -> list[Entry]:
        top = None
        if name == "incomplete":
            last = [row["final_level"] for row in rows if row["contender"] == "paper"]
            top = max(1, round(sum(last) / len(last)))
        rule = contender(self.problem, name, top)
        return [
            Entry(self.problem, name, rule, seed, self.bk.name, self.bk.dtype, self.bk.device)
            for seed in self.seeds
        ]

    def _one(self, entry: Entry, report: Reporter) -> tuple[pd.DataFrame, dict[str, Any]]:
        place = self.folder / "runs" / entry.name
        total = self.problem.updates
        if (place / "done.json").exists():
            report(entry.label, total, total, "done before")
        else:
            report(entry.label, 0, total)
            setup, clock = self._prepared(report)

            def progress(done: int, total: int, loss: float) -> None:
                report(entry.label, done, total, f"loss {loss:.3e}")

            table, figures = run_entry(entry, self.bk, setup, clock, progress)
            place.mkdir(parents=True, exist_ok=True)
            write_json(place / "config.json", entry.plain())
            write_table(place / "epochs.parquet", table)
            where = provenance(self.bk, {"training": entry.seed, "data": self.problem.data_seed})
            write_json(place / "done.json", {"figures": figures, "provenance": where})
        done = read_json(place / "done.json")
        if done["figures"]["error"] is None:
            done["figures"]["error"] = math.inf
        return read_table(place / "epochs.parquet"), done

    def _prepared(self, report: Reporter) -> tuple[Setup, Clock]:
        """Make data and programs when the first training needs them."""
        if self._tools is None:
            report(f"{self.problem.name}: data")
            setup = self.problem.setup(self.bk)
            self._tools = setup, Clock(self.bk, self.problem, setup)
        return self._tools

    def _describe(self, report: Reporter) -> None:
        """Write settings, where, and the level at which the solver's residual is small on data."""
        path, settings = self.folder / "experiment.json", self.problem.plain()
        where = provenance(self.bk, {"data": self.problem.data_seed})
        about = {"settings": settings} | {key: where[key] for key in ("backend", "device", "dtype")}
        if path.exists():
            known = read_json(path)
            known |= known.pop("provenance", {})
            if canonical({key: known.get(key) for key in about}) == canonical(about):
                return
        setup, _ = self._prepared(report)
        states = self.bk.asarray(setup.states)
        found = smallest_level(setup.solve, states, SINGLE, 2 * self.problem.converged)
        measured = {
            "settings": settings,
            "parameters": setup.network.parameter_count(),
            "level_of_relative_residual_1e-5": found,
            "provenance": where,
        }
        write_json(path, measured)

    def _results(self, rows: list[dict[str, Any]], tables: list[pd.DataFrame]) -> Results:
        head = {"experiment": self.problem.name, "backend": self.bk.name, "dtype": self.bk.dtype}
        runs = self._ordered(pd.DataFrame([head | row for row in rows]))
        epochs = self._ordered(pd.concat(tables))
        costs = summary(runs, epochs, self.problem.converged, self.match)
        return Results(runs, epochs, costs)

    def _ordered(self, table: pd.DataFrame) -> pd.DataFrame:
        """Sort rows by contender, in the order in which they were named."""
        return table.sort_values(
            "contender", key=lambda c: c.map(self.names.index), kind="stable", ignore_index=True
        )
