"""Rules of refinement: the published decisions, and what the others promise."""

import json
import math
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.train import (
    Constant,
    Geometric,
    Milestones,
    Progressive,
    RefineState,
    ResidualDriven,
)

sys.path.insert(0, str(Path(__file__).parent))
from following import follow, levels

PAPER = Progressive.preset("paper")


def closed_form(errors, window):
    """The published smoothing: y_k = (1 - α)^k (e_0 + Σ_{i=1..k} α e_i (1 - α)^{-i})."""
    alpha, k = 2 / (window + 1), np.arange(len(errors))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        terms = alpha * np.asarray(errors) * (1 - alpha) ** (-1.0 * k)
        return (1 - alpha) ** k * (errors[0] - alpha * errors[0] + np.cumsum(terms))


def published(errors, window=6, lag=3, stepping=0.98, stop=0.9, mark=100.0):
    """Levels after each error, from the table of decisions, recomputed at every check."""
    level, found = 1, []
    for count in range(1, len(errors) + 1):
        y = closed_form(errors[:count], window)
        if count > lag and y[-1] / y[-lag] > stepping:
            quotient = y[-1] / mark
            if quotient < stop or quotient > 1:
                mark, level = y[-1], level + 1
        found.append(level)
    return found


@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 60),
    st.integers(2, 9),
    st.integers(2, 5),
    st.sampled_from([0.02, 0.3, 1.5]),
    st.sampled_from([0.9, 0.95, 0.98]),
)
def test_the_paper_preset_decides_as_published(seed, count, window, lag, noise, stepping):
    """On random walks that stand still, fall, rise and explode; from c = 100 and from e_0."""
    steps = np.random.default_rng(seed).normal(-0.05, noise, count)
    errors = np.exp(np.cumsum(steps))
    given_ = {"window": window, "lag": lag, "stepping": stepping}
    rule = Progressive.preset("paper", **given_)
    assert levels(rule, errors) == published(errors, **given_)
    first = Progressive.preset("paper", **given_, reference="first")
    assert levels(first, errors) == published(errors, **given_, mark=errors[0])


def test_the_recursion_is_the_closed_form_where_that_is_a_number():
    errors = np.exp(np.random.default_rng(0).normal(size=300))
    rule = Progressive.preset("paper", lag=2)
    assert rule.window == 6
    found = [state.recent[-1] for state in follow(rule, errors)]
    # 300 additions of positive terms: each rounding moves y by eps/2 of it
    assert np.allclose(found, closed_form(errors, 6), rtol=300 * np.finfo(float).eps)


def test_the_published_smoothing_ends_after_2100_checks():
    """(1 - α)^{-k} leaves float64 where k > ln(max) / -ln(5/7); the ratio is no number then."""
    last = math.log(np.finfo(float).max) / -math.log(5 / 7)
    assert 2100 < last < 2120
    y = closed_form(np.ones(2300), 6)
    assert np.all(np.isfinite(y[:2100]))
    with np.errstate(invalid="ignore"):
        assert not np.isfinite(y[2120:] / y[2118:-2]).any()


def test_long_trainings():
    """Ten times as many checks: y is still the error, the memory of one size, a fall seen.

    The rule knows the number of checks from its state only, so a million need not be made.
    """
    state = PAPER.start()
    for _ in range(20_000):
        state, _ = PAPER.step(state, 3.0)
    assert (state.level, state.why) == (2, "vain")
    # rounding of α + (1 - α) is damped by 1 - α a check: eps/α in all
    assert np.allclose(state.recent, [3.0] * 3, rtol=4 * np.finfo(float).eps)
    assert state.checks == 20_000
    state = replace(state, checks=10**6, seen=10**6)
    for _ in range(40):
        state, level = PAPER.step(state, 1.0)
    assert level == 3


@pytest.mark.slow
def test_a_million_checks():
    """Of noise of 10 % about 1, one by one: y is the mean of the last errors, and still decides."""
    errors = np.exp(np.random.default_rng(0).normal(0, 0.1, 10**6)).tolist()
    states = {}
    for rule in (PAPER, Progressive()):
        state = rule.start()
        for error in errors:
            state, _ = rule.step(state, error)
        assert state.checks == 10**6
        assert len(state.recent) == rule.lag
        assert 0.6 < state.recent[-1] < 1.5  # between the exponentials of -5 and 4 deviations
        states[rule] = state
    assert states[Progressive()].stopped
    # the first standstill, and as many rises as patience bears
    assert states[Progressive()].level <= 2 + Progressive().patience
    assert not states[PAPER].stopped
    level = states[PAPER].level
    for error in [1.0] * 40 + [0.5] * 40:  # a fall to a half, and a standstill there
        states[PAPER], last = PAPER.step(states[PAPER], error)
    assert last > level


FLAT = {"window": 1, "lag": 2, "stepping": 0.5}
TABLE = [  # errors, c, level after the last: thresholds 1/2 are exact in binary
    ([1.0, 1.0], 4.0, 1, "early"),
    ([1.0, 1.0, 1.0], 4.0, 2, "paid"),
    ([8.0, 2.0, 1.0], 4.0, 1, "improving"),  # r = 1/2 exactly
    ([8.0, 2.0, 1.25], 4.0, 2, "paid"),
    ([2.0, 2.0, 2.0], 4.0, 1, "vain"),  # q = 1/2 exactly
    ([4.0, 4.0, 4.0], 4.0, 1, "vain"),  # q = 1 exactly
    ([3.0, 3.0, 3.0], 4.0, 1, "vain"),
    ([5.0, 5.0, 5.0], 4.0, 2, "risen"),
    ([0.0, 0.0, 0.0], 4.0, 1, "improving"),  # 0/0 is no standstill
    ([1.0, math.nan, 1.0], 4.0, 1, "improving"),
]


@pytest.mark.parametrize(("errors", "mark", "level", "why"), TABLE)
def test_decisions(errors, mark, level, why):
    """Every comparison is strict, and the first decision is at the error δ + 1."""
    rule = Progressive.preset("paper", **FLAT, stop=0.5, reference=mark)
    last = follow(rule, errors)[-1]
    assert (last.level, last.why) == (level, why)


def test_the_published_rule_refines_an_overfitting_training_at_every_check():
    """And ends it at any level; the default within its patience."""
    rising = [1.02**i for i in range(300)]
    assert levels(PAPER, [*[0.5] * 4, *rising])[-1] > 100
    assert levels(Progressive(), rising)[-1] <= 1 + 1 + Progressive().patience
    assert follow(Progressive(), rising)[-1].stopped


@pytest.mark.parametrize("seed", range(5))
def test_noise_on_a_plateau(seed):
    """10 % of noise: the published rule creeps up, the default stops for good."""
    rng = np.random.default_rng(seed)
    errors = np.exp(0.1 * rng.standard_normal(3000))
    default = follow(Progressive(), errors)
    assert default[-1].stopped
    assert default[-1].level <= 7  # two in a hundred such series end higher
    assert follow(PAPER, errors)[-1].level > 50


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_the_default_refines_in_bounds(seed):
    """At most patience rises between two new lowest errors, whatever the metric does."""
    rng = np.random.default_rng(seed)
    errors = np.exp(np.cumsum(rng.normal(0, 0.5, 2000)))
    errors[rng.random(2000) < 0.05] = rng.choice([np.nan, np.inf, 0.0])
    rule = Progressive()
    states = follow(rule, errors)
    positive = errors[np.isfinite(errors) & (errors > 0)]
    lows = 2 + math.log(positive.max() / positive.min()) / -math.log(rule.stop)
    raised = [b.refinements - a.refinements for a, b in pairwise(states)]
    assert max(raised) <= 1
    assert states[-1].refinements <= 2 * (rule.patience + 1) * lows
    assert all(b.level == a.level for a, b in pairwise(states) if a.stopped)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_an_error_that_is_no_number(bad):
    """It refines at once, leaves no trace in the smoothing, and cannot do it for ever."""
    states = follow(Progressive(), [1.0, 1.0, bad, 1.0, 1.0])
    assert [s.level for s in states] == [1, 1, 2, 2, 2]
    assert all(math.isfinite(y) for s in states for y in s.recent)
    ended = follow(Progressive(), [bad] * 50)[-1]
    assert ended.stopped
    assert ended.level == Progressive().patience
    assert levels(Progressive(diverged=False), [bad] * 50)[-1] == 1


def test_an_error_of_zero_refines_nothing():
    assert levels(Progressive(), [0.0] * 100)[-1] == 1


def test_falling_steps_reach_the_level_they_need():
    """Errors that fall threefold with each level, as the solver's does, up to a floor of 12."""
    state, errors = Progressive().start(), []
    for _ in range(300):
        target = max(3.0 ** (-state.level), 3.0**-12)
        error = target if not errors else target + 0.3 * (errors[-1] - target)
        errors.append(error)
        state, _ = Progressive().step(state, error)
    assert 12 <= state.level <= 14
    assert state.stopped


HEAT_2D = [87, 6.7, 1.42, 0.442, 0.166, 0.0733, 0.0347, 0.0203, 0.0138, 0.0115, 0.0111, 0.0108]
"""Published final errors of the constant levels 1 to 12 from 0.515 on."""


@pytest.mark.parametrize("reference", ["infinity", "first"])
def test_a_rise_at_a_low_level(reference):
    """The first levels drive the error up; the descent that follows is not held against them."""
    rule = Progressive(reference=reference)
    state, error, peak = rule.start(), 0.515, 0.0
    for _ in range(100):
        state, level = rule.step(state, error)
        peak, error = max(peak, error), math.sqrt(error * HEAT_2D[min(level, 12) - 1])
    assert peak > 40
    assert 10 <= state.level <= 13  # the last levels that gain a tenth, and one in vain
    assert state.refinements == state.level - 1


def heat_2d(rule, checks):
    """Levels and errors of a training that halves its distance to the floor at every check."""
    state, errors, found = rule.start(), [0.515], []
    for _ in range(checks):
        state, level = rule.step(state, errors[-1])
        found.append(level)
        errors.append(math.sqrt(errors[-1] * HEAT_2D[min(level, 12) - 1]))
    return found, errors


@pytest.mark.parametrize("first", [1, 3])
def test_a_known_end_is_waited_for(first):
    """Until then the least level that does not mislead, 0.442 < 0.515; then all that pay.

    Half of what level 12 costs throughout, to within the floor of level 10.
    """
    found, errors = heat_2d(Progressive(first=first, horizon=70), 70)
    assert found[45] == 4
    assert 10 <= found[-1] <= 12
    assert errors[-1] < HEAT_2D[10 - 1]
    assert sum(found) < 0.5 * sum(heat_2d(Constant(12), 70)[0])
    free, other = heat_2d(Progressive(first=first), 70)
    assert sum(free) > sum(found) or other[-1] > 2 * errors[-1]


def test_levels_of_the_end():
    """From more than (1 - φ) E checks on one level each δ checks, the first in any case."""
    rule = Progressive(horizon=30)
    falling = follow(rule, [0.8**i for i in range(31)])
    at = [b.checks for a, b in pairwise(falling) if b.level > a.level]
    assert at == [21, 24, 27, 30]
    assert {s.why for s in falling[4:20]} == {"improving"}
    flat = follow(rule, [1.0] * 31)
    assert [s.level for s in flat] == [1] * 20 + [2] * 11
    assert [s.why for s in flat[-11:]] == ["paid", "early", "early", *["vain"] * 8]
    assert levels(Progressive(horizon=30, finish=0.0), [1.0] * 30)[-1] == 1
    assert levels(Progressive(horizon=30, finish=1.0), [0.8**i for i in range(31)])[-1] == 11


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 1.0))
@settings(max_examples=20)
def test_only_what_misleads_is_left_before_the_end(seed, finish):
    """Whatever the metric does: above ρ e_0, or no number; and patience is not spent on it."""
    rng = np.random.default_rng(seed)
    errors = np.exp(np.cumsum(rng.normal(0, 0.5, 201)))
    errors[1:][rng.random(200) < 0.05] = rng.choice([np.nan, np.inf])
    rule = Progressive(horizon=200, finish=finish)
    for before, after in pairwise(follow(rule, errors)):
        waits = after.checks <= (1 - finish) * 200
        if waits:
            assert after.vain == 0
            assert not after.stopped
        if waits and after.level > before.level:
            error = errors[after.checks - 1]
            smoothed = 0.4 * error + 0.6 * before.recent[-1] if before.seen else error
            # the same products and sums as the rule's, but for α = 0.4 and its rounding
            assert not math.isfinite(error) or smoothed > 1.1 * errors[0] * (1 - 1e-12)


def test_cooldown_cap_growth():
    paid = [4.0 ** (-i // 6) for i in range(60)]
    for cooldown in (0, 3, 9):
        rule = Progressive(**FLAT, reset=False, patience=None, cooldown=cooldown)
        states = follow(rule, paid)
        at = [b.checks for a, b in pairwise(states) if b.level > a.level]
        assert len(at) > 2
        assert min(b - a for a, b in pairwise(at)) > cooldown
    assert max(levels(Progressive(**FLAT, cap=3), paid)) == 3
    assert follow(Progressive(**FLAT, cap=2, patience=None), paid)[-1].level == 2
    grown = levels(Progressive(**FLAT, increment=1.5, growth="multiply"), paid)
    assert sorted(set(grown))[:6] == [1, 2, 3, 4, 6, 9]  # ⌊1.5 K⌋, one more at least


def test_a_reset_judges_a_level_by_its_own_errors():
    """The window is empty after a refinement, so the next decision is δ + 1 errors later."""
    states = follow(Progressive(lag=4), [1.0] * 12)
    assert [s.checks for s in states if s.why == "paid"] == [5]
    assert states[5].why == "early"
    assert states[4].recent == ()


RULES = [
    Progressive(),
    Progressive(lag=5, reset=False),
    Progressive(first=2, horizon=60),
    PAPER,
    Geometric(1, 2, 3),
    ResidualDriven(),
]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_state_survives_json(rule):
    """At every check: what is read back decides as what was written; strict JSON, NaN and all."""
    rng = np.random.default_rng(1)
    errors = [*np.exp(rng.normal(-0.1, 0.4, 60)), math.inf, math.nan, 0.1, 0.2]
    direct, stored = rule.start(), rule.start()
    for error in errors:
        direct, _ = rule.step(direct, error, 1.0)
        stored, _ = rule.step(stored, error, 1.0)
        stored = RefineState.read(json.loads(json.dumps(stored.plain(), allow_nan=False)))
        assert repr(stored) == repr(direct)  # NaN is not equal to itself, its text is


BAD = [
    (lambda: Progressive(first=-1), "prdp: expected a level to start from of 0 or more, got -1"),
    (lambda: Progressive(increment=0), "prdp: expected steps of 1 or more, got 0"),
    (lambda: Progressive(growth="multiply"), "prdp: expected a factor above 1, got 1"),
    (lambda: Progressive(growth="grow"), "unknown growth 'grow': valid: add, multiply"),
    (lambda: Progressive(lag=1), "prdp: expected lag of 2 or more, got 1"),
    (lambda: Progressive(window=0), "prdp: expected window of 1 or more, got 0"),
    (lambda: Progressive(patience=0), "prdp: expected patience of 1 or more, got 0"),
    (lambda: Progressive(horizon=0), "prdp: expected a horizon of 1 or more, got 0"),
    (lambda: Progressive(finish=1.5), "prdp: expected finish from 0 to 1, got 1.5"),
    (lambda: Progressive(stop=math.nan), "prdp: expected stop above 0, got nan"),
    (lambda: Progressive(cap=2, first=3), "prdp: expected a cap of 3, the first level, or more"),
    (lambda: Progressive(reference=0.0), "prdp: expected a reference above 0, got 0.0"),
    (lambda: Progressive(reference="fist"), "unknown reference 'fist': did you mean first"),
    (lambda: Progressive(nonfinite="risen"), "unknown nonfinite 'risen': did you mean rise?"),
    (lambda: Progressive.preset("papr"), "unknown preset 'papr': did you mean paper?"),
    (lambda: PAPER.step(PAPER.start(), -0.5), "prdp: expected an error of 0 or more, got -0.5"),
    (lambda: Geometric(0, 2), "geometric: expected a first level and checks"),
    (lambda: Milestones({1: 2}), "manual: expected checks that begin with 0, got 1"),
    (lambda: Milestones({0: -2}), "manual: expected levels of 0 or more"),
    (lambda: ResidualDriven(share=0.0), "residual: expected share above 0, got 0.0"),
    (lambda: ResidualDriven(patience=0), "residual: expected patience of 1 or more, got 0"),
]


@pytest.mark.parametrize(("make", "message"), BAD, ids=[m for _, m in BAD])
def test_refusals(make, message):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
