"""Medians and bands over the seeds of a series."""

import math

import numpy as np
import pandas as pd

from xpde.study.summary import quantiles

__all__ = ["QUARTILES", "band", "thin"]

QUARTILES = {"lower": 0.25, "median": 0.5, "upper": 0.75}
"""Half of the seeds lie between ``lower`` and ``upper``."""


def band(table: pd.DataFrame, by: str, value: str, *, lost: float = math.inf) -> pd.DataFrame:
    """Return quartiles over runs at every ``by``: columns by, lower, median, upper, seeds.

    They are those of :func:`xpde.study.summary.quantiles`: NaN counts as ``lost``, so that a
    rollout which blows up raises the band instead of leaving it. A run without a row at some
    ``by`` does not count there. Rows are sorted by ``by``.
    """
    found = quantiles(table, [by], value, *QUARTILES.values(), lost=lost)
    found.columns = pd.Index([by, *QUARTILES, "seeds"])
    return found.sort_values(by, ignore_index=True)


def thin(table: pd.DataFrame, by: str, count: int) -> pd.DataFrame:
    """Keep at most ``count`` values of ``by``, evenly among those present, with both ends."""
    present = np.unique(table[by].to_numpy())
    if len(present) <= count:
        return table
    kept = present[np.unique(np.linspace(0, len(present) - 1, count).round().astype(int))]
    return table[table[by].isin(kept)]
