"""A group: one problem of a study, that is scenario, settings and task, with all its series."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from xpde.report.study.series import Series, dashes
from xpde.report.theme import palette

__all__ = ["Group", "groups"]

_PROBLEM = ["scenario", "scenario_kwargs", "task"]
_WORDS = {"train": "{}", "optim": "{}", "backend": "{}", "dtype": "{}"}
"""What else may tell series apart, and how it is written."""


@dataclass(frozen=True)
class Group:
    """The runs of one scenario with the same settings and task.

    Attributes
    ----------
    scenario, kwargs, task
        The problem; ``kwargs`` are the settings that replace the scenario's own.
    distinct
        Those of the settings that not all groups of the study share.
    name
        Unique among the groups of a study; fit for file names and anchors.
    runs
        Rows of ``runs.parquet``.
    tables
        Rows of the other tables by name.
    series
        In the order of the study.
    """

    scenario: str
    kwargs: dict[str, Any]
    distinct: dict[str, Any]
    task: str
    name: str
    runs: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    series: tuple[Series, ...]

    @property
    def title(self) -> str:
        """The problem in words: ``diff_adv, points 64, correct;parallel``."""
        settings = [f"{key} {value}" for key, value in self.distinct.items()]
        task = [] if self.task == "predict" else [self.task]
        return ", ".join([self.scenario, *settings, *task])

    @property
    def metrics(self) -> list[str]:
        """Names of the stored metrics, in order."""
        return list(dict.fromkeys(map(str, self.tables["metrics"]["metric"])))

    def status(self, run: str) -> str:
        """Return done, diverged, failed or missing."""
        return str(self.runs.loc[self.runs["run"] == run, "status"].iloc[0])


def groups(
    runs: pd.DataFrame, tables: dict[str, pd.DataFrame], settings: Sequence[str] = ()
) -> list[Group]:
    """Split a study into its groups; networks and variants look the same in all of them.

    Parameters
    ----------
    runs
        ``runs.parquet``.
    tables
        The other tables by name.
    settings
        Further columns of ``runs`` that tell series apart, such as the noise on the training data.
    """
    parts = [part for _, part in runs.groupby(_PROBLEM, sort=False, observed=True)]
    kwargs = [_settings(str(part["scenario_kwargs"].iloc[0])) for part in parts]
    color = palette(list(dict.fromkeys(map(str, runs["net"]))))
    made, taken = list[Group](), {"content", "overview"}  # anchors of the page itself
    for part, own in zip(parts, kwargs, strict=True):
        scenario, task = str(part["scenario"].iloc[0]), str(part["task"].iloc[0])
        distinct = {k: v for k, v in own.items() if any(one.get(k) != v for one in kwargs)}
        rows = {key: table[table["run"].isin(set(part["run"]))] for key, table in tables.items()}
        series = _series(part, settings, color)
        name = _unique(scenario, taken)
        made.append(Group(scenario, own, distinct, task, name, part, rows, series))
    return made


def _series(
    part: pd.DataFrame, settings: Sequence[str], color: dict[str, str]
) -> tuple[Series, ...]:
    """Return the series of one group, in the order of the study."""
    words = _WORDS | {key: f"{key} {{}}" for key in settings}
    varied = [key for key in words if part[key].astype(str).nunique() > 1]
    texts = {key: _short(list(part[key].astype(str))) for key in varied}
    variants = [
        " · ".join(words[key].format(texts[key][text]) for key, text in row.items())
        for row in part[varied].astype(str).to_dict("records")
    ]
    keyed = part.assign(net=part["net"].astype(str), variant=variants)
    pattern, names = dashes(variants), dict.fromkeys(["net", "train", *varied])
    made = []
    for (net, variant), rows in keyed.groupby(["net", "variant"], sort=False):
        columns = {key: str(rows[key].iloc[0]) for key in names}
        own = tuple(rows.sort_values("seed", kind="stable")["run"].astype(str))
        made.append(Series(net, variant, columns, own, color[net], pattern[variant]))
    return tuple(made)


def _short(texts: Sequence[str]) -> dict[str, str]:
    """Leave out of texts ``A;B;C`` what they have in common, but not the first word.

    ``adam;100;constant;1e-3`` and ``adam;100;constant;3e-3`` are ``adam;…;1e-3`` and
    ``adam;…;3e-3``. Texts of another number of parts stay as they are.
    """
    parts = {text: text.split(";") for text in texts}
    if len({len(words) for words in parts.values()}) > 1:
        return {text: text for text in parts}
    same = [len(set(column)) == 1 for column in zip(*parts.values(), strict=True)]
    same[0] = False
    return {text: _left(words, same) for text, words in parts.items()}


def _left(words: Sequence[str], same: Sequence[bool]) -> str:
    kept = ["…" if common else word for word, common in zip(words, same, strict=True)]
    return ";".join(key for key, _ in groupby(kept))


def _settings(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {"settings": text}
    return found if isinstance(found, dict) else {"settings": text}


def _unique(scenario: str, taken: set[str]) -> str:
    """Return a name of letters, digits, hyphens and underscores that no other group has."""
    base = re.sub(r"[^\w-]+", "-", scenario, flags=re.ASCII).strip("-") or "problem"
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    taken.add(name)
    return name
