"""One step of every scenario is that of APEBench 0.1 on exponax 0.1.0.

The golden file is written by bench/reference_0_1.py.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import xpde
from xpde.study import SUITE, scenario

sys.path.insert(0, str(Path(__file__).parent))
from waves import indices, initial

CASES = json.loads((Path(__file__).parent / "exponax_0_1.json").read_text())["cases"]
cases = pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['dims']}d_{c['key']}")

BOUNDS = {
    "float32": 1e-5,  # of the issue; their coefficients are means in complex64, up to 20 substeps
    "float64": 1e-12,  # the same means hold 3e-13 at |z| = 5
}


def one_step(case, bk):
    """Return our state after one step, host float64."""
    where = {"dims": case["dims"], "points": case["points"]}
    made = scenario(case["key"], **where, conventions="apebench-0.1")
    u = initial(case["key"], *where.values(), made.channels)
    return np.asarray(bk.to_numpy(made.stepper(bk)(bk.asarray(u))), dtype=np.float64)


def gap(v, golden):
    """Return the largest difference in samples, means, sizes and maximum, relative to max|u|."""
    axes = tuple(range(1, v.ndim))
    parts = [
        np.ravel(v)[indices(v.size)] - golden["values"],
        np.mean(v, axis=axes) - golden["mean"],
        np.sqrt(np.mean(v**2, axis=axes)) - golden["rms"],
        np.max(np.abs(v)) - golden["largest"],
    ]
    return max(np.max(np.abs(part)) for part in parts) / golden["largest"]


@cases
@pytest.mark.parametrize("name", ["jax", "numpy", "torch"])
def test_in_the_benchmark_precision(backends, name, case):
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    bk = xpde.backend(name, dtype="float32")
    assert gap(one_step(case, bk), case["float32"]) < BOUNDS["float32"]


@cases
def test_in_double_precision(case):
    bk = xpde.backend("numpy", dtype="float64")
    assert gap(one_step(case, bk), case["float64"]) < BOUNDS["float64"]


def test_the_46():
    """The suite is the reference's curated list; the golden file holds all its 60 keys."""
    assert {(c["key"], c["dims"]) for c in CASES if c["suite"]} == set(SUITE)
    assert len({c["key"] for c in CASES}) == 60


@cases
def test_the_step_moves(case):
    """A golden that holds the initial state would prove nothing."""
    u = initial(case["key"], case["dims"], case["points"], len(case["float64"]["mean"]))
    assert gap(u, case["float64"]) > BOUNDS["float32"]
