"""Losses and the supervised objective against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.train import MAE, MSE, Supervised, nMAE, nMSE

EPS = np.finfo(np.float64).eps
A, BETA = 0.7, 0.9
U0 = np.array([[[1.0, 2.0], [0.0, -1.0]], [[0.5, -0.5], [3.0, 1.0]]])


def value_and_slope(bk, objective, a=A, beta=BETA, u0=U0):
    """The objective and its slope for f(u) = a u on data of P(u) = β u."""
    window = bk.asarray(np.stack([beta**t * u0 for t in range(objective.steps + 1)]))
    value, slope = bk.value_and_grad(lambda p: objective(lambda u: p * u, window))(
        bk.asarray(np.asarray([[[a]]]))
    )
    return float(bk.to_numpy(value)), bk.to_numpy(slope).item()


GOLDEN = [
    (Supervised(3), 0.60100425, -5.0136075),
    (Supervised(3, cut_every=1), 0.60100425, -2.5292025),
    (Supervised(3, cut_every=2), 0.60100425, -3.4532025),
    (Supervised(2, nMSE), 0.205456485291876, -1.859472641365646),
    (Supervised(2, MAE), 0.585, -2.7),
    (Supervised(2, nMAE), 0.617283950617284, -2.839506172839506),
]


@pytest.mark.parametrize(
    "case", GOLDEN, ids=lambda c: f"T{c[0].steps}-{c[0].loss.__name__}-cut{c[0].cut_every}"
)
def test_golden_numbers(bk, case):
    objective, value, slope = case
    found = value_and_slope(bk, objective)
    np.testing.assert_allclose(found, (value, slope), rtol=1e-12)


@given(
    a=st.floats(-1.2, 1.2),
    beta=st.floats(-1.2, 1.2),
    steps=st.integers(1, 5),
    cut=st.none() | st.integers(1, 3),
    seed=st.integers(0, 2**31),
)
def test_closed_form(bk, a, beta, steps, cut, seed):
    """L = m Σ w_t (aᵗ - βᵗ)², dL/da = m Σ 2 w_t (aᵗ - βᵗ) (t - c(t)) aᵗ⁻¹."""
    weights = tuple(np.random.default_rng(seed).uniform(0, 2, steps))
    m = (U0**2).mean()
    t = np.arange(1, steps + 1)
    last_cut = cut * ((t - 1) // cut) if cut else 0 * t
    gap = a**t - beta**t
    value = m * np.sum(weights * gap**2)
    slope = m * np.sum(2 * np.asarray(weights) * gap * (t - last_cut) * a ** (t - 1.0))
    found = value_and_slope(bk, Supervised(steps, MSE, weights, cut), a, beta)
    # five terms of size below 2·(2.5)²·5·m, each rounded a few times
    np.testing.assert_allclose(found, (value, slope), rtol=100 * EPS, atol=1e4 * EPS)


def test_means_are_per_sample():
    p, q = np.array([[[2.0]], [[3.0]]]), np.array([[[1.0]], [[2.0]]])
    assert (MSE(p, q), MAE(p, q), nMSE(p, q), nMAE(p, q)) == (1.0, 1.0, 0.625, 0.75)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Supervised(0),
        lambda: Supervised(2, level_weights=(1.0,)),
        lambda: Supervised(2, cut_every=0),
    ],
)
def test_errors_are_one_line(make):
    with pytest.raises(InvalidInput, match="expected") as info:
        make()
    assert "\n" not in str(info.value)
