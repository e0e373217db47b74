"""Is the best really better? Every network and training against the best of its group.

**Choosing the best from the same runs** makes p-values a little too small, which Holm's correction
does not know of: among candidates of equal quality, with 10 seeds, some is called worse in 5 % of
the groups of 2 (as stated), 7 % of those of 3, 8 % of those of 5, 10 % of those of 8.

**Lost runs**, whose value is not a positive number, are infinite in the medians and absent in the
tests, which is to the advantage of candidates that diverge. ``with_diverged`` of
:mod:`xpde.study.summary` adds the runs without a rollout; others that are not in the table are not
known.

References: Holm, Scand. J. Statist. 6 (1979) 65; Welch, Biometrika 34 (1947) 28; Wilcoxon,
Biometrics Bulletin 1 (1945) 80.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from xpde.errors import InvalidInput
from xpde.study.summary import identity_columns

__all__ = ["Contrast", "holm", "paired", "significance", "welch"]

RESULT = (
    "runs", "lost", "median", "test", "n", "ratio", "ratio_low", "ratio_high", "p_t", "p_wilcoxon",
    "p_holm", "verdict",
)  # fmt: skip


@dataclass(frozen=True)
class Contrast:
    """One comparison of positive numbers: the ratio of geometric means, its interval, p-values.

    Attributes
    ----------
    test
        ``paired`` or ``Welch``.
    n
        Pairs, or the smaller of two samples.
    ratio, low, high
        Ratio of geometric means and its confidence interval.
    p_t, p_wilcoxon
        Two-sided p-values of the t-test on logarithms, and of the rank test of Wilcoxon: signed
        ranks of pairs, or rank sums. NaN with fewer than two values.
    """

    test: str
    n: int
    ratio: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    p_t: float = float("nan")
    p_wilcoxon: float = float("nan")


def significance(
    table: pd.DataFrame,
    value: str = "gmean_mean_nRMSE",
    by: Sequence[str] | None = None,
    of: Sequence[str] = ("net", "train"),
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Compare every candidate, that is network and training, with the best of its group.

    The best has the lowest median over seeds. Runs are paired by seed, and the others left out,
    where at least two seeds and half of the smaller sample are common; otherwise all runs count
    (Welch). p-values of t-tests are corrected for the number of comparisons in the group (Holm).

    What is assumed: runs are independent; logarithms of the values (of their ratios, if paired) are
    nearly normal, which the rank test does not need; smaller is better. That the best is chosen
    from the same runs is not corrected for, and lost runs favor theirs: see the module.

    Parameters
    ----------
    table
        One row per run with its ``seed`` and ``value``, such as
        :func:`xpde.study.aggregate_gmean` returns.
    value
        What is compared.
    by
        Columns that make a group; by default the identity columns but run, seed, and ``of``.
    of
        Columns that make a candidate; see :func:`xpde.study.candidate_columns`.
    alpha
        Level of the verdicts; intervals have the confidence 1 - alpha.

    Returns
    -------
    DataFrame
        A row per group and candidate, the best first: ``by``, ``of``, the best's ``best_net`` and
        so on, ``runs``, ``lost``, ``median``, ``test``, ``n`` (pairs, or the smaller sample),
        ``ratio`` of the geometric means to the best's with ``ratio_low`` and ``ratio_high``,
        ``p_t``, ``p_wilcoxon``, ``p_holm``, and ``verdict``: ``best``, ``worse``, ``not
        distinguishable``, ``too few seeds``, or ``better`` where means contradict the medians.

    Raises
    ------
    InvalidInput
        If a column is missing, or a candidate has a seed twice in one group.
    """
    if not 0 < alpha < 1:
        raise InvalidInput(f"alpha: expected a level between 0 and 1, got {alpha}")
    of = list(of)
    apart = ("run", "seed", *of)
    by = [n for n in identity_columns(table) if n not in apart] if by is None else list(by)
    for name in (*by, *of, "seed", value):
        if name not in table.columns:
            raise InvalidInput(f"significance: expected the column {name!r}; see aggregate_gmean")
    rows: list[dict[str, Any]] = []
    groups = table.groupby(by, sort=False, observed=True, dropna=False) if by else [((), table)]
    for key, group in groups:
        fixed = dict(zip(by, key, strict=True))
        rows += [fixed | row for row in _compared(group, of, value, alpha)]
    return pd.DataFrame(rows, columns=[*by, *of, *(f"best_{name}" for name in of), *RESULT])


def holm(p: np.ndarray) -> np.ndarray:
    """Return the p-values of Holm's step-down procedure: max over j ≤ i of min(1, (m - j) p₍ⱼ₎).

    p₍₀₎ ≤ p₍₁₎ ≤ ... are the m numbers among (M,); NaN stays NaN and does not count.

    Reference: Holm, Scand. J. Statist. 6 (1979) 65.
    """
    adjusted = np.array(p, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(adjusted))
    order = known[np.argsort(adjusted[known], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.maximum.accumulate(np.minimum(1.0, factors * adjusted[order]))
    return adjusted


def paired(ours: np.ndarray, theirs: np.ndarray, alpha: float = 0.05) -> Contrast:
    """Compare pairs (n,) of positive numbers: t-test and signed ranks of d = log ours - log theirs.

    t = d̄ √n / s has n - 1 degrees of freedom under no difference.
    """
    d = np.log(ours) - np.log(theirs)
    if len(d) < 2:
        return Contrast("paired", len(d))
    error = float(np.std(d, ddof=1)) / len(d) ** 0.5
    low, high, p = _student(float(np.mean(d)), error, len(d) - 1, alpha)
    from scipy import stats

    ranks = float(stats.wilcoxon(d).pvalue) if np.any(d != 0) else 1.0
    return Contrast("paired", len(d), _exp(np.mean(d)), low, high, p, ranks)


def welch(ours: np.ndarray, theirs: np.ndarray, alpha: float = 0.05) -> Contrast:
    """Compare samples (n,), (m,) of positive numbers, whose variances may differ, by logarithms.

    t = (x̄ - ȳ) / √(v + w), v = s²/n, w = r²/m, with (v + w)² / (v²/(n-1) + w²/(m-1)) degrees of
    freedom; and the rank sums of Wilcoxon, Mann and Whitney.

    Reference: Welch, Biometrika 34 (1947) 28.
    """
    x, y = np.log(ours), np.log(theirs)
    n, m = len(x), len(y)
    if min(n, m) < 2:
        return Contrast("Welch", min(n, m))
    v, w = float(np.var(x, ddof=1)) / n, float(np.var(y, ddof=1)) / m
    freedom = (v + w) ** 2 / (v**2 / (n - 1) + w**2 / (m - 1)) if v + w > 0 else n + m - 2
    difference = float(np.mean(x) - np.mean(y))
    low, high, p = _student(difference, (v + w) ** 0.5, freedom, alpha)
    from scipy import stats

    ranks = float(stats.mannwhitneyu(x, y).pvalue)
    return Contrast("Welch", min(n, m), _exp(difference), low, high, p, ranks)


def _student(mean: float, error: float, freedom: float, alpha: float) -> tuple[float, float, float]:
    """Return exp of the interval mean ± t error, and the two-sided p-value of mean / error."""
    from scipy.special import stdtr, stdtrit

    if error == 0:  # every difference is the same
        return _exp(mean), _exp(mean), 1.0 if mean == 0 else 0.0
    half = float(stdtrit(freedom, 1 - alpha / 2)) * error
    return _exp(mean - half), _exp(mean + half), 2 * float(stdtr(freedom, -abs(mean) / error))


def _exp(x: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.exp(x))


def _compared(
    group: pd.DataFrame, of: list[str], value: str, alpha: float
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one group, the best first, then by median."""
    parts = group.groupby(of, sort=False, observed=True, dropna=False)
    numbers = {candidate: _by_seed(candidate, rows, value) for candidate, rows in parts}
    medians = {candidate: _median(found.to_numpy()) for candidate, found in numbers.items()}
    ranked = sorted(numbers, key=medians.__getitem__)  # stable: the first of equals
    best = ranked[0]
    tests = [_test(numbers[other], numbers[best], alpha) for other in ranked[1:]]
    corrected = holm(np.asarray([test.p_t for test in tests]))
    names = [*of, *(f"best_{name}" for name in of)]
    for place, candidate in enumerate(ranked):
        found = numbers[candidate]
        row = dict(zip(names, (*candidate, *best), strict=True))
        row |= {"runs": len(found), "lost": int(np.sum(np.isinf(found)))}
        row["median"] = medians[candidate]
        if place == 0:
            kept = len(found) - row["lost"]
            yield row | {"test": "", "n": kept, "ratio": 1.0, "verdict": "best"}
        else:
            yield row | _cells(tests[place - 1], float(corrected[place - 1]), alpha)


def _by_seed(candidate: tuple[Any, ...], rows: pd.DataFrame, value: str) -> pd.Series:
    """Return the values by seed, infinity for what is not a positive number."""
    twice = rows["seed"][rows["seed"].duplicated()]
    if len(twice):
        raise InvalidInput(
            f"significance: expected one run of {' '.join(map(str, candidate))} for each seed, got "
            f"seed {twice.iloc[0]} again; pass of=candidate_columns(runs) or group by what differs"
        )
    found = pd.Series(rows[value].to_numpy(dtype=np.float64), index=rows["seed"].to_numpy())
    return found.where((found > 0) & np.isfinite(found), np.inf)


def _median(values: np.ndarray) -> float:
    """The median, where infinities may be in the middle."""
    ordered = np.sort(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return float(low if low == high else (low + high) / 2)


def _test(ours: pd.Series, theirs: pd.Series, alpha: float) -> Contrast:
    ours, theirs = ours[np.isfinite(ours)], theirs[np.isfinite(theirs)]
    common = ours.index.intersection(theirs.index)
    fewer = min(len(ours), len(theirs))
    if 2 * len(common) >= max(4, fewer) or fewer < 2:
        return paired(ours[common].to_numpy(), theirs[common].to_numpy(), alpha)
    return welch(ours.to_numpy(), theirs.to_numpy(), alpha)


def _cells(test: Contrast, p_holm: float, alpha: float) -> dict[str, Any]:
    if np.isnan(p_holm):
        verdict = "too few seeds"
    elif p_holm >= alpha:
        verdict = "not distinguishable"
    else:
        verdict = "worse" if test.ratio > 1 else "better"
    return {
        "test": test.test,
        "n": test.n,
        "ratio": test.ratio,
        "ratio_low": test.low,
        "ratio_high": test.high,
        "p_t": test.p_t,
        "p_wilcoxon": test.p_wilcoxon,
        "p_holm": p_holm,
        "verdict": verdict,
    }
