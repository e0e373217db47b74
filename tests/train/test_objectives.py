"""Losses and objectives of linear maps against closed forms."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.train import (
    MAE,
    MSE,
    Composite,
    DivertedChain,
    MixedChain,
    Residuum,
    Supervised,
    nMAE,
    nMSE,
)

EPS = np.finfo(np.float64).eps
A, BETA = 0.7, 0.9
U0 = np.array([[[1.0, 2.0], [0.0, -1.0]], [[0.5, -0.5], [3.0, 1.0]]])


def value_and_slope(bk, objective, a=A, beta=BETA, u0=U0):
    """The objective and its slope for f(u) = a u on data of P(u) = β u."""
    bound = objective.bind(lambda u: beta * u)
    window = bk.asarray(np.stack([beta**t * u0 for t in range(bound.frames)]))
    value, slope = bk.value_and_grad(lambda p: bound(lambda u: p * u, window))(
        bk.asarray(np.asarray([[[a]]]))
    )
    return float(bk.to_numpy(value)), bk.to_numpy(slope).item()


def linear_residuum(after, before):
    return after - BETA * before


RESIDUUM = {"residuum": linear_residuum}
TWO = {"branch_steps": 2}
GOLDEN = [
    (Supervised(3), 0.60100425, -5.0136075),
    (Supervised(3, cut_every=1), 0.60100425, -2.5292025),
    (Supervised(3, cut_every=2), 0.60100425, -3.4532025),
    (Supervised(2, nMSE), 0.205456485291876, -1.859472641365646),
    (Supervised(2, MAE), 0.585, -2.7),
    (Supervised(2, nMAE), 0.617283950617284, -2.839506172839506),
    (DivertedChain(3), 0.14273325, -1.1986425),
    (DivertedChain(3, cut_reference=True), 0.14273325, -2.2277475),
    (DivertedChain(3, cut_every=1), 0.14273325, -1.4273325),
    (DivertedChain(4, **TWO), 0.50813037, -3.8104209),
    (DivertedChain(4, **TWO, cut_reference=True), 0.50813037, -6.3214371),
    (DivertedChain(4, cut_every=1, **TWO), 0.50813037, -3.0259449),
    (DivertedChain(4, cut_every=2, **TWO), 0.50813037, -3.3078573),
    (MixedChain(3, physics_steps=1), 0.464772, -4.16988),
    (MixedChain(3, cut_every=1, physics_steps=1), 0.464772, -1.749),
    (Residuum(3, **RESIDUUM), 0.14273325, -1.1986425),
    (Residuum(3, **RESIDUUM, cut_prev=True), 0.14273325, -2.2277475),
    (Residuum(3, **RESIDUUM, cut_next=True), 0.14273325, 1.029105),
    (Residuum(3, cut_every=1, **RESIDUUM), 0.14273325, -1.4273325),
    (Composite(((1.0, Supervised(3)),)), 0.60100425, -5.0136075),
    (Composite(((2.0, Supervised(3)), (-1.0, DivertedChain(3)))), 1.05927525, -8.8285725),
]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda c: f"{type(c[0]).__name__}{c[2]}")
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


def closed_form(a, beta, steps, branch, cut, cut_reference, weights, branch_weights):
    """The diverted chain of a u against β u, and its slope, term by term."""
    value = slope = 0.0
    for t, b in product(range(steps - branch + 1), range(1, branch + 1)):
        last = cut * ((t + b - 1) // cut) if cut else 0
        own = t - (cut * (t // cut) if cut else 0)
        through = 0 if cut_reference or t == 0 else own * beta**b * a ** (t - 1)
        gap = a ** (t + b) - beta**b * a**t
        w = weights[t] * branch_weights[b - 1] * (U0**2).mean()
        value += w * gap**2
        slope += w * 2 * gap * ((t + b - last) * a ** (t + b - 1) - through)
    return value, slope


@settings(max_examples=8)
@given(
    a=st.floats(0.1, 1.2),
    beta=st.floats(-1.2, 1.2),
    steps=st.integers(1, 5),
    cut=st.none() | st.integers(1, 3),
    cut_reference=st.booleans(),
    checkpoint=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_closed_form_of_diverted_chains(bk, a, beta, steps, cut, cut_reference, checkpoint, seed):
    rng = np.random.default_rng(seed)
    branch = int(rng.integers(1, steps + 1))
    weights, inner = (tuple(rng.uniform(0, 2, n)) for n in (steps - branch + 1, branch))
    objective = DivertedChain(
        steps,
        MSE,
        weights,
        cut,
        branch_steps=branch,
        branch_weights=inner,
        cut_reference=cut_reference,
        checkpoint=checkpoint,
    )
    expected = closed_form(a, beta, steps, branch, cut, cut_reference, weights, inner)
    # up to nine terms below 4·2·(2.5)²·5·m each, rounded a few times on the way
    found = value_and_slope(bk, objective, a, beta)
    np.testing.assert_allclose(found, expected, rtol=100 * EPS, atol=1e4 * EPS)


def test_means_are_per_sample():
    p, q = np.array([[[2.0]], [[3.0]]]), np.array([[[1.0]], [[2.0]]])
    assert (MSE(p, q), MAE(p, q), nMSE(p, q), nMAE(p, q)) == (1.0, 1.0, 0.625, 0.75)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: DivertedChain(2, branch_steps=3), "branch_steps: expected 1 to steps = 2, got 3"),
        (lambda: Supervised(0), "steps: expected at least 1, got 0"),
        (lambda: Supervised(2, level_weights=(1.0,)), "level_weights: expected 2 numbers, got 1"),
        (lambda: Supervised(2, cut_every=0), "cut_every: expected at least 1 or None, got 0"),
        (lambda: DivertedChain(3, level_weights=(1.0,), branch_steps=2), "expected 2 numbers"),
        (lambda: DivertedChain(3, branch_weights=(1.0, 1.0)), "branch_weights: expected 1 num"),
        (lambda: MixedChain(2, physics_steps=2), "physics_steps: expected 0 to steps - 1 = 1"),
        (lambda: MixedChain(2, level_weights=(1.0,), physics_steps=1), "expected 2 numbers"),
        (lambda: Residuum(2, nMSE), "expected one that is not normalized, got nMSE"),
        (lambda: Composite(()), "expected at least one"),
        (
            lambda: DivertedChain()(lambda u: u, U0[None]),
            "DivertedChain: expected a reference solver",
        ),
        (lambda: Residuum()(lambda u: u, U0[None]), "Residuum: expected a reference solver"),
    ],
)
def test_errors_are_one_line(make, text):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)
