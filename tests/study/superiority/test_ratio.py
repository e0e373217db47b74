"""The ratio of measured errors: exact cases, invariances, the bootstrap on a known law, zeros."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.study.superiority.ratio import ratio_of, split

EPS = np.finfo(np.float64).eps


def errors(seed, seeds, samples, times):
    rng = np.random.default_rng(seed)
    return rng.lognormal(size=(seeds, samples, times)), rng.lognormal(size=(samples, times))


def test_a_ratio_of_means_is_no_mean_of_ratios():
    emulator, teacher = np.array([[1.0, 3.0], [3.0, 9.0]]), np.array([[1.0, 6.0], [9.0, 2.0]])
    found = ratio_of(emulator, teacher)
    assert found.numerator.tolist() == [2.0, 6.0]
    assert found.denominator.tolist() == [5.0, 4.0]
    assert found.value.tolist() == [0.4, 1.5]
    assert found.per_sample.tolist() == [[1.0, 0.5], [3 / 9, 4.5]]
    assert (found.first, found.last, found.best, found.steps) == (1, 1, 1, 2)


def test_steps_of_superiority():
    # the same ratio in every sample: the bootstrap has nothing to vary, so all of it is certain
    curve = np.array([1.0, 0.9, 0.7, 0.8, 1.2, 0.95])
    teacher = np.outer([1.0, 2.0, 4.0], np.ones(6))
    found = ratio_of(curve * teacher, teacher)
    assert found.superior.tolist() == [False, True, True, True, False, True]
    assert (found.first, found.last, found.best) == (2, 6, 3)
    assert found.kind == "autoregressive"
    # two roundings of a quotient of two sums of three
    assert np.max(np.abs(found.low - curve)) <= 8 * EPS
    assert np.max(np.abs(found.high - curve)) <= 8 * EPS
    assert ratio_of(0.5 * teacher, teacher).kind == "state-space"
    worse = ratio_of(2 * teacher, teacher)
    assert (worse.kind, worse.first, worse.last) == ("none", None, None)


@given(st.integers(0, 99), st.integers(1, 4), st.integers(1, 6), st.integers(1, 5))
def test_invariances(seed, seeds, samples, times):
    emulator, teacher = errors(seed, seeds, samples, times)
    plain = ratio_of(emulator, teacher, resamples=50)
    assert np.all((plain.low <= plain.high) & (plain.low > 0))
    # the unit of the errors cancels: powers of two exactly
    scaled = ratio_of(4 * emulator, 4 * teacher, resamples=50)
    for name in ("value", "low", "high", "per_sample"):
        assert np.array_equal(getattr(scaled, name), getattr(plain, name))
    # a step is judged by itself
    cut = ratio_of(emulator[..., :1], teacher[:, :1], resamples=50)
    assert cut.value[0] == pytest.approx(plain.value[0], rel=10 * EPS)
    assert cut.high[0] == pytest.approx(plain.high[0], rel=10 * EPS)
    # the order of samples and seeds is no matter, up to that of additions
    order = np.random.default_rng(seed).permutation(samples)
    moved = ratio_of(emulator[::-1][:, order], teacher[order], resamples=50)
    assert moved.value == pytest.approx(plain.value, rel=20 * EPS)
    # one seed with or without its axis
    single = ratio_of(emulator[0], teacher, resamples=50)
    assert np.array_equal(single.value, ratio_of(emulator[:1], teacher, resamples=50).value)
    assert single.per_sample.shape == (samples, times)
    # exchanging the two is the inverse
    turned = ratio_of(teacher, emulator[0], resamples=50)
    assert turned.value * single.value == pytest.approx(1, rel=20 * EPS)


def test_errors_may_be_as_large_as_numbers_get():
    found = ratio_of(np.full((2, 2), 1e300), np.full((2, 2), 2e300))
    assert found.value.tolist() == [0.5, 0.5]


def test_the_interval_covers_the_true_ratio():
    # emulator = 0.8 x, teacher = x', both of mean 1: the ratio of expectations is 0.8. A 90 %
    # interval of 60 samples covers it in 86 % of cases or more (percentiles of skewed means are a
    # little narrow) and, being no wider than it claims, in 95 % or less: 400 draws, 3 σ = 4.5 %.
    rng, hits = np.random.default_rng(5), 0
    for trial in range(400):
        common = rng.gamma(4.0, 0.25, size=(60, 1))
        emulator = 0.8 * common * rng.gamma(8.0, 0.125, size=(60, 1))
        teacher = common * rng.gamma(8.0, 0.125, size=(60, 1))
        found = ratio_of(emulator, teacher, seed=trial, resamples=200, level=0.9)
        hits += int(found.low[0] <= 0.8 <= found.high[0])
    assert 0.9 - 0.085 <= hits / 400 <= 0.95


def test_pairing_makes_the_interval_narrow():
    rng = np.random.default_rng(0)
    hard = rng.lognormal(sigma=1.0, size=(40, 1))  # some samples are hard for both
    noise = 1 + 0.01 * rng.standard_normal((40, 1))
    together = ratio_of(0.9 * hard * noise, hard)
    apart = ratio_of(0.9 * np.roll(hard, 7, axis=0), hard)
    # paired, the spread of hardness cancels but for the noise of 1 %
    assert together.high[0] - together.low[0] < 0.02 < 0.2 < apart.high[0] - apart.low[0]


def test_seeds_spread_the_interval():
    teacher = np.ones((10, 3))
    runs = np.multiply.outer([0.8, 0.9, 1.0, 1.1], teacher)
    found = ratio_of(runs, teacher)
    assert found.value == pytest.approx(0.95, rel=4 * EPS)
    assert np.all((found.low < 0.9) & (found.high > 1.0))
    assert found.kind == "none"  # 0.95 alone would have been superior


def test_vanishing_denominators_are_named():
    teacher = np.array([[0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0]])
    found = ratio_of(np.ones((2, 4)), teacher)
    assert found.undefined == (1,)
    assert np.isnan([found.value[0], found.low[0], found.high[0]]).all()
    assert found.value.tolist()[1:] == [1.0, 2.0, 1.0]
    assert np.isnan(found.per_sample).tolist() == [[True, False, True, False], [True] + 3 * [False]]
    line = found.undefined_line
    assert "at most 0 at step 1;" in line
    assert "\n" not in line
    # a resampled teacher may have no error where the whole has one: the interval is open above
    assert found.high[2] == np.inf
    assert ratio_of(np.ones((2, 4)), np.ones((2, 4))).undefined_line is None


def test_a_floor_takes_rounding_for_nothing():
    teacher = np.tile([1e-16, 1e-16, 1e-16, 1e-2, 1e-17], (3, 1))
    found = ratio_of(np.full((3, 5), 1e-3), teacher, floor=1e-14)
    assert found.undefined == (1, 2, 3, 5)
    assert found.best == 4
    assert "1e-14 at steps 1, 2, 3, 5;" in found.undefined_line


def test_lost_rollouts():
    emulator = np.array([[1.0, np.nan, np.inf], [1.0, 1.0, np.inf]])
    found = ratio_of(emulator, np.ones((2, 3)))
    assert found.value.tolist() == [1.0, np.inf, np.inf]
    assert found.undefined == ()
    lost = ratio_of(np.ones((2, 3)), np.array([[1.0, np.inf, np.nan], [1.0, 1.0, 1.0]]))
    assert lost.undefined == (2, 3)
    assert "not finite at steps 2 to 3;" in lost.undefined_line


@pytest.mark.parametrize(
    ("emulator", "teacher", "more", "text"),
    [
        (np.ones((2, 3)), np.ones((3, 2)), {}, "(2, 3) and (3, 2)"),
        (np.ones(3), np.ones(3), {}, "(samples, times)"),
        (np.ones((0, 3)), np.ones((0, 3)), {}, "(0, 3)"),
        (np.ones((2, 3)), np.ones((1, 2, 3)), {}, "(1, 2, 3)"),
        (-np.ones((2, 3)), np.ones((2, 3)), {}, "pass norms"),
        (np.ones((2, 3)), np.ones((2, 3)), {"level": 1.0}, "level between 0 and 1"),
        (np.ones((2, 3)), np.ones((2, 3)), {"resamples": 0}, "resamples of at least 1"),
        (np.ones((2, 3)), np.ones((2, 3)), {"floor": -1.0}, "floor"),
    ],
)
def test_refusals(emulator, teacher, more, text):
    with pytest.raises(InvalidInput) as caught:
        ratio_of(emulator, teacher, **more)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.integers(0, 99), st.integers(1, 3), st.sampled_from([(8,), (5,), (4, 3)]))
def test_a_split_adds_up(seed, channels, points):
    rng = np.random.default_rng(seed)
    predicted, one, reference = rng.standard_normal((3, 2, 4, channels, *points))
    parts = split(predicted, one, reference)
    space = tuple(range(3, 3 + len(points)))
    whole = np.sum(np.mean((predicted - reference) ** 2, axis=space), axis=2)
    # sums of at most 60 squares of order 1, three of them
    assert parts.whole == pytest.approx(whole, rel=200 * EPS, abs=200 * EPS)
    assert np.all((parts.one_step >= 0) & (parts.carried >= 0))


def test_a_split_of_a_linear_pair():
    # f = a u, r = b u on one state u: the error aᵗ - bᵗ is (a - b) bᵗ⁻¹ made in step t, and
    # a (aᵗ⁻¹ - bᵗ⁻¹) carried, none of it at the first step
    a, b, t = 0.5, 0.75, np.arange(1, 4)
    u = np.ones((1, 1, 1, 4))
    ours, truth = (np.concatenate([u * x**k for k in t], axis=1) for x in (a, b))
    one = np.concatenate([u * a * b ** (k - 1) for k in t], axis=1)
    parts = split(ours, one, truth)
    assert parts.one_step[0].tolist() == [((a - b) * b ** (k - 1)) ** 2 for k in t]
    assert parts.carried[0].tolist() == [(a * (a ** (k - 1) - b ** (k - 1))) ** 2 for k in t]
    assert parts.whole[0].tolist() == [(a**k - b**k) ** 2 for k in t]


def test_a_split_wants_three_sets():
    with pytest.raises(InvalidInput, match="three arrays"):
        split(np.ones((1, 2, 1, 4)), np.ones((1, 2, 1, 4)), np.ones((1, 2, 1, 5)))
