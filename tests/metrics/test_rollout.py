"""How long a rollout holds, and its geometric mean."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpde
from xpde.errors import InvalidInput
from xpde.metrics import correlation, correlation_time, gmean

EPS = np.finfo(float).eps


def at_angles(cosines):
    """Two rollouts (S, T, 1, 2) of unit vectors whose correlations are the given numbers."""
    cosines = np.asarray(cosines)
    pred = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=-1)[..., None, :]
    return pred, np.broadcast_to([1.0, 0.0], pred.shape).copy()


@pytest.mark.parametrize(
    ("cosines", "first"),
    [
        ([0.9, 0.85, 0.79, 0.2], 3),
        ([0.5, 0.9, 0.9, 0.9], 1),  # the first step counts, later recovery does not
        ([1.0, 0.7, 0.9, 0.1], 2),
        ([1.0, 0.9, 0.81, 0.5], 4),
        ([1.0, 0.99, 0.9, 0.81], 5),  # T + 1: it holds to the end
        ([-1.0, -1.0, -1.0, -1.0], 1),
    ],
)
def test_first_step_below(bk, cosines, first):
    pred, ref = (bk.asarray(x) for x in at_angles([cosines, [1.0] * 4]))
    found = bk.to_numpy(correlation_time(pred, ref, dims=1))
    np.testing.assert_array_equal(found, [first, 5])


@given(seed=st.integers(0, 2**31), threshold=st.sampled_from([-0.5, 0.0, 0.3, 0.8]))
def test_definition(bk, seed, threshold):
    rng = np.random.default_rng(seed)
    ref = rng.standard_normal((3, 5, 2, 3, 4))
    pred = ref + np.arange(1, 6).reshape(5, 1, 1, 1) / 3 * rng.standard_normal(ref.shape)
    values = correlation(pred, ref, dims=2)
    expected = [next((t for t, c in enumerate(row, 1) if c < threshold), 6) for row in values]
    found = correlation_time(bk.asarray(pred), bk.asarray(ref), dims=2, threshold=threshold)
    np.testing.assert_array_equal(bk.to_numpy(found), expected)


def test_the_threshold_itself_holds():
    pred, ref = at_angles([[1.0, 0.0]])
    np.testing.assert_array_equal(correlation_time(pred, ref, dims=1, threshold=1.0), [2])
    np.testing.assert_array_equal(correlation_time(pred, ref, dims=1, threshold=0.0), [3])


def test_nan_is_below():
    pred, ref = at_angles([[0.9, 0.9, 0.9]])
    pred[0, 1] = np.nan
    np.testing.assert_array_equal(correlation_time(pred, ref, dims=1), [2])
    pred[0, 0] = 0.0  # a vanished state has no correlation either
    np.testing.assert_array_equal(correlation_time(pred, ref, dims=1), [1])


def test_batch_precision_and_compilation(backends):
    """Any leading axes, float32 stays, compiled and plain agree: the laws, for a step function."""
    pred, ref = at_angles([[0.9, 0.7, 0.1], [0.9, 0.9, 0.5]])
    for name in backends:
        bk = xpde.backend(name, dtype="float32")
        u, r = (bk.asarray(np.stack([x, x[::-1]])) for x in (pred, ref))
        for call in (lambda f: f, bk.jit):
            found = call(lambda x, r=r: correlation_time(x, r, dims=1))(u)
            assert bk.to_numpy(found).dtype == np.float32
            np.testing.assert_array_equal(bk.to_numpy(found), [[2, 3], [3, 2]])


@pytest.mark.parametrize(
    ("pred", "ref"),
    [((3, 4, 1, 8), (3, 5, 1, 8)), ((3, 4, 1, 8), (3, 4, 2, 8)), ((1, 8), (1, 8))],
)
def test_correlation_time_refuses(pred, ref):
    with pytest.raises(InvalidInput, match="leave the initial state out of both") as error:
        correlation_time(np.ones(pred), np.ones(ref), dims=1)
    assert str(pred) in str(error.value)
    assert "\n" not in str(error.value)


# -- geometric mean --------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**31), upto=st.sampled_from([None, 1, 3, 5]))
def test_gmean_definition(bk, relative, seed, upto):
    """The T-th root of the product of steps 1 to T, inclusive."""
    errors = 10.0 ** np.random.default_rng(seed).uniform(-3, 2, (2, 5))
    last = upto or 5
    expected = [math.prod(map(float, row[:last])) ** (1 / last) for row in errors]
    found = bk.to_numpy(gmean(bk.asarray(errors), upto))
    # logarithms of up to 7 are wrong by 7 eps, which e^x turns into a relative error
    assert relative(found, expected) < 64 * EPS


def test_gmean_neither_over_nor_underflows():
    errors = np.array([1e200, 1e300, 1e-200, 1e-300])
    np.testing.assert_allclose(gmean(errors), 1.0, rtol=4 * 700 * EPS)  # |log e| < 700
    np.testing.assert_allclose(gmean(errors[:2]), 1e250, rtol=4 * 700 * EPS)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([1.0, 0.0, 4.0], 0.0),
        ([1.0, np.nan, 0.0], np.nan),
        ([1.0, -1.0, 4.0], np.nan),
        ([1.0, np.inf, 4.0], np.inf),
        ([4.0, 1.0, 0.0], 0.0),
    ],
)
def test_gmean_of_special_values(bk, errors, expected):
    np.testing.assert_array_equal(bk.to_numpy(gmean(bk.asarray(np.array(errors)))), expected)


@pytest.mark.parametrize("upto", [0, -1, 4])
def test_gmean_refuses_steps_that_are_not_there(upto):
    with pytest.raises(InvalidInput, match=rf"from 1 to the 3 steps, got {upto}"):
        gmean(np.ones((2, 3)), upto)
