"""The trainings of a table, done once each, in a folder that says how far they are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from xpde.core import backend
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.study.data import reference_data
from xpde.study.lock import exclusive
from xpde.study.provenance import provenance
from xpde.study.store import read_json, read_table, write_fields, write_json, write_table
from xpde.study.superiority.comparison import curves
from xpde.study.superiority.experiment import Experiment, Seeds
from xpde.study.superiority.table import Budget, Row, Table
from xpde.study.superiority.trial import Judge, Trial, run_trial

__all__ = ["Campaign", "Results"]

Reporter = Callable[..., None]


@dataclass(frozen=True)
class Results:
    """What came of a table.

    Attributes
    ----------
    runs
        A row per training.
    curves
        A row per row of the table and step, see :func:`~xpde.study.superiority.comparison.curves`.
    """

    runs: pd.DataFrame
    curves: pd.DataFrame


class Campaign:
    """Tables on a backend at a budget.

    ``FOLDER/runs/NAME`` has ``config.json``, ``errors.parquet``, ``fields.h5`` (one test sample of
    reference, teacher and emulator) and, last, ``done.json`` of a training; NAME is a hash of what
    decides its numbers, so tables share what they have in common, and what is finished is not done
    again. ``FOLDER/TABLE`` has ``runs.parquet`` and ``curves.parquet``.

    Parameters
    ----------
    folder
        Where to write.
    budget
        In place of the published one.
    name, dtype, device
        The backend.
    """

    def __init__(
        self,
        folder: Path,
        budget: Budget,
        name: str,
        dtype: str = "float32",
        device: str | None = None,
    ) -> None:
        self.folder, self.budget = folder, budget
        self.bk = backend(name, device=device, dtype=dtype)
        self._data = lru_cache(maxsize=4)(self._taught)
        self._judge = lru_cache(maxsize=4)(self._judged)

    def run(self, table: Table, report: Reporter, labels: tuple[str, ...] = ()) -> Results:
        """Do what is left of a table and return its results, which are written too.

        Parameters
        ----------
        table
            What to do.
        report
            Called as ``report(label, done, total, note)``.
        labels
            The rows to train, all if there are none; results are of all that are finished.

        Raises
        ------
        InvalidInput
            If another process works in the folder, or there is no such row.
        """
        wanted = table.select(labels) if labels else table
        with exclusive(self.folder / "lock") as mine:
            if not mine:
                raise InvalidInput(f"--out: expected a free folder, got {self.folder}, in use now")
            made = wanted.at(self.budget)
            trials = [(row, self._trials(made, row)) for row in made.rows]
            total, done = sum(len(found) for _, found in trials), 0
            for _, found in trials:
                for trial in found:
                    report(table.name, done, total, trial.label)
                    self._once(trial, report)
                    done += 1
            report(table.name, done, total)
            results = self.collect(table)
            for kind in ("runs", "curves"):
                write_table(self.folder / table.name / f"{kind}.parquet", getattr(results, kind))
        return results

    def collect(self, table: Table) -> Results:
        """Return the results of what is finished, without doing anything.

        Raises
        ------
        InvalidInput
            If nothing is.
        """
        made = table.at(self.budget)
        runs, parts = [], []
        for row, published in zip(made.rows, table.rows, strict=True):
            found = [t for t in self._trials(made, row) if (self._place(t) / "done.json").exists()]
            if not found:
                continue
            errors = [read_table(self._place(trial) / "errors.parquet") for trial in found]
            done = [read_json(self._place(trial) / "done.json") for trial in found]
            figures = [one["figures"] for one in done]
            runs += [self._run(row, trial, one) for trial, one in zip(found, figures, strict=True)]
            seeds = [trial.seeds for trial in found]
            whole = row.experiment == published.experiment and table.covers(seeds)
            parts.append(curves(row, seeds, errors, figures, whole))
        if not parts:
            raise InvalidInput(f"{table.name}: expected finished runs in {self.folder}, got none")
        head = {"table": table.name, "backend": self.bk.name, "dtype": self.bk.dtype}
        return Results(
            pd.DataFrame([head | run for run in runs]),
            pd.concat(parts, ignore_index=True).assign(**head),
        )

    def place(self, table: Table, label: str) -> Path:
        """Return the folder of the first run of a row of a table."""
        made = table.select((label,)).at(self.budget)
        return self._place(self._trials(made, made.rows[0])[0])

    def _trials(self, made: Table, row: Row) -> list[Trial]:
        return made.trials(row, self.budget.seeds, self.bk.name, self.bk.dtype)

    def _place(self, trial: Trial) -> Path:
        return self.folder / "runs" / trial.name

    @staticmethod
    def _run(row: Row, trial: Trial, figures: dict[str, Any]) -> dict[str, Any]:
        seeds = {f"seed_{name}": value for name, value in trial.plain()["seeds"].items()}
        budget = {"updates": trial.updates, "batch": row.experiment.batch}
        return (
            {"row": row.label, "network": row.network, "run": trial.name} | seeds | budget | figures
        )

    def _once(self, trial: Trial, report: Reporter) -> None:
        place = self._place(trial)
        if (place / "done.json").exists():
            return

        def progress(done: int, total: int, loss: float) -> None:
            report(trial.label, done, total, f"loss {loss:.3e}")

        seeds = trial.seeds
        data = self._data(trial.experiment, seeds.train)
        judge = self._judge(trial.experiment, seeds.test)
        found = run_trial(trial, self.bk, data, judge, progress)
        place.mkdir(parents=True, exist_ok=True)
        write_json(place / "config.json", trial.plain())
        write_table(place / "errors.parquet", found.errors)
        write_fields(place / "fields.h5", found.fields)
        where = provenance(self.bk, dict(trial.plain()["seeds"]))
        write_json(place / "done.json", {"figures": found.figures, "provenance": where})

    def _taught(self, experiment: Experiment, seed: int) -> Array:
        return reference_data(experiment.taught(Seeds(train=seed)), self.bk, "train")

    def _judged(self, experiment: Experiment, seed: int) -> Judge:
        return Judge(experiment, Seeds(test=seed), self.bk)
