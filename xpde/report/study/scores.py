"""One number for every run: the geometric mean of its error curve."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from xpde.report.study.bands import QUARTILES
from xpde.report.study.group import Group
from xpde.report.study.series import Series
from xpde.study.summary import aggregate_gmean, quantiles

__all__ = ["HORIZON", "METRIC", "Score", "scores"]

METRIC = "mean_nRMSE"
HORIZON = 100


@dataclass(frozen=True)
class Score:
    """The geometric mean errors of a series.

    Attributes
    ----------
    series
        Whose.
    table
        A row per run: run, seed, status, gmean. It is infinite where the training or the rollouts
        diverged, and NaN where there is no result, because the run failed or is missing.
    """

    series: Series
    table: pd.DataFrame

    @property
    def finite(self) -> list[float]:
        """The values that can be drawn, in order of the seeds."""
        values = self.table["gmean"].to_numpy(dtype=float)
        return [float(v) for v in values[np.isfinite(values)]]

    @property
    def seeds(self) -> int:
        """Number of runs that were asked for."""
        return len(self.table)

    @property
    def lost(self) -> dict[str, int]:
        """What became of the runs without a finite value, and of how many."""
        gone = self.table[~np.isfinite(self.table["gmean"].to_numpy(dtype=float))]
        # a training may end well whose rollouts do not
        words = gone["status"].replace("done", "diverged in rollouts")
        return {str(word): int(count) for word, count in words.value_counts(sort=False).items()}

    @cached_property
    def quartiles(self) -> dict[str, float]:
        """Quartiles over the runs with a result, NaN without any; infinities are the largest."""
        known = self.table.dropna(subset=["gmean"])
        if known.empty:
            return dict.fromkeys(QUARTILES, float("nan"))
        found = quantiles(known, [], "gmean", *QUARTILES.values()).iloc[0]
        return {name: float(found.iloc[i]) for i, name in enumerate(QUARTILES)}

    def middle(self) -> list[str]:
        """Return the runs from the median one outwards, those without a finite value last."""
        ranked = self.table.sort_values("gmean", na_position="last", kind="stable")
        count = len(self.finite)
        center = (count - 1) // 2
        order = sorted(range(count), key=lambda i: (abs(i - center), i))
        return [str(ranked["run"].iloc[i]) for i in [*order, *range(count, self.seeds)]]


def scores(group: Group) -> list[Score]:
    """Return the geometric mean of :data:`METRIC` over the first :data:`HORIZON` steps.

    Shorter curves are taken whole. What a run without any curve is worth, :class:`Score` says.
    """
    rows = group.tables["metrics"]
    rows = rows[rows["metric"].astype(str) == METRIC]
    means = aggregate_gmean(rows, METRIC, HORIZON, by=["run"]) if len(rows) else _NONE
    values = dict(zip(means["run"].astype(str), means[f"gmean_{METRIC}"], strict=True))
    found = []
    for series in group.series:
        runs = group.runs.set_index("run").loc[list(series.runs)].reset_index()
        table = pd.DataFrame(
            {
                "run": runs["run"].astype(str),
                "seed": runs["seed"].astype(int),
                "status": runs["status"].astype(str),
                "gmean": [
                    _value(values.get(str(run)), str(status))
                    for run, status in zip(runs["run"], runs["status"], strict=True)
                ],
            }
        )
        found.append(Score(series, table))
    return found


_NONE = pd.DataFrame({"run": [], f"gmean_{METRIC}": []})


def _value(mean: float | None, status: str) -> float:
    if mean is None:
        return float("inf") if status == "diverged" else float("nan")
    return mean if np.isfinite(mean) else float("inf")
