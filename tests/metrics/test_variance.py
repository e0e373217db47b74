"""VRMSE against a loop over the definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.metrics import VRMSE, nRMSE

EPS = np.finfo(float).eps
POINTS = [(7,), (8,), (3, 4), (2, 3, 2)]


def slow(u, r, eps, correction):
    """Mean over channels of one state (C, *N)."""
    values = []
    for a, b in zip(u, r, strict=True):
        mean = math.fsum(map(float, b.ravel())) / b.size
        spread = math.fsum((float(x) - mean) ** 2 for x in b.ravel()) / (b.size - correction)
        error = math.fsum(float(x) ** 2 for x in (a - b).ravel()) / b.size
        values.append(math.sqrt(error / (spread + eps)))
    return sum(values) / len(values)


@given(seed=st.integers(0, 2**31), points=st.sampled_from(POINTS), correction=st.integers(0, 1))
def test_definition(bk, relative, seed, points, correction):
    rng = np.random.default_rng(seed)
    u, r = rng.standard_normal((2, 2, 3, *points))
    options = {"eps": 1e-3, "correction": correction}
    found = VRMSE(bk.asarray(u), bk.asarray(r), dims=len(points), **options)
    expected = [slow(a, b, **options) for a, b in zip(u, r, strict=True)]
    # means of 12 terms; the variance of a normal draw does not cancel
    assert relative(bk.to_numpy(found), expected) < 128 * EPS


def test_the_mean_as_prediction_scores_one(bk):
    """Up to ε: √(v / (v + 10⁻⁷)) for every channel, whatever its mean."""
    r = np.random.default_rng(0).standard_normal((4, 2, 6, 5)) + 3.0
    mean = np.broadcast_to(np.mean(r, axis=(-2, -1), keepdims=True), r.shape)
    found = bk.to_numpy(VRMSE(bk.asarray(mean.copy()), bk.asarray(r), dims=2))
    assert np.all(found < 1)
    assert np.all(found > 1 - 1e-6)  # 1 - ε/2v with v > 0.1


def test_without_mean_it_is_the_normalized_error():
    """⟨r²⟩ is the variance of a mean-free reference; one channel."""
    rng = np.random.default_rng(1)
    u, r = rng.standard_normal((2, 1, 9))
    r = r - r.mean()
    found = VRMSE(u, r, dims=1, eps=0.0)
    np.testing.assert_allclose(found, nRMSE(u, r, dims=1), rtol=64 * EPS)


def test_a_constant_reference_is_measured_against_eps(bk):
    one = bk.asarray(np.ones((1, 4)))
    assert bk.to_numpy(VRMSE(2 * one, one, dims=1)) == pytest.approx(1e-7**-0.5, rel=8 * EPS)


def test_refuses():
    with pytest.raises(InvalidInput, match="equal channels and points"):
        VRMSE(np.ones((1, 4)), np.ones((2, 4)), dims=1)
