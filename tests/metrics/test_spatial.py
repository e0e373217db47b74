"""Norms against a slow loop written from the definition, and the laws they obey."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xpde import metrics
from xpde.errors import InvalidInput

# A mean of n terms and one root: rounding of at most n eps, with n < 64 here, on every backend.
TOLERANCE = 64 * np.finfo(float).eps

FORMS = {
    "MAE": (1, 1.0, "absolute"),
    "MSE": (2, 1.0, "absolute"),
    "RMSE": (2, 0.5, "absolute"),
    "nMAE": (1, 1.0, "normalized"),
    "nMSE": (2, 1.0, "normalized"),
    "nRMSE": (2, 0.5, "normalized"),
    "sMAE": (1, 1.0, "symmetric"),
    "sMSE": (2, 1.0, "symmetric"),
    "sRMSE": (2, 0.5, "symmetric"),
}


def slow(u: np.ndarray, r: np.ndarray, name: str) -> float:
    """One state (C, *N), value by value."""
    p, q, mode = FORMS[name]

    def size(s):
        values = [abs(float(x)) ** p for x in s.ravel()]
        return (math.fsum(values) / len(values)) ** q

    total = 0.0
    for a, b in zip(u, r, strict=True):
        error = size(a - b)
        if mode == "normalized":
            error /= size(b)
        if mode == "symmetric":
            error = 2 * error / (size(a) + size(b))
        total += error
    return total


@st.composite
def pairs(draw):
    dims = draw(st.integers(1, 3))
    shape = (draw(st.integers(1, 3)), *draw(st.tuples(*[st.integers(1, 4)] * dims)))
    numbers = st.floats(-1e3, 1e3, allow_subnormal=False).map(lambda x: round(x, 3))
    u, r = (draw(arrays(float, (2, *shape), elements=numbers)) for _ in range(2))
    r[..., *[0] * dims] = 1.0  # no channel of the reference vanishes
    return u, r, dims


@pytest.mark.parametrize("name", FORMS)
@given(case=pairs())
def test_equals_the_definition(bk, relative, name, case):
    u, r, dims = case
    value = bk.to_numpy(getattr(metrics, name)(bk.asarray(u), bk.asarray(r), dims=dims))
    assert relative(value, [slow(a, b, name) for a, b in zip(u, r, strict=True)]) < TOLERANCE


@pytest.mark.parametrize("name", FORMS)
@given(case=pairs(), scale=st.sampled_from([0.5, 2.0, 1024.0]))
def test_scaling(name, case, scale):
    """Absolute norms are homogeneous of degree pq; the others do not see the unit of u."""
    u, r, dims = case
    p, q, mode = FORMS[name]
    f = getattr(metrics, name)
    expected = f(u, r, dims=dims) * (scale ** (p * q) if mode == "absolute" else 1.0)
    np.testing.assert_allclose(f(scale * u, scale * r, dims=dims), expected, rtol=TOLERANCE)


@pytest.mark.parametrize("name", [n for n in FORMS if not n.startswith("n")])
@given(case=pairs())
def test_symmetry(name, case):
    u, r, dims = case
    f = getattr(metrics, name)
    np.testing.assert_allclose(f(u, r, dims=dims), f(r, u, dims=dims), rtol=TOLERANCE)


@pytest.mark.parametrize(("name", "largest"), [("sMAE", 2), ("sRMSE", 2), ("sMSE", 4)])
@given(case=pairs())
def test_symmetric_forms_are_bounded(name, largest, case):
    """|a - b| ≤ |a| + |b|, and |a - b|² ≤ 2|a|² + 2|b|²; channels are summed."""
    u, r, dims = case
    value = getattr(metrics, name)(u, r, dims=dims)
    assert np.all(value >= 0)
    assert np.all(value <= largest * u.shape[1] * (1 + TOLERANCE))


@given(case=pairs())
def test_order_of_means(case):
    """MAE ≤ RMSE per channel, so for their sum."""
    u, r, dims = case
    mean, root = (getattr(metrics, n)(u, r, dims=dims) for n in ("MAE", "RMSE"))
    assert np.all(mean <= root * (1 + TOLERANCE) + 1e-300)


def test_channels_are_summed():
    u = np.stack([np.ones(8), 2 * np.ones(8)])
    assert metrics.RMSE(u, dims=1) == 3.0


def test_leading_axes_stay(bk):
    u = bk.asarray(np.ones((5, 7, 2, 4, 4)))
    assert tuple(metrics.nRMSE(u, 2 * u, dims=2).shape) == (5, 7)


def test_zero_reference_is_infinite_without_a_warning(bk):
    u = bk.asarray(np.stack([np.ones((1, 4)), np.zeros((1, 4))]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = bk.to_numpy(metrics.nRMSE(u, 0.0 * u, dims=1))
    assert np.isposinf(value[0])
    assert np.isnan(value[1])


def test_complex_states_count_their_modulus():
    z = np.asarray([[3 + 4j, 3 + 4j]])
    assert metrics.RMSE(z, dims=1) == 5.0
    assert metrics.MAE(z, dims=1) == 5.0


def test_differentiable(bk, relative):
    """d MSE / du = 2 (u - r) / N."""
    rng = np.random.default_rng(0)
    u, r = rng.normal(size=(2, 1, 16))
    gradient = bk.value_and_grad(lambda x: metrics.MSE(x, bk.asarray(r), dims=1))(bk.asarray(u))[1]
    assert relative(bk.to_numpy(gradient), 2 * (u - r) / 16) < TOLERANCE


def test_refuses():
    u = np.ones((1, 8))
    with pytest.raises(InvalidInput, match="expected mode"):
        metrics.norm(u, u, dims=1, mode="relative")
    with pytest.raises(InvalidInput, match="expected a reference"):
        metrics.norm(u, dims=1, mode="normalized")
    with pytest.raises(InvalidInput, match="equal channels and points"):
        metrics.MSE(u, np.ones((1, 9)), dims=1)
    with pytest.raises(InvalidInput, match="2 space axes"):
        metrics.MSE(u, u, dims=2)
