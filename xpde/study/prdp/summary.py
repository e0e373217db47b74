"""What the contenders of an experiment cost and reach, over all seeds."""

from typing import Any

import numpy as np
import pandas as pd

from xpde.train.savings import Savings, matched_cost

__all__ = ["COLUMNS", "summary"]

COLUMNS = (
    "contender", "rule", "seeds", "diverged", "error", "error_std", "final_level", "level_sum",
    "level_sum_std", "forward_iterations", "adjoint_iterations", "incomplete", "refinement",
    "total", "matched_error", "matched_cost", "matched_saving", "train_s", "train_s_std",
    "time_saving", "solver_s", "network_s", "other_s", "validation_s", "compile_s",
)  # fmt: skip
"""Columns of the table."""

TAIL = 5
"""Epochs at the end whose median is the error of a run that others are to match."""

MEANS = (
    "final_level", "forward_iterations", "adjoint_iterations", "solver_s", "network_s", "other_s",
    "validation_s",
)  # fmt: skip
SPREAD = ("level_sum", "train_s")


def summary(
    runs: pd.DataFrame, epochs: pd.DataFrame, converged: int, match: float | None = None
) -> pd.DataFrame:
    """Return a row per contender: means over seeds, standard deviations where they matter.

    ``error`` is that of the last epoch, infinite if a seed diverged; all costs are of the seeds
    that did not. ``final_level`` and ``level_sum`` are the level of the last epoch and the sum over
    all, ``forward_iterations`` and ``adjoint_iterations`` the iterations of all solves and adjoint
    solves of a training. ``incomplete``, ``refinement`` and ``total`` are the shares of iterations
    saved against the constant level ``converged``, see :class:`~xpde.train.savings.Savings`.

    ``matched_cost`` is Σ K up to the epoch at which a run first has ``matched_error``, NaN if it
    never has, and ``matched_saving`` what that is below the converged one's. Without ``match`` it
    is the error that all contenders of a seed reach, constant levels beside them apart: the largest
    of the medians of their last five epochs.

    ``time_saving`` compares ``train_s``, without compilation and validation. ``solver_s`` and
    ``network_s`` are measured alone, ``other_s`` is what they leave of ``train_s``, below 0 where
    they overlap or a solver ends early. ``compile_s`` is the largest, since later trainings find
    their programs made.

    Parameters
    ----------
    runs, epochs
        Tables of :class:`~xpde.study.prdp.campaign.Results`.
    converged
        K_ε.
    match
        The error at which costs are compared.
    """
    matched = _matched(runs, epochs, match)
    rows = []
    for name, mine in runs.groupby("contender", sort=False):
        done = mine[mine["status"] == "done"]
        row: dict[str, Any] = {
            "contender": name,
            "rule": mine["rule"].iloc[0],
            "seeds": len(mine),
            "diverged": len(mine) - len(done),
            "error": mine["error"].mean(),
            "error_std": done["error"].std(ddof=1)
            if np.all(np.isfinite(mine["error"]))
            else np.nan,
            "compile_s": mine["compile_s"].max(),
        }
        row |= {column: done[column].mean() for column in (*MEANS, *SPREAD)}
        row |= {f"{column}_std": done[column].std(ddof=1) for column in SPREAD}
        row |= _savings(epochs[epochs["contender"] == name], set(done["seed"]), converged)
        own = [matched[(name, seed)] for seed in mine["seed"]]
        row["matched_error"] = float(np.mean([error for error, _ in own]))
        row["matched_cost"] = float(np.mean([cost for _, cost in own]))
        rows.append(row)
    return _compared(pd.DataFrame(rows))


def _savings(epochs: pd.DataFrame, seeds: set[int], converged: int) -> dict[str, float]:
    """Return the three shares, means over the seeds; NaN without seeds."""
    found = [
        Savings.of([int(level) for level in own["level"][1:]], converged)
        for seed, own in epochs.groupby("seed")
        if seed in seeds
    ]
    shares = [(one.by_incomplete, one.by_refinement, one.total) for one in found]
    mean = np.mean(shares, axis=0) if shares else (np.nan,) * 3
    return dict(zip(("incomplete", "refinement", "total"), map(float, mean), strict=True))


def _matched(
    runs: pd.DataFrame, epochs: pd.DataFrame, match: float | None
) -> dict[tuple[str, int], tuple[float, float]]:
    """Return the error to match and Σ K up to it, by contender and seed."""
    done = {(r.contender, r.seed): r.status == "done" for r in runs.itertuples()}
    found: dict[tuple[str, int], tuple[float, float]] = {}
    for seed, mine in epochs.groupby("seed"):
        own = {
            (str(name), int(str(seed))): table.sort_values("epoch")
            for name, table in mine.groupby("contender")
        }
        ends = {
            key[0]: float(table["error"].tail(TAIL).median())
            for key, table in own.items()
            if done[key]
        }
        named = {n: end for n, end in ends.items() if not n.startswith("constant-")}
        target = max((named or ends).values(), default=np.nan) if match is None else match
        for key, table in own.items():
            cost = matched_cost(table["error"].tolist(), table["level"].tolist()[1:], target)
            found[key] = (target, np.nan if cost is None or not done[key] else float(cost))
    return found


def _compared(table: pd.DataFrame) -> pd.DataFrame:
    """Add what is saved against the converged contender, NaN if it did not run."""
    base = table[table["contender"] == "converged"]
    for column, saved in (("train_s", "time_saving"), ("matched_cost", "matched_saving")):
        whole = float(base[column].iloc[0]) if len(base) else np.nan
        table[saved] = 1 - table[column] / whole
    return table[list(COLUMNS)]
