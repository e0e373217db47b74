"""The record of a study, read back from its folder: runs, tables, rollouts, and what is damaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from xpde.errors import XpdeError
from xpde.report.study.group import Group, groups
from xpde.report.study.rollout import Rollout
from xpde.report.study.samples import Sample
from xpde.report.study.scores import scores
from xpde.study.store import read_json
from xpde.study.tables import SETTINGS, collect

__all__ = ["StudyRecord", "is_study"]


def is_study(folder: Path | str) -> bool:
    """Tell whether a folder is that of a study: it holds ``study.json``."""
    return (Path(folder) / "study.json").is_file()


@dataclass(frozen=True)
class StudyRecord:
    """What a study wrote into its folder, as far as it can be read.

    Attributes
    ----------
    folder
        Where it was read from.
    name
        Of the study.
    runs
        A row per run in the order of the study: identity, status, reason, times, counts.
    tables
        metrics, losses, samples and spectra of all runs below each other.
    notes
        A sentence for everything that could not be read.
    """

    folder: Path
    name: str
    runs: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    notes: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path | str) -> "StudyRecord":
        """Read a study folder, finished or not; damaged files of runs become notes."""
        folder = Path(folder)
        name = str(read_json(folder / "study.json").get("name") or folder.name)
        found = collect(folder)
        tables = {
            "metrics": found.metrics,
            "losses": found.losses,
            "samples": found.samples,
            "spectra": found.spectra,
        }
        notes = (*found.warnings, *_unknown(found.runs))
        return cls(folder, name, found.runs, tables, notes)

    @cached_property
    def groups(self) -> list[Group]:
        """The problems of the study, in order."""
        return groups(self.runs, self.tables, SETTINGS)

    @property
    def counts(self) -> dict[str, int]:
        """Number of runs by status, those that occur."""
        found = self.runs["status"].astype(str).value_counts()
        order = ("done", "diverged", "failed", "missing")
        return {status: int(found[status]) for status in order if status in found}

    def samples(self, group: Group) -> tuple[list[Sample], list[str]]:
        """Return a rollout of the median seed of each series, and notes on unreadable ones.

        Where the median run has no readable rollout the next one outwards is taken. Only rollouts
        that were stored at the same points and steps as the first are comparable and returned.
        """
        made, notes = list[Sample](), list[str]()
        for score in scores(group):
            for run in score.middle():
                path = self.folder / "runs" / run / "rollouts.h5"
                if not path.is_file():
                    continue
                try:
                    rollout = Rollout.read(path)
                except XpdeError as error:
                    notes.append(str(error))
                    continue
                row = score.table.set_index("run").loc[run]
                made.append(Sample(score.series, int(row["seed"]), float(row["gmean"]), rollout))
                break
        return _comparable(made), notes


def _unknown(runs: pd.DataFrame) -> list[str]:
    """Say how many runs belong to no problem, because they have no configuration yet."""
    count = int((runs["scenario"].isna() & (runs["warning"] == "")).sum())
    who = "1 run has" if count == 1 else f"{count} runs have"
    return [f"{who} not begun and no configuration yet."] if count else []


def _comparable(samples: Sequence[Sample]) -> list[Sample]:
    def form(sample: Sample) -> Any:
        return sample.rollout.reference.shape, tuple(sample.rollout.frames)

    return [sample for sample in samples if form(sample) == form(samples[0])]
