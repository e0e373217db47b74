"""Schedules against their reference values and their ends."""

import numpy as np
import pytest

from xpde.optim import constant, exponential, warmup_cosine

PAIRS = {
    "constant": (constant(3e-4), lambda o: o.constant_schedule(3e-4)),
    "exponential": (exponential(1e-2, 7, 0.5), lambda o: o.exponential_decay(1e-2, 7, 0.5)),
    "staircase": (
        exponential(1e-2, 7, 0.5, staircase=True),
        lambda o: o.exponential_decay(1e-2, 7, 0.5, staircase=True),
    ),
    "warmup_cosine": (
        warmup_cosine(1e-4, 1e-3, 20, 100),
        lambda o: o.warmup_cosine_decay_schedule(1e-4, 1e-3, 20, 100, 0.0),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_equals_optax(name):
    optax = pytest.importorskip("optax")
    mine, peer = PAIRS[name][0], PAIRS[name][1](optax)
    steps = [*range(0, 110, 3), 19, 20, 21, 99, 100]
    found = [mine(s) for s in steps]
    expected = [float(peer(np.float64(s))) for s in steps]
    # a cosine near its zero loses digits relative to the peak, in either library
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-3 * 1e-6)


def test_first_rate_is_the_initial_one_and_the_last_is_zero():
    schedule = warmup_cosine(0.0, 1e-3, 2000, 10_000)
    assert schedule(0) == 0.0
    assert schedule(1) == 1e-3 / 2000
    assert schedule(2000) == 1e-3
    assert schedule(6000) == pytest.approx(0.5e-3, rel=1e-14)
    assert schedule(10_000) == schedule(20_000) == 0.0
