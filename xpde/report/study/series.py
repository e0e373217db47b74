"""A series: the runs that differ in nothing but their seeds, and how it is drawn everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

__all__ = ["Dashes", "Series", "dashes", "of_series", "seed_of"]

Dashes = tuple[float, tuple[float, ...]]

_DASHES: tuple[Dashes, ...] = (
    (0, ()),
    (0, (4, 1.8)),
    (0, (1.2, 1.4)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (9, 3)),
    (0, (3, 1.2, 1.2, 1.2, 1.2, 1.2)),
)


@dataclass(frozen=True)
class Series:
    """Runs of one network in one variant.

    Attributes
    ----------
    net
        The network, which has the color.
    variant
        What else tells the series of a group apart, such as the training, which has the dashes;
        empty where nothing does.
    columns
        Identity and settings as columns of the data files.
    runs
        Names of the runs, in order of their seeds.
    color, dashes
        How it is drawn.
    """

    net: str
    variant: str
    columns: Mapping[str, str]
    runs: tuple[str, ...]
    color: str
    dashes: Dashes

    @property
    def label(self) -> str:
        """Network and variant as one line."""
        return f"{self.net} · {self.variant}" if self.variant else self.net


def dashes(variants: Sequence[str]) -> dict[str, Dashes]:
    """Give every variant a pattern of dashes in order, the first a whole line."""
    return {name: _DASHES[i % len(_DASHES)] for i, name in enumerate(dict.fromkeys(variants))}


def of_series(table: pd.DataFrame, series: Series) -> pd.DataFrame:
    """Return the rows of one series in a table with a column ``run``."""
    return table[table["run"].isin(series.runs)]


def seed_of(runs: pd.DataFrame, run: str) -> int:
    """Return the seed of a run."""
    return int(runs.loc[runs["run"] == run, "seed"].iloc[0])
