"""Curves of ratios over steps, ours beside published ones, and what they agree in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from xpde.study.superiority.experiment import Seeds
from xpde.study.superiority.ratio import ratio_of
from xpde.study.superiority.table import Row

__all__ = ["COLUMNS", "DECIDED", "curves", "sides"]

COLUMNS = (
    "row", "network", "parameters", "receptive_field", "metric", "updates", "batch", "seeds",
    "diverged", "whole", "step", "numerator", "denominator", "ratio", "low", "high", "mean_ratio",
    "mean_low", "mean_high", "imitation", "published",
)  # fmt: skip
"""Columns of a table of curves."""

DECIDED = 0.03
"""Distance from 1 beyond which a published ratio has a side: two medians of the paper for one
configuration differ by that much."""


def curves(
    row: Row,
    seeds: Sequence[Seeds],
    errors: Sequence[pd.DataFrame],
    figures: Sequence[dict[str, Any]],
    whole: bool,
) -> pd.DataFrame:
    """Return the curve of a row, a line per step.

    ``numerator``, ``denominator`` and ``ratio`` are medians over the runs of mean errors over
    samples and of their ratios, ``low`` and ``high`` quartiles of the ratios: as published. A run
    that diverged counts as infinite. ``mean_ratio`` is the ratio of means over samples and all
    runs of the first test seed, with the interval of
    :func:`~xpde.study.superiority.ratio.ratio_of`. ``imitation`` is the median error of the
    emulators against the teacher at step 1 over that of the teacher against the reference:
    unless it is small, ``ratio`` says how badly the network was trained.

    Parameters
    ----------
    row
        Of the table.
    seeds, errors, figures
        Of its runs: :func:`~xpde.study.superiority.trial.run_trial`.
    whole
        Whether all runs of the paper were done, at its number of updates and its batch.
    """
    ours, theirs, apart = (
        np.stack([_grid(table, name) for table in errors])
        for name in ("emulator", "teacher", "apart")
    )
    ours, apart = (np.where(np.isnan(found), np.inf, found) for found in (ours, apart))
    above, below = np.mean(ours, axis=1), np.mean(theirs, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = above / below
        imitation = np.median(np.mean(apart, axis=1)[:, 0] / below[:, 0])
    low, high = np.quantile(ratios, (0.25, 0.75), axis=0, method="inverted_cdf")
    first = [i for i, one in enumerate(seeds) if one.test == seeds[0].test]
    pooled = ratio_of(ours[first], theirs[0])
    steps = range(1, ours.shape[-1] + 1)
    return pd.DataFrame(
        {
            "row": row.label,
            "network": row.network,
            "parameters": figures[0]["parameters"],
            "receptive_field": figures[0]["receptive_field"],
            "metric": row.experiment.metric,
            "updates": row.experiment.updates,
            "batch": row.experiment.batch,
            "seeds": len(seeds),
            "diverged": sum(one["status"] != "done" for one in figures),
            "whole": whole,
            "step": list(steps),
            "numerator": np.median(above, axis=0),
            "denominator": np.median(below, axis=0),
            "ratio": np.median(ratios, axis=0),
            "low": low,
            "high": high,
            "mean_ratio": pooled.value,
            "mean_low": pooled.low,
            "mean_high": pooled.high,
            "imitation": imitation,
            "published": [row.published.get(step, np.nan) for step in steps],
        }
    )[list(COLUMNS)]


def sides(table: pd.DataFrame) -> pd.DataFrame:
    """Return the lines whose published ratio is decided, with ``agrees``: on the same side of 1.

    A published ratio is decided if it is at least :data:`DECIDED` from 1.
    """
    known = table[np.abs(table["published"] - 1) > DECIDED]
    return known.assign(agrees=np.sign(known["ratio"] - 1) == np.sign(known["published"] - 1))


def _grid(table: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column as (samples, steps)."""
    return table.pivot_table(index="sample", columns="step", values=name, dropna=False).to_numpy()
