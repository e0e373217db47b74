"""What the contenders of an experiment cost and reach, over all seeds."""

from typing import Any

import numpy as np
import pandas as pd

from xpde.train.savings import Savings, matched_cost

__all__ = ["COLUMNS", "summary"]

COLUMNS = (
    "contender", "rule", "seeds", "error", "error_std", "final_level", "level_sum",
    "level_sum_std", "incomplete", "refinement", "total", "matched_cost", "matched_saving",
    "train_s", "train_s_std", "time_saving", "solver_s", "network_s", "validation_s", "compile_s",
)  # fmt: skip
"""Columns of the table."""

TAIL = 5
"""Epochs at the end whose median is the error of a run that others are to match."""


def summary(runs: pd.DataFrame, epochs: pd.DataFrame, converged: int) -> pd.DataFrame:
    """Return a row per contender: means over seeds, standard deviations where they matter.

    ``error`` is that of the last epoch; ``final_level`` and ``level_sum`` the level of the last
    epoch and the sum over all. ``incomplete``, ``refinement`` and ``total`` are the shares of
    iterations saved against the constant level ``converged``, see
    :class:`~xpde.train.savings.Savings`. ``matched_cost`` is Σ K up to the epoch at which a run
    first has the error that all of the same seed reach (the largest of the medians of their last
    five epochs), and ``matched_saving`` what that is below the converged one's. ``time_saving``
    compares ``train_s``, without compilation and validation. ``compile_s`` is the largest, since
    later trainings find their programs made.

    Parameters
    ----------
    runs, epochs
        Tables of :class:`~xpde.study.prdp.campaign.Results`.
    converged
        K_ε.
    """
    matched = _matched(epochs)
    rows = []
    for name, mine in runs.groupby("contender", sort=False):
        row: dict[str, Any] = {"contender": name, "rule": mine["rule"].iloc[0], "seeds": len(mine)}
        for column in ("error", "level_sum", "train_s"):
            row[column] = mine[column].mean()
            row[f"{column}_std"] = mine[column].std(ddof=1) if len(mine) > 1 else np.nan
        for column in ("final_level", "solver_s", "network_s", "validation_s"):
            row[column] = mine[column].mean()
        row["compile_s"] = mine["compile_s"].max()
        row |= _savings(epochs[epochs["contender"] == name], converged)
        row["matched_cost"] = np.mean([matched[(name, seed)] for seed in mine["seed"]])
        rows.append(row)
    return _compared(pd.DataFrame(rows))


def _savings(epochs: pd.DataFrame, converged: int) -> dict[str, float]:
    """Return the three shares, means over the seeds."""
    found = [
        Savings.of([int(level) for level in own["level"][1:]], converged)
        for _, own in epochs.groupby("seed")
    ]
    return {
        "incomplete": float(np.mean([one.by_incomplete for one in found])),
        "refinement": float(np.mean([one.by_refinement for one in found])),
        "total": float(np.mean([one.total for one in found])),
    }


def _matched(epochs: pd.DataFrame) -> dict[tuple[str, int], float]:
    """Return Σ K to the common error of a seed, by contender and seed; NaN if never reached."""
    costs: dict[tuple[str, int], float] = {}
    for seed, mine in epochs.groupby("seed"):
        own = {str(name): table.sort_values("epoch") for name, table in mine.groupby("contender")}
        compared = [t for n, t in own.items() if not n.startswith("constant-")]
        target = max(float(table["error"].tail(TAIL).median()) for table in compared)
        for name, table in own.items():
            cost = matched_cost(table["error"].tolist(), table["level"].tolist()[1:], target)
            costs[(name, int(str(seed)))] = np.nan if cost is None else cost
    return costs


def _compared(table: pd.DataFrame) -> pd.DataFrame:
    """Add what is saved against the converged contender, NaN if it did not run."""
    base = table[table["contender"] == "converged"]
    for column, saved in (("train_s", "time_saving"), ("matched_cost", "matched_saving")):
        whole = float(base[column].iloc[0]) if len(base) else np.nan
        table[saved] = 1 - table[column] / whole
    return table[list(COLUMNS)]
