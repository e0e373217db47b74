"""A difference is found at the level where it was planted, and nowhere else."""

import copy

import numpy as np
import pandas as pd
import pytest

from xpde.study import CompareConfig
from xpde.study.agreement import LEVELS, Outcome, agreement_table, growth_bound, growth_table

STEPS = 12
CONFIG = CompareConfig("diff_burgers", {"points": 16, "train_samples": 2, "test_samples": 4})
GROWTH = 1e-15 * 1.1 ** np.arange(STEPS)


def outcome(name: str) -> Outcome:
    rng = np.random.default_rng(0)
    arrays = {
        "probe/rfftn": rng.standard_normal((2, 9)),
        "probe/convolve": rng.standard_normal((2, 16)),
        "rollout": rng.standard_normal((2, STEPS + 1, 1, 16)),
        "spectra": rng.uniform(1, 2, (4, 9)),
        "errors": rng.uniform(1, 2, (4, STEPS)),
        "gradient": rng.standard_normal(10) * np.repeat([1.0, 1e-6], 5),
        "gradient_sizes": np.array([5, 5]),
        "first_loss": np.array([0.3]),
    }
    values = {"metric": "mean_nRMSE", "step": range(1, 4), "value": [0.1, 0.2, 0.3]}
    return Outcome(name, arrays, rng.uniform(1, 2, 30), pd.DataFrame(values))


def flagged(one: Outcome) -> set[tuple[int, str]]:
    table = agreement_table(CONFIG, [outcome("numpy"), one], GROWTH)
    wrong = table[~table["agrees"]]
    return set(zip(wrong["level"], wrong["quantity"], strict=True))


def test_equal_outcomes_agree_exactly():
    table = agreement_table(CONFIG, [outcome("numpy"), outcome("jax")], GROWTH)
    assert table["agrees"].all()
    assert (table["difference"] == 0).all()
    assert set(table["level"]) == set(range(len(LEVELS)))
    assert (table["bound"] > 0).all()


def plant_losses(one: Outcome) -> Outcome:
    return Outcome(one.name, one.arrays, one.losses * (1 + 1e-6), one.metrics)


PLANTED = {
    "adapter": (lambda a: a["probe/rfftn"].__iadd__(1e-11), {(0, "rfftn")}),
    "one step": (lambda a: a["rollout"][:, 1].__iadd__(1e-11), {(1, "solver step")}),
    "rollout": (
        lambda a: a["rollout"][:, STEPS].__iadd__(1e-11), {(2, f"state after {STEPS} steps")}
    ),
    "statistics": (lambda a: a["spectra"].__iadd__(3.0), {(3, "spectrum / interval")}),
    "small leaf": (
        # far below the largest entry of the gradient, far above rounding of its own leaf
        lambda a: a["gradient"][5:].__imul__(1 + 1e-8),
        {(4, "gradient at the initial weights")},
    ),
    "first loss": (lambda a: a["first_loss"].__imul__(1 + 1e-9), {(4, "first loss")}),
}  # fmt: skip


@pytest.mark.parametrize("where", sorted(PLANTED))
def test_planted_difference_is_found_there_only(where):
    plant, expected = PLANTED[where]
    one = copy.deepcopy(outcome("jax"))
    plant(one.arrays)
    assert flagged(one) == expected


def test_planted_losses_are_found():
    assert flagged(plant_losses(outcome("jax"))) == {(4, "first 30 losses")}


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_never_agrees(value):
    one = outcome("jax")
    one.arrays["rollout"][0, STEPS] = value
    assert (2, f"state after {STEPS} steps") in flagged(one)


def test_bound_follows_the_growth():
    """At least the rounding of a step, in proportion to the growth beyond, never above 2."""
    eps = np.finfo(float).eps
    bound = growth_bound(np.array([0.0, 1e-10, 1e-9, 10.0]), eps, 2)
    assert bound[0] > 0
    assert bound[2] == pytest.approx(10 * bound[1])
    assert bound[3] == 2.0
    assert np.all(np.diff(bound) > 0)


def test_growth_table_has_a_row_a_step():
    one = outcome("jax")
    one.arrays["rollout"][:, 5] *= 1 + 1e-12
    table = growth_table(CONFIG, [outcome("numpy"), one], GROWTH)
    assert list(table["step"]) == list(range(1, STEPS + 1))
    assert list(table["step"][table["difference"] > 0]) == [5]
