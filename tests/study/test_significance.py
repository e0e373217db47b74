"""Tests against the best: agreement with scipy, Holm by hand, and the rate of false alarms."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from xpde.errors import InvalidInput
from xpde.study.significance import holm, paired, significance, welch

VALUE = "gmean_mean_nRMSE"
CLOSE = 1e-9  # p-values by two routes through the incomplete beta function


def table(**values):
    """One problem; for every network its values by seed, a list or a dictionary."""
    rows = [
        {"run": f"{net}{seed}", "scenario": "diff_adv", "task": "predict", "net": net,
         "train": "one", "seed": seed, VALUE: value}
        for net, found in values.items()
        for seed, value in (found.items() if isinstance(found, dict) else enumerate(found))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def verdicts(found):
    return dict(zip(found["net"], found["verdict"], strict=True))


def samples(seed, n, shift=0.0, spread=0.2):
    """Two log-normal samples that share the luck of their seeds."""
    rng = np.random.default_rng(seed)
    luck, own = rng.normal(size=n), rng.normal(size=(2, n))
    return np.exp(luck + spread * own[0]), np.exp(luck + spread * own[1] + shift)


def test_holm_by_hand():
    """0.005·4, 0.01·3, 0.03·2, 0.04·1 in order; the last may not fall below the one before."""
    found = holm(np.asarray([0.01, 0.04, 0.03, np.nan, 0.005]))
    np.testing.assert_allclose(found, [0.03, 0.06, 0.06, np.nan, 0.02], rtol=1e-15)
    assert len(holm(np.asarray([]))) == 0


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=8), seed=st.integers(0, 1000))
def test_holm_is_between_one_test_and_bonferroni(p, seed):
    p = np.asarray(p)
    found = holm(p)
    assert np.all(found >= p)
    assert np.all(found <= np.minimum(1.0, len(p) * p))
    assert np.all(np.diff(found[np.argsort(p, kind="stable")]) >= 0)
    order = np.random.default_rng(seed).permutation(len(p))
    np.testing.assert_array_equal(holm(p[order]), found[order])


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 12), alpha=st.floats(0.01, 0.3))
def test_pairs_as_scipy(seed, n, alpha):
    a, b = samples(seed, n, 0.1)
    found, theirs = paired(b, a, alpha), stats.ttest_rel(np.log(b), np.log(a))
    interval = theirs.confidence_interval(1 - alpha)
    assert found.n == n
    assert found.p_t == pytest.approx(theirs.pvalue, rel=CLOSE)
    assert (found.low, found.high) == pytest.approx(
        np.exp([interval.low, interval.high]), rel=CLOSE
    )
    assert found.ratio == pytest.approx(stats.gmean(b) / stats.gmean(a), rel=CLOSE)
    assert found.p_wilcoxon == stats.wilcoxon(np.log(b), np.log(a)).pvalue
    assert (found.p_t < alpha) == (not found.low < 1 < found.high)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 9), m=st.integers(2, 9))
def test_welch_as_scipy(seed, n, m):
    a, b = samples(seed, n)[0], samples(seed + 1, m, 0.5)[1]
    found = welch(b, a)
    theirs = stats.ttest_ind(np.log(b), np.log(a), equal_var=False)
    interval = theirs.confidence_interval(0.95)
    assert (found.test, found.n) == ("Welch", min(n, m))
    assert found.p_t == pytest.approx(theirs.pvalue, rel=CLOSE)
    assert (found.low, found.high) == pytest.approx(
        np.exp([interval.low, interval.high]), rel=CLOSE
    )
    assert found.p_wilcoxon == stats.mannwhitneyu(b, a).pvalue


@pytest.mark.parametrize("pair", [True, False])
def test_the_rate_of_false_alarms_is_the_level(pair):
    """Of 1000 comparisons of equals 5 % are called different; binomial bounds hold 0.9999."""
    level, count = 0.05, 1000
    if pair:
        found = [paired(*samples([1, i], 8), level) for i in range(count)]
    else:
        found = [welch(samples([2, i], 8)[0], samples([3, i], 8)[0], level) for i in range(count)]
    low, high = stats.binom.interval(0.9999, count, level)
    assert low <= sum(f.p_t < level for f in found) <= high
    # signed ranks and rank sums of eight are discrete: their levels are at most what is asked
    assert sum(f.p_wilcoxon < level for f in found) <= high
    covered = sum(f.low <= 1 <= f.high for f in found)
    assert low <= count - covered <= high


def test_the_verdicts_of_equals_keep_the_level():
    """Two candidates: whichever is best by chance, 5 % of the groups have a worse one."""
    count, groups = 300, []
    for i in range(count):
        a, b = samples([4, i], 6)
        groups.append(table(a=a, b=b).assign(scenario=f"s{i}"))
    found = significance(pd.concat(groups))
    different = int(found["verdict"].isin(["worse", "better"]).sum())
    low, high = stats.binom.interval(0.9999, count, 0.05)
    assert low <= different <= high


def test_twice_as_bad_is_worse():
    a = samples(0, 8)[0]
    b = 2 * a * np.exp(0.05 * np.asarray([1, -1] * 4))  # spread that cancels in the mean
    found = significance(table(b=b, a=a))
    assert verdicts(found) == {"a": "best", "b": "worse"}
    best, worse = found.iloc[0], found.iloc[1]
    assert (best["ratio"], best["n"], best["test"]) == (1.0, 8, "")
    assert worse["ratio"] == pytest.approx(2, rel=1e-14)
    assert worse["ratio_low"] < 2 < worse["ratio_high"]
    assert worse["ratio_high"] / worse["ratio_low"] < 1.2
    assert (worse["best_net"], worse["best_train"], worse["test"]) == ("a", "one", "paired")
    assert worse["median"] == np.median(b)


def test_pairs_see_what_the_luck_of_seeds_hides_from_samples():
    """The same numbers without common seeds: their spread is five times the difference."""
    a, b = samples(0, 8, 0.3, spread=0.05)
    apart = table(a=a, b=dict(enumerate(b, start=100)))
    assert verdicts(significance(table(a=a, b=b)))["b"] == "worse"
    found = significance(apart)
    assert verdicts(found)["b"] == "not distinguishable"
    assert found["test"].tolist() == ["", "Welch"]


@pytest.mark.parametrize(
    ("ours", "theirs", "test", "n"),
    [
        (range(6), range(6), "paired", 6),
        (range(6), range(3, 9), "paired", 3),  # half of the smaller are common
        (range(6), range(4, 10), "Welch", 6),
        (range(8), range(7, 9), "Welch", 2),  # one pair is no pair
        (range(3), range(1), "paired", 1),
    ],
)
def test_pairs_where_seeds_match(ours, theirs, test, n):
    rng = np.random.default_rng(0)
    a = {seed: rng.uniform(1, 2) for seed in ours}
    b = {seed: rng.uniform(3, 4) for seed in theirs}
    found = significance(table(a=a, b=b)).iloc[1]
    assert (found["test"], found["n"]) == (test, n)


def test_too_few_seeds_have_no_verdict():
    found = significance(table(a=[1.0], b=[2.0], c=[]))
    assert verdicts(found) == {"a": "best", "b": "too few seeds"}
    assert found[["p_t", "p_wilcoxon", "p_holm", "ratio", "ratio_low"]].iloc[1].isna().all()
    assert verdicts(significance(table(a=[1.0]))) == {"a": "best"}


def test_equal_numbers_and_equal_ratios():
    values = [1.0, 2.0, 3.0, 4.0]
    found = significance(table(a=values, b=values)).iloc[1]
    assert (found["ratio"], found["p_t"], found["p_wilcoxon"]) == (1.0, 1.0, 1.0)
    assert found["verdict"] == "not distinguishable"
    found = paired(np.asarray([2.0, 4.0]), np.asarray([1.0, 2.0]))
    assert (found.ratio, found.p_t) == (pytest.approx(2.0, rel=1e-15), 0.0)


def test_lost_runs_count_in_medians_and_not_in_tests():
    good = [1.0, 1.1, 1.2, 1.3, 1.4]
    bad = [0.5, 0.6, math.inf, math.nan, 0.0]
    found = significance(table(bad=bad, good=good))
    assert verdicts(found) == {"good": "best", "bad": "better"}  # of those that ended well
    row = found.iloc[1]
    assert (row["runs"], row["lost"], row["n"], row["median"]) == (5, 3, 2, math.inf)
    found = significance(table(a=[math.nan] * 3, b=[math.inf] * 3))
    assert found["verdict"].tolist() == ["best", "too few seeds"]
    assert found["lost"].tolist() == [3, 3]


@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 1e3))
def test_the_order_of_rows_and_the_unit_do_not_matter(seed, scale):
    a, b = samples(seed, 6, 0.2)
    rows = table(a=a, b=b, c=np.roll(b, 1) + 0.5)
    first = significance(rows)
    shuffled = rows.sample(frac=1, random_state=seed)
    again = significance(shuffled.assign(**{VALUE: scale * shuffled[VALUE]}))
    assert first["net"].tolist() == again["net"].tolist()
    for name in ("ratio", "ratio_low", "ratio_high", "p_t", "p_holm"):
        # logarithms of size 7 lose three digits to their differences
        np.testing.assert_allclose(again[name], first[name], rtol=1e-8, atol=1e-12)


def test_groups_are_families_of_their_own():
    """Holm multiplies by the comparisons of the group: two here, one there."""
    a, b = samples(0, 6)[0], samples(0, 6, 0.5)[1]
    three = table(a=a, b=b, c=b[::-1] * 1.5)
    two = table(a=a, b=b).assign(scenario="other")
    found = significance(pd.concat([three, two])).set_index(["scenario", "net"])
    for scenario, rows in found.groupby("scenario"):
        p = rows["p_t"].to_numpy()
        np.testing.assert_array_equal(rows["p_holm"], holm(p), str(scenario))
    assert found.loc[("other", "a"), "verdict"] == "best"
    assert found.loc[("other", "b"), "p_holm"] == found.loc[("diff_adv", "b"), "p_t"]


def test_candidates_of_any_columns():
    a, b = samples(0, 6, 0.5, spread=0.05)
    rows = pd.concat([table(a=a).assign(noise=0.1), table(a=b).assign(noise=0.0)])
    found = significance(rows, of=["noise"])
    assert found[["noise", "best_noise"]].to_numpy().tolist() == [[0.1, 0.1], [0.0, 0.1]]
    assert found["verdict"].tolist() == ["best", "worse"]
    assert {"scenario", "task", "net", "train"} <= set(found.columns)
    with pytest.raises(InvalidInput, match="seed 0 again"):
        significance(rows)
    assert len(significance(rows, by=[], of=["noise"])) == 2


def test_categories_give_the_same():
    a, b = samples(0, 6, 0.5)
    rows = table(a=a, b=b)
    texts = ["scenario", "task", "net", "train"]
    one, other = significance(rows), significance(rows.astype(dict.fromkeys(texts, "category")))
    pd.testing.assert_frame_equal(one, other, check_dtype=False)


def test_what_cannot_be_compared_is_refused():
    rows = table(a=[1.0, 2.0])
    for words, call in {
        "'seed'": lambda: significance(rows.drop(columns="seed")),
        f"'{VALUE}'.*aggregate_gmean": lambda: significance(rows.drop(columns=VALUE)),
        "alpha": lambda: significance(rows, alpha=5),
    }.items():
        with pytest.raises(InvalidInput, match=words):
            call()
