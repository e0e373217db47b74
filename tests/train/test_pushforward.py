"""The pushforward trick on linear maps in closed form, and which objective it is a case of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpde.core import leaves, namespace_of
from xpde.core.tape.traced import Traced
from xpde.errors import InvalidInput
from xpde.nn import Pure
from xpde.train import (
    MSE,
    Applied,
    Composite,
    DivertedChain,
    MixedChain,
    Pushforward,
    Residuum,
    Supervised,
)

EPS = np.finfo(np.float64).eps
A, BETA = 0.7, 0.9
U0 = np.array([[[1.0, 2.0], [0.0, -1.0]], [[0.5, -0.5], [3.0, 1.0]]])
M = (U0**2).mean()


def value_and_slope(bk, objective, a=A, beta=BETA):
    """The objective and its slope for f(u) = a u on data of P(u) = β u."""
    bound = objective.bind(lambda u: beta * u)
    window = bk.asarray(np.stack([beta**t * U0 for t in range(bound.frames)]))
    value, slope = bk.value_and_grad(lambda p: bound(lambda u: p * u, window))(
        bk.asarray(np.asarray([[[a]]]))
    )
    return float(bk.to_numpy(value)), bk.to_numpy(slope).item()


@settings(max_examples=10)
@given(
    a=st.floats(-1.2, 1.2),
    beta=st.floats(-1.2, 1.2),
    pushed=st.integers(0, 3),
    steps=st.integers(1, 3),
    cut=st.none() | st.integers(1, 2),
    seed=st.integers(0, 2**31),
)
def test_closed_form(bk, a, beta, pushed, steps, cut, seed):
    """L = m Σ w_t d², dL/da = m Σ 2 w_t d (t - c(t)) aⁿ⁺ᵗ⁻¹, d = aⁿ⁺ᵗ - βⁿ⁺ᵗ: aⁿ is constant."""
    weights = tuple(np.random.default_rng(seed).uniform(0, 2, steps))
    t = np.arange(1, steps + 1)
    last_cut = cut * ((t - 1) // cut) if cut else 0 * t
    gap = a ** (pushed + t) - beta ** (pushed + t)
    value = M * np.sum(weights * gap**2)
    slope = M * np.sum(2 * np.asarray(weights) * gap * (t - last_cut) * a ** (pushed + t - 1.0))
    found = value_and_slope(bk, Pushforward(Supervised(steps, MSE, weights, cut), pushed), a, beta)
    # three terms below 2·(2·1.2⁶)²·3·m, each rounded a few times for every factor
    np.testing.assert_allclose(found, (value, slope), rtol=100 * EPS, atol=1e4 * EPS)


@pytest.mark.parametrize(
    "objective",
    [
        DivertedChain(3, branch_steps=2),
        DivertedChain(3, cut_reference=True),
        Residuum(3),
        Residuum(2, cut_next=True),
    ],
    ids=lambda o: type(o).__name__,
)
def test_objectives_of_the_first_frame_scale(bk, objective):
    """All of it is homogeneous of degree two in the first state, here aⁿ u_0 with aⁿ constant."""
    factor = A ** (2 * 2)
    plain = value_and_slope(bk, objective)
    pushed = value_and_slope(bk, Pushforward(objective, 2))
    # powers are products in another order
    np.testing.assert_allclose(pushed, np.multiply(factor, plain), rtol=100 * EPS)


def test_mixed_chain(bk):
    """T - Q = 1, Q = 1, n = 2: L = m [(a³ - β³)² + (β a³ - β⁴)²], with a² constant."""
    found = value_and_slope(bk, Pushforward(MixedChain(2, physics_steps=1), 2))
    first, second = A**3 - BETA**3, BETA * A**3 - BETA**4
    expected = M * (first**2 + second**2), M * 2 * A**2 * (first + BETA * second)
    np.testing.assert_allclose(found, expected, rtol=100 * EPS)


IDENTITIES = {
    "no push": (Pushforward(Supervised(2, MSE, (1.0, 0.5)), 0), Supervised(2, MSE, (1.0, 0.5))),
    "one step": (
        Pushforward(Supervised(), 2),
        Supervised(3, MSE, (0.0, 0.0, 1.0), cut_every=1),
    ),
    "twice": (Pushforward(Pushforward(Supervised(2), 1), 2), Pushforward(Supervised(2), 3)),
    "of a sum": (
        Pushforward(Composite(((0.5, Supervised(2)), (2.0, Residuum(1)))), 1),
        Composite(((0.5, Pushforward(Supervised(2), 1)), (2.0, Pushforward(Residuum(1), 1)))),
    ),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_special_cases(bk, name):
    first, second = (value_and_slope(bk, objective) for objective in IDENTITIES[name])
    np.testing.assert_allclose(first, second, rtol=100 * EPS)  # the same terms, added otherwise


@pytest.mark.parametrize(
    ("objective", "steps", "frames", "needs"),
    [
        (Pushforward(Supervised(3), 2), 5, 6, False),
        (Pushforward(DivertedChain(3), 2), 5, 3, True),
        (Pushforward(MixedChain(3, physics_steps=2), 1), 4, 5, True),
    ],
)
def test_what_it_reads(objective, steps, frames, needs):
    assert (objective.steps, objective.frames, objective.needs_solver) == (steps, frames, needs)
    assert objective.at(7) == objective
    window = np.stack([U0] * objective.frames)
    bound = objective.bind(lambda u: BETA * u)
    value = bound(lambda u: A * u, window)
    assert value == bound(lambda u: A * u, np.concatenate([window, window]))  # more may be given


def test_only_the_last_part_is_recorded(backends):
    """Three plain evaluations, then the two that are differentiated."""
    bk, seen = backends["numpy"], []

    class Spy(Pure):
        def apply(self, params, u):
            seen.append(type(params["weight"]) is Traced)
            return super().apply(params, u)

    net = Spy(1, 1, 1, 3)
    window = np.random.default_rng(0).standard_normal((6, 2, 1, 8))
    objective = Pushforward(Supervised(2), 3)
    bk.value_and_grad(lambda p: objective(Applied(net, p), window))(
        net.init(np.random.default_rng(1))
    )
    assert seen == [False, False, False, True, True]


def test_a_network_may_be_given_in_either_form(bk, relative):
    """Parameters known or closed over: the same value and gradient."""
    net = Pure(1, 1, 1, 3)
    params = {"weight": bk.asarray(np.asarray([[[0.3, -0.5, 0.9]]]))}
    window = bk.asarray(np.random.default_rng(0).standard_normal((4, 2, 1, 8)))
    objective = Pushforward(Supervised(), 2)
    known = bk.value_and_grad(lambda p: objective(Applied(net, p), window))(params)
    closed = bk.value_and_grad(lambda p: objective(lambda u: net.apply(p, u), window))(params)
    for a, b in zip(leaves(known), leaves(closed), strict=True):
        assert relative(bk.to_numpy(a), bk.to_numpy(b)) < 10 * EPS


def test_a_batch_is_the_mean_of_its_members(relative):
    window = np.random.default_rng(0).standard_normal((4, 3, 1, 8))
    objective = Pushforward(Supervised(2), 1)

    def value(part):
        return objective(lambda u: 0.9 * u + 0.1 * namespace_of(u).tanh(u), part)

    single = np.mean([value(window[:, i : i + 1]) for i in range(3)])
    assert relative(value(window), single) < 100 * EPS


def test_a_negative_push_is_one_line():
    with pytest.raises(InvalidInput, match=r"^pushed: expected at least 0 steps, got -1$"):
        Pushforward(Supervised(), -1)
