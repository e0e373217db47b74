"""Clipping, decay and the running average against loops over plain numbers."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import leaves, tree_map
from xpde.nn import Conv
from xpde.optim import (
    Optimizer,
    adam,
    adamw,
    average,
    averaged,
    clip_norm,
    clip_value,
    constant,
    decayed,
    penalized,
    sgd,
    warmup_cosine,
)
from xpde.train import Supervised, Trainer

sys.path.insert(0, str(Path(__file__).parent))
from descent import TOLERANCE, advance, problem, run, start

EPS = np.finfo(np.float64).eps
SCHEDULE = warmup_cosine(0.0, 0.05, 10, 40)
SEEDS = st.integers(0, 2**32 - 1)

SEEN = Optimizer(lambda p: None, lambda step: (), lambda g, state, p, constants: (g, state))
"""Returns the gradient that it sees in place of parameters."""


def tree(seed, size):
    rng = np.random.default_rng(seed)
    return {"w": [size * rng.standard_normal((2, 3)), rng.standard_normal(1)], "b": np.ones(())}


def clipped(bk, wrap, limit, host):
    g = tree_map(bk.asarray, host)
    after, _ = wrap(SEEN, limit).update(g, None, g, ())
    return [bk.to_numpy(x) for x in leaves(after)]


def numbers(host):
    return [float(x) for leaf in leaves(host) for x in np.ravel(leaf)]


@given(seed=SEEDS, limit=st.floats(1e-3, 1e3), size=st.sampled_from([1e-3, 1.0, 1e3]))
def test_clip_norm_is_a_loop_over_all_entries(backends, seed, limit, size):
    host = tree(seed, size)
    total = 0.0
    for x in numbers(host):
        total += x * x
    norm = math.sqrt(total)
    for name, bk in backends.items():
        found = clipped(bk, clip_norm, limit, host)
        for a, g in zip(found, leaves(host), strict=True):
            if norm <= limit * (1 - 4 * EPS):
                assert np.array_equal(a, g), name
            # a sum of 8 squares, a root, two quotients and a product
            np.testing.assert_allclose(a, g * min(1.0, limit / norm), rtol=16 * EPS)


@given(seed=SEEDS, limit=st.floats(1e-3, 1e3))
def test_clip_value_is_a_loop_over_all_entries(backends, seed, limit):
    host = tree(seed, 1.0)
    expected = [min(max(x, -limit), limit) for x in numbers(host)]
    for bk in backends.values():
        assert numbers(clipped(bk, clip_value, limit, host)) == expected


def test_a_broken_gradient_is_not_hidden(bk):
    for bad in (np.nan, np.inf):
        host = {"a": np.asarray([1.0, bad]), "b": np.asarray([2.0])}
        with np.errstate(invalid="ignore"):
            assert np.isnan(clipped(bk, clip_norm, 1.0, host)[0][1])
    assert np.isnan(clipped(bk, clip_value, 1.0, {"a": np.asarray([np.nan])})[0][0])


def test_a_gradient_of_zero_stays_zero(bk):
    for wrap in (clip_norm, clip_value):
        assert np.array_equal(clipped(bk, wrap, 1.0, {"a": np.zeros(3)})[0], np.zeros(3))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_decay_and_penalty_are_loops(bk, relative, momentum):
    """Decay leaves the momentum alone; the penalty goes through it."""
    inner, share, steps = sgd(SCHEDULE, momentum), 0.7, 30
    found = run(bk, decayed(inner, SCHEDULE, share), steps)[0]
    other = run(bk, penalized(inner, share), steps)[0]
    for key, pick in (("a", lambda t: t["a"]), ("b", lambda t: t["b"][0])):
        host, curve = (pick(part) for part in problem())
        p, q, a, b = host, host, 0.0, 0.0
        for step in range(steps):
            rate = SCHEDULE(step)
            a = momentum * a + curve * p + 0.1 * p * p
            b = momentum * b + curve * q + 0.1 * q * q + share * q
            p, q = p - rate * a - rate * share * p, q - rate * b
        assert relative(pick(found), p) < TOLERANCE, key
        assert relative(pick(other), q) < TOLERANCE, key


def test_without_momentum_decay_is_the_penalty(bk, relative):
    inner = sgd(SCHEDULE)
    decay, penalty = decayed(inner, SCHEDULE, 0.7), penalized(inner, 0.7)
    for a, b in zip(leaves(run(bk, decay, 30)[0]), leaves(run(bk, penalty, 30)[0]), strict=True):
        assert relative(a, b) < TOLERANCE


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.99])
def test_the_average_has_geometric_weights(bk, relative, decay):
    """ē_T = Σ_t d^(T-t) p_t / Σ_t d^(T-t), p the trajectory of the optimizer alone."""
    plain, steps = adam(constant(0.05)), 25
    optimizer = averaged(plain, decay)
    params, state = start(bk, plain)
    total, weight = np.zeros(problem()[0]["a"].shape), 0.0
    for step in range(steps):
        params, state = advance(bk, plain, params, state, [step])
        total = decay * total + bk.to_numpy(params["a"])
        weight = decay * weight + 1.0
    after, kept = run(bk, optimizer, steps)
    assert np.array_equal(after["a"], bk.to_numpy(params["a"]))  # trained as without the average
    assert relative(average(after, kept)["a"], total / weight) < TOLERANCE


def test_the_average_of_one_update_is_its_result(bk):
    params, state = run(bk, averaged(adam(constant(0.05)), 0.999), 1)
    for a, p in zip(leaves(average(params, state)), leaves(params), strict=True):
        assert np.array_equal(a, p)


def test_a_state_without_average_gives_the_parameters():
    params = {"average": np.ones(2)}
    for optimizer in (adam(SCHEDULE), sgd(SCHEDULE), sgd(SCHEDULE, 0.9)):
        assert average(params, optimizer.init(params)) is params


@pytest.mark.parametrize("fuse", [False, True])
def test_a_training_that_stops_goes_on_with_the_same_bits(backends, fuse):
    """The trainer carries the state of wrappers and hands on their constants, fused or not."""
    network = Conv(1, 1, 1, 3, 1)
    optimizer = averaged(clip_norm(adamw(SCHEDULE), 0.1), 0.8)
    whole = Trainer(network, Supervised(1), optimizer, 12, 4, updates_per_dispatch=4, fuse=fuse)
    rng = np.random.default_rng(1)
    host, params = rng.standard_normal((2, 5, 1, 8)), network.init(rng)
    for bk in backends.values():
        data = bk.asarray(host)
        through = whole.run(params, data)
        half = replace(whole, updates=8).run(params, data)
        resumed = whole.run(params, data, state=half)
        for a, b in zip(
            leaves((through.params, through.optimizer_state)),
            leaves((resumed.params, resumed.optimizer_state)),
            strict=True,
        ):
            assert np.array_equal(bk.to_numpy(a), bk.to_numpy(b))
        mean = average(through.params, through.optimizer_state)
        assert any(
            np.any(bk.to_numpy(a) != bk.to_numpy(b))
            for a, b in zip(leaves(mean), leaves(through.params), strict=True)
        )


def test_the_average_of_a_noisy_descent_is_nearer_to_the_minimum(bk):
    """For f = c p²/2 and unit noise the variance of p is η / (c (2 - η c)).

    That of the average is about (1 - d) / ((1 + d) c²): here 0.03 c to 0.1 c as much, c ≤ 2.
    """
    rng, optimizer = np.random.default_rng(3), averaged(sgd(constant(0.4)), 0.98)
    params, curve = (tree_map(bk.asarray, part) for part in problem())
    state = optimizer.init(params)
    for step in range(300):
        noise = tree_map(lambda p: bk.asarray(rng.standard_normal(p.shape)), problem()[0])
        g = tree_map(lambda p, c, n: c * p + n, params, curve, noise)
        params, state = optimizer.update(g, state, params, optimizer.constants(step))
    last, mean = (
        sum(float(np.sum(bk.to_numpy(x) ** 2)) for x in leaves(part))
        for part in (params, average(params, state))
    )
    assert mean < 0.25 * last  # ten parameters: an expected quotient of 0.1, and room for the draw
