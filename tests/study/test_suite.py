"""The suite of 46 stays finite: its programs on tiny grids, and the real thing marked slow."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

import xpde
from xpde.study.catalogue import suite
from xpde.study.data import unchecked_data

sys.path.insert(0, str(Path(__file__).parents[2]))
from bench.full_horizon import FEW, measure, page

REAL = suite()
TINY = {"points": 16, "warmup": 0}  # the smallest grid whose products reach the forcing of mode 4


def label(found):
    return f"{found.key}-{found.dims}D"


@pytest.mark.parametrize("found", suite(**TINY), ids=label)
def test_every_scenario_runs_on_every_backend(backends, relative, found):
    """Two steps from two samples; the backends agree to rounding."""
    expected = unchecked_data(found, backends["numpy"], "test", samples=2, horizon=2)
    assert expected.shape == (2, 3, found.channels, *found.grid.points)
    assert np.all(np.isfinite(expected))
    for name, bk in backends.items():
        if bk.device.startswith("cuda"):
            continue
        states = bk.to_numpy(unchecked_data(found, bk, "test", samples=2, horizon=2))
        # a rounding of the largest value in each of at most 2 x 20 substeps
        assert relative(states, expected) < 40 * 2.3e-16, name


def test_a_sample_that_blows_up_is_counted():
    found = next(s for s in suite(points=32) if s.key == "diff_ks" and s.dims == 1)
    broken = dataclasses.replace(found, warmup=0, initial="white;1e30")
    row = measure(broken, xpde.backend("numpy"), samples=2)
    assert (row.finite, row.samples, row.steps) == (0, 2, 200)
    assert "**0**" in page([row])
    fine = dataclasses.replace(row, finite=2, backend="torch")
    assert "1 of 2 runs are finite; 1 of the 46" in page([row, fine])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["jax", "torch", "numpy"])
@pytest.mark.parametrize("found", REAL, ids=label)
def test_full_horizon_is_finite(backends, found, name):
    """Default settings in float32, 200 steps, all test samples (two on NumPy)."""
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    row = measure(found, xpde.backend(name, dtype="float32"), FEW.get(name))
    assert row.finite == row.samples, row
    assert np.isfinite(row.largest)
