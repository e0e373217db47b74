"""White noise on the first frame: the same numbers on every backend, nowhere else."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.train import Supervised, Windows, batch_plan
from xpde.train.noise import draw_noise, perturbed

sys.path.insert(0, str(Path(__file__).parent))
from small import NETWORK, data, start, training

EPS = np.finfo(np.float64).eps
SIGMA = 0.3


def test_law():
    """Mean 0 and standard deviation σ, to four standard errors; updates are independent."""
    shape, count = (20, 1, 500), 10_000
    first, second = (draw_noise(7, update, shape, SIGMA) for update in (3, 4))
    for noise in (first, second):
        assert abs(np.mean(noise)) < 4 * SIGMA / count**0.5
        assert abs(np.std(noise) - SIGMA) < 4 * SIGMA / (2 * count) ** 0.5
    assert abs(np.mean(first * second)) < 4 * SIGMA**2 / count**0.5
    assert np.array_equal(first, draw_noise(7, 3, shape, SIGMA))
    assert not np.array_equal(first, draw_noise(8, 3, shape, SIGMA))


def test_only_the_first_frame_is_moved(bk):
    window, noise = np.arange(24.0).reshape(3, 2, 1, 4), 0.5 * np.ones((2, 1, 4))
    moved = bk.to_numpy(perturbed(bk.asarray(window), bk.asarray(noise)))
    assert np.array_equal(moved[0], window[0] + 0.5)
    assert np.array_equal(moved[1:], window[1:])
    same = bk.asarray(window)
    assert perturbed(same, None) is same


def test_losses_are_those_of_moved_first_frames(bk, relative):
    """The first loss against the formula: mean (f(u_0 + σ ξ) - u_1)² over the batch."""
    host = data()
    found = training(objective=Supervised(1), noise=SIGMA, updates=4).run(start(), bk.asarray(host))
    windows = Windows(4, 5, 1)
    rows = windows.rows(next(batch_plan(windows.count, 3, 1, 0)))
    flat = host.reshape(20, 1, 8)
    noise = draw_noise(0, 0, (3, 1, 8), SIGMA)
    expected = np.mean((NETWORK.apply(start(), flat[rows] + noise) - flat[rows + 1]) ** 2)
    assert relative(found.losses[0], expected) < 1000 * EPS
    plain = training(objective=Supervised(1), updates=4).run(start(), bk.asarray(host))
    assert abs(found.losses[0] - plain.losses[0]) > 1e-3


def test_every_backend_has_the_same_noise(bk, relative):
    """Sixteen updates with momentum agree as without noise."""
    reference = training(noise=SIGMA).run(start(), data()).losses
    assert (
        relative(training(noise=SIGMA).run(start(), bk.asarray(data())).losses, reference) < 1e-11
    )


@pytest.mark.parametrize("dispatch", [1, 7])
def test_noise_does_not_depend_on_dispatches(backends, relative, dispatch):
    reference = training(noise=SIGMA).run(start(), data()).losses
    assert np.array_equal(
        training(noise=SIGMA, updates_per_dispatch=dispatch).run(start(), data()).losses, reference
    )


def test_noise_in_one_program(backends, relative):
    pytest.importorskip("jax")
    reference = training(noise=SIGMA).run(start(), data()).losses
    fused = training(noise=SIGMA, fuse=True).run(start(), backends["jax"].asarray(data()))
    assert relative(fused.losses, reference) < 1e-11  # the same numbers in another program


@pytest.mark.parametrize("noise", [-0.1, float("inf"), float("nan")])
def test_bad_input_is_one_line(noise):
    with pytest.raises(InvalidInput, match="noise: expected a finite number >= 0") as info:
        training(noise=noise)
    assert "\n" not in str(info.value)
