"""Spectra and bootstrap intervals; the distance and the calibrated bound."""

import numpy as np
import pytest

from xpde.study import scenario
from xpde.study.agreement import distance
from xpde.study.probes import perturbed_growth
from xpde.study.statistics import bootstrap, spectrum

EPS = np.finfo(float).eps


@pytest.mark.parametrize("points", [16, 15])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_a_wave_has_its_energy_in_one_shell(dims, points):
    """cos(2π 3 x) has mean square 1/2, all of it at |k| = 3, along whichever axis."""
    for axis in range(dims):
        shape = [1] * dims
        shape[axis] = points
        wave = np.cos(2 * np.pi * 3 * np.arange(points) / points).reshape(shape)
        u = np.broadcast_to(wave, [points] * dims)[None]
        expected = np.zeros(points // 2 + 1)
        expected[3] = 0.5
        np.testing.assert_allclose(spectrum(u, dims), expected, atol=16 * EPS)


@pytest.mark.parametrize("points", [12, 11])
def test_parseval(points):
    """In one dimension the shells add up to the mean square, summed over channels."""
    u = np.random.default_rng(0).normal(size=(4, 3, points))
    total = np.sum(spectrum(u, 1), axis=-1)
    np.testing.assert_allclose(total, np.sum(np.mean(u**2, axis=-1), axis=-1), rtol=64 * EPS)


def test_bootstrap_covers_the_mean_and_is_repeatable():
    """σ/√S = 0.1; the 99 % interval is about ±0.26 wide, here within a factor 1.5."""
    samples = np.random.default_rng(1).normal(size=(100, 5))
    mean, low, high = bootstrap(samples)
    np.testing.assert_array_equal(mean, np.mean(samples, axis=0))
    assert np.all((low < mean) & (mean < high))
    assert np.all(((high - low) / 2 > 0.26 / 1.5) & ((high - low) / 2 < 0.26 * 1.5))
    np.testing.assert_array_equal(bootstrap(samples)[1], low)


def test_distance():
    a = np.asarray([1.0, -4.0])
    assert distance(a, a) == 0.0
    assert distance(np.asarray([1.0, -3.6]), a) == pytest.approx(0.1)
    assert distance(a, np.asarray([1.0, np.nan])) == np.inf
    assert distance(a, np.zeros(3)) == np.inf


def test_growth_follows_the_equation(backends):
    """Rounding of 1200 steps: about √t ulps in diffusing Burgers, powers of ten in chaos."""
    bk, x = backends["numpy"], np.arange(160) / 160
    u = (np.cos(2 * np.pi * x) + 0.3 * np.sin(4 * np.pi * x + 1))[None]
    ends = {}
    for key in ("diff_burgers", "diff_ks"):
        problem = scenario(key)
        stepper = problem.stepper(bk)
        start = stepper.repeat(u, problem.warmup)
        growth = perturbed_growth(bk, stepper, start, 1200, seed=0)
        assert growth.shape == (1200,)
        assert 0 < growth[0] < 20 * EPS  # one ulp, one step
        ends[key] = growth[-1]
    assert ends["diff_burgers"] < 1e3 * EPS
    assert ends["diff_ks"] > 1e3 * ends["diff_burgers"]
