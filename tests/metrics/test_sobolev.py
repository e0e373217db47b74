"""Sobolev norms against sums over modes, and the benchmark's H1 sums."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpde import metrics
from xpde.conventions import EXPONAX_0_2
from xpde.errors import InvalidInput
from xpde.metrics import sobolev

sys.path.insert(0, str(Path(__file__).parent))
from fourier_sums import coefficient, compare, modes, well_spread

EPS = np.finfo(float).eps
TOLERANCE = 4 * 30 * 7 * EPS  # as in test_fourier.py
EXTENT = (2.5, 0.7, 1.3)
seeds = st.integers(0, 2**31)
points = st.sampled_from([(5,), (6,), (3, 4), (2, 3, 5)])
NAMES = ["MAE", "MSE", "RMSE", "nMAE", "nMSE", "nRMSE"]


def draw(seed, points, lead=()):
    rng = np.random.default_rng(seed)
    r, difference = (well_spread(rng, (*lead, 2, *points), len(points)) for _ in range(2))
    return r + difference, r


def size(field, s, extent):
    """√ Σ_k (1 + |κ|²)^s |û/N|² of one channel."""
    total = 0.0
    for k in modes(field.shape):
        square = sum((2 * math.pi * a / b) ** 2 for a, b in zip(k, extent, strict=True))
        total += (1 + square) ** s * abs(coefficient(field, k) / field.size) ** 2
    return math.sqrt(total)


@pytest.mark.parametrize("name", ["sobolev", "nsobolev"])
@settings(max_examples=12)
@given(seed=seeds, points=points, s=st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0]))
def test_definition(bk, relative, name, seed, points, s):
    dims, extent = len(points), EXTENT[: len(points)]
    u, r = draw(seed, points, (2,))
    fn = getattr(metrics, name)
    found = bk.to_numpy(fn(bk.asarray(u), bk.asarray(r), dims=dims, s=s, extent=extent))
    mode = "normalized" if name[0] == "n" else "absolute"
    expected = [compare(lambda v: size(v, s, extent), a, b, mode) for a, b in zip(u, r)]  # noqa: B905
    assert relative(found, expected) < TOLERANCE


@given(seed=seeds, points=points)
def test_order_zero_is_the_rmse(seed, points):
    u, r = draw(seed, points)
    found, expected = (fn(u, r, dims=len(points), **how) for fn, how in (
        (sobolev, {"s": 0.0}), (metrics.RMSE, {})))  # fmt: skip
    np.testing.assert_allclose(found, expected, rtol=64 * EPS)  # Parseval, 30 terms


@given(seed=seeds, points=st.sampled_from([(5,), (3, 5), (3, 5, 3)]))
def test_order_one_is_the_benchmarks_h1(seed, points):
    """|v|² in H¹ is ⟨v²⟩ + ⟨|∇v|²⟩: H1_MSE of one channel, where there is no Nyquist mode."""
    dims = len(points)
    u = draw(seed, points)[0][:1]
    found = sobolev(u, dims=dims, extent=2.0) ** 2
    expected = metrics.H1_MSE(u, dims=dims, extent=2.0)
    np.testing.assert_allclose(found, expected, rtol=64 * EPS)  # 45 positive terms


@pytest.mark.parametrize("n", [9, 10])
def test_helmholtz(n):
    """|v| in H² is |v - Δv|: (1 + κ²)/√2 for a sine."""
    u = np.sin(2 * np.pi * 2 * np.arange(n) / n)[None]
    kappa = 2 * np.pi * 2 / 3.0
    np.testing.assert_allclose(
        sobolev(u, dims=1, s=2, extent=3.0), (1 + kappa**2) / np.sqrt(2), rtol=64 * EPS
    )


@given(seed=seeds, points=points)
def test_spaces_are_nested(seed, points):
    """(1 + |κ|²)^s grows with s."""
    u, r = draw(seed, points)
    values = [sobolev(u, r, dims=len(points), s=s) for s in (-1, 0, 0.3, 1, 2)]
    assert np.all(np.diff(values) > 0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("points", [(6,), (3, 4)])
def test_h1_is_a_sum(bk, relative, name, points):
    """The metric of the state plus the metric of its slopes, on any band and convention."""
    u, r = (bk.asarray(x) for x in draw(5, points, (2,)))
    plain = getattr(metrics, f"fourier_{name}")
    for options in ({}, {"low": 1, "high": 2, "extent": 0.5}, {"conventions": EXPONAX_0_2}):
        options["dims"] = len(points)
        parts = [bk.to_numpy(plain(u, r, derivative=m, **options)) for m in (None, 1)]
        found = bk.to_numpy(getattr(metrics, f"H1_{name}")(u, r, **options))
        assert relative(found, sum(parts)) < 4 * EPS


def test_h1_of_a_sine():
    """⟨u²⟩ + ⟨u'²⟩ = (1 + κ²)/2, and with roots (1 + κ)/√2."""
    u, kappa = np.sin(2 * np.pi * np.arange(8) / 8)[None], 2 * np.pi / 3
    how = {"dims": 1, "extent": 3.0}
    np.testing.assert_allclose(metrics.H1_MSE(u, **how), (1 + kappa**2) / 2, rtol=64 * EPS)
    np.testing.assert_allclose(metrics.H1_RMSE(u, **how), (1 + kappa) / 2**0.5, rtol=64 * EPS)


def test_refuses():
    u = np.ones((1, 7))
    for s in (math.nan, math.inf):
        with pytest.raises(InvalidInput, match="finite order s"):
            sobolev(u, u, dims=1, s=s)
    with pytest.raises(InvalidInput, match="expected a reference"):
        sobolev(u, dims=1, mode="normalized")
    with pytest.raises(InvalidInput, match="expected real states"):
        sobolev(1j * u, dims=1)
    with pytest.raises(InvalidInput, match="equal channels and points"):
        metrics.H1_MSE(u, np.ones((1, 8)), dims=1)
