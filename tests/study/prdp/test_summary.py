"""The table of contenders against calculation by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from xpde.study.prdp import summary
from xpde.study.prdp.summary import COLUMNS


def run(contender, seed, levels, error, train=1.0, status="done"):
    """A row of a run with two updates an epoch, one forward and one adjoint solve in each."""
    return {
        "contender": contender, "seed": seed, "rule": "r", "status": status, "error": error,
        "final_level": levels[-1], "level_sum": sum(levels), "forward_iterations": 2 * sum(levels),
        "adjoint_iterations": 2 * sum(levels), "train_s": train, "solver_s": 0.5, "network_s": 0.25,
        "other_s": train - 0.75, "validation_s": 0.1, "compile_s": 0.01 * seed,
    }  # fmt: skip


def course(contender, seed, levels, errors):
    return pd.DataFrame(
        {
            "contender": contender, "seed": seed, "epoch": range(len(errors)),
            "level": [0, *levels], "error": errors,
        }
    )  # fmt: skip


LEVELS = {"converged": [10] * 4, "paper": [1, 2, 2, 4], "constant-3": [3] * 4}
ERRORS = {
    "converged": [1.0, 0.5, 0.2, 0.1, 0.1],
    "paper": [1.0, 0.9, 0.3, 0.2, 0.2],
    "constant-3": [1.0, 0.8, 0.7, 0.6, 0.6],
}


def tables(seconds):
    runs = [run(n, 0, LEVELS[n], ERRORS[n][-1], seconds[n]) for n in LEVELS]
    epochs = [course(n, 0, LEVELS[n], ERRORS[n]) for n in LEVELS]
    return pd.DataFrame(runs), pd.concat(epochs)


def test_by_hand():
    runs, epochs = tables({"converged": 4.0, "paper": 1.0, "constant-3": 2.0})
    found = summary(runs, epochs, 10).set_index("contender")
    assert ("contender", *found.columns) == COLUMNS
    # C_conv = 40, C_IC = 4·4 = 16, C_PR = 9
    shares = found.loc["paper", ["incomplete", "refinement", "total"]].tolist()
    assert shares == pytest.approx([1 - 16 / 40, (16 - 9) / 40, 1 - 9 / 40], rel=1e-15)
    assert found.loc["converged", "total"] == 0
    # the largest median of five errors of a contender with a name: 0.3; 30 % of it is cheaper
    assert set(found["matched_error"]) == {0.3}
    assert found["matched_cost"].tolist()[:2] == [20, 3]
    assert found.loc["paper", "matched_saving"] == pytest.approx(1 - 3 / 20, rel=1e-15)
    assert math.isnan(found.loc["constant-3", "matched_cost"])
    assert found["time_saving"].tolist() == [0.0, 0.75, 0.5]
    assert found.loc["paper", "forward_iterations"] == 18
    assert np.all(np.isnan(found["error_std"]))


def test_a_given_error_to_match():
    runs, epochs = tables(dict.fromkeys(LEVELS, 1.0))
    found = summary(runs, epochs, 10, match=0.6).set_index("contender")
    assert found["matched_cost"].tolist() == [10, 3, 9]
    assert found["matched_saving"].tolist() == pytest.approx([0.0, 0.7, 0.1], rel=1e-14)


def test_means_over_seeds():
    runs = pd.DataFrame([run("paper", s, [1, 1 + s], 0.1 * (1 + s), 1.0 + s) for s in (0, 1)])
    epochs = pd.concat([course("paper", s, [1, 1 + s], [1.0, 0.5, 0.1 * (1 + s)]) for s in (0, 1)])
    (row,) = summary(runs, epochs, 4).to_dict("records")
    assert (row["seeds"], row["final_level"], row["level_sum"]) == (2, 1.5, 2.5)
    assert row["level_sum_std"] == pytest.approx(math.sqrt(0.5), rel=1e-15)
    assert row["error"] == pytest.approx(0.15, rel=1e-15)
    assert row["total"] == pytest.approx(((1 - 2 / 8) + (1 - 3 / 8)) / 2, rel=1e-15)
    assert math.isnan(row["time_saving"])  # nothing converged to compare with
    assert row["compile_s"] == 0.01


def test_a_diverged_seed():
    """Its error is infinite, its costs count for nothing, and others do not have to match it."""
    runs = pd.DataFrame(
        [
            run("converged", 0, [4, 4], 0.1),
            run("paper", 0, [1, 2], math.inf, 9.0, "diverged"),
            run("converged", 1, [4, 4], 0.1),
            run("paper", 1, [1, 1], 0.2, 3.0),
        ]
    )
    epochs = pd.concat(
        [
            course("converged", 0, [4, 4], [1.0, 0.3, 0.1]),
            course("paper", 0, [1, 2], [1.0, 0.01, math.nan]),
            course("converged", 1, [4, 4], [1.0, 0.3, 0.1]),
            course("paper", 1, [1, 1], [1.0, 0.4, 0.2]),
        ]
    )
    found = summary(runs, epochs, 4).set_index("contender")
    row = found.loc["paper"]
    assert (row["seeds"], row["diverged"], row["error"]) == (2, 1, math.inf)
    assert (row["train_s"], row["level_sum"]) == (3.0, 2.0)
    assert row["total"] == 1 - 2 / 8
    assert math.isnan(row["matched_cost"])
    # medians of the last five: 0.3 of seed 0 (the diverged one left out), 0.4 of seed 1
    assert found.loc["converged", "matched_error"] == pytest.approx(0.35, rel=1e-15)
    assert found.loc["converged", "matched_cost"] == 4


def test_nothing_but_divergence():
    runs = pd.DataFrame([run("paper", 0, [1], math.inf, status="diverged")])
    (row,) = summary(runs, course("paper", 0, [], [1.0]), 4).to_dict("records")
    assert row["diverged"] == 1
    assert all(math.isnan(row[column]) for column in ("total", "train_s", "matched_cost"))
