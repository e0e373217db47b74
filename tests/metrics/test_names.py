"""Names, correlation and the evaluation of trajectories."""

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.metrics import METRICS, correlation, evaluate, metric, nRMSE

EPS = np.finfo(float).eps


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_correlation_is_the_cosine(bk, relative):
    u, v = draw(3, 2, 6, 5), draw(3, 2, 6, 5, seed=1)
    expected = [
        np.mean([np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(x, y)])  # noqa: B905
        for x, y in zip(u, v, strict=True)
    ]
    value = correlation(bk.asarray(u), bk.asarray(v), dims=2)
    assert relative(bk.to_numpy(value), expected) < 64 * EPS  # sums of 30 terms


@pytest.mark.parametrize("factor", [3.0, -0.1])
def test_correlation_of_multiples_is_the_sign(factor):
    u = draw(4, 2, 32)
    np.testing.assert_allclose(correlation(u, factor * u, dims=1), np.sign(factor), rtol=8 * EPS)


def test_correlation_does_not_subtract_the_mean():
    one = np.ones((1, 8))
    assert correlation(one, one + draw(1, 8) * 0, dims=1) == pytest.approx(1.0, abs=4 * EPS)
    assert np.isnan(correlation(one, 0 * one, dims=1))


@pytest.mark.parametrize("name", METRICS)
def test_mean_is_over_samples(name):
    u, v = draw(4, 3, 1, 8), draw(4, 3, 1, 8, seed=1)
    mean = metric(f"mean_{name}")(u, v, dims=1)
    np.testing.assert_array_equal(mean, np.mean(metric(name)(u, v, dims=1), axis=0))
    assert mean.shape == (3,)


@pytest.mark.parametrize("typo", ["mean_nRMS", "nrmse", "mean_corelation"])
def test_a_typo_names_the_nearest(typo):
    with pytest.raises(InvalidInput, match="did you mean"):
        metric(typo)


def test_evaluate_step_by_step(bk):
    u, v = draw(4, 3, 2, 8), draw(4, 3, 2, 8, seed=1)
    scores = evaluate(bk.asarray(u), bk.asarray(v), ["mean_nRMSE", "nRMSE"], 1)
    assert tuple(scores["mean_nRMSE"].shape) == (3,)
    for t in range(3):
        expected = np.mean(nRMSE(u[:, t], v[:, t], dims=1))
        assert bk.to_numpy(scores["mean_nRMSE"])[t] == pytest.approx(expected, rel=32 * EPS)
    assert tuple(scores["nRMSE"].shape) == (4, 3)


def test_the_initial_state_is_never_counted():
    with pytest.raises(InvalidInput, match="leave the initial state out"):
        evaluate(draw(4, 3, 1, 8), draw(4, 4, 1, 8), ["mean_nRMSE"], 1)
