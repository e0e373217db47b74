"""Magnitude, phase and noise: exact for scaled, shifted and disturbed states; they add up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.space import Grid
from xpde.study.superiority.diagnosis import modes_of, parts_of

EPS = np.finfo(np.float64).eps


def waves(points, modes, seed=0, samples=2, times=3):
    """Random waves of the given modes on a circle, (S, T, 1, N)."""
    rng = np.random.default_rng(seed)
    x = 2 * np.pi * np.arange(points) / points
    amplitude = rng.uniform(0.5, 1.5, (samples, times, 1, 1, len(modes)))
    phase = rng.uniform(0, 2 * np.pi, (samples, times, 1, 1, len(modes)))
    return np.sum(amplitude * np.cos(np.multiply.outer(x, modes) + phase), axis=-1)


@given(st.integers(0, 99), st.sampled_from([(8,), (9,), (4, 5), (3, 4, 6)]), st.integers(1, 2))
def test_parts_add_up(seed, points, channels):
    rng = np.random.default_rng(seed)
    p, r = rng.standard_normal((2, 2, 3, channels, *points))
    parts = parts_of(p, r, len(points))
    space = tuple(range(3, 3 + len(points)))
    whole = np.sum(np.mean((p - r) ** 2, axis=space), axis=2)
    # two transforms of at most 72 points: log₂ 72 · 2 roundings of squares of order 1
    assert parts.whole == pytest.approx(whole, rel=100 * EPS)
    assert all(np.all(part >= 0) for part in parts)


@pytest.mark.parametrize("points", [16, 17])
def test_a_scaled_state_has_an_error_of_magnitude(points):
    r = waves(points, [1, 3])
    parts = parts_of(0.7 * r, r, 1)
    assert parts.magnitude == pytest.approx(0.09 * np.mean(r**2, axis=-1)[..., 0], rel=100 * EPS)
    # a phase of rounding, squared: cos is flat there; the difference of two squares leaves ε
    assert np.max(parts.phase) < 100 * EPS
    assert np.max(parts.noise) < 100 * EPS
    modes = modes_of(0.7 * r, r, Grid.cube(1, points))
    assert modes.amplitude[:, [1, 3]] == pytest.approx(0.7, rel=100 * EPS)
    assert np.isnan(modes.amplitude[:, [0, 2, 4]]).all()
    assert modes.share[:, [1, 3]].sum(axis=1) == pytest.approx(1, rel=100 * EPS)


@pytest.mark.parametrize("points", [16, 17])
def test_a_shifted_state_has_an_error_of_phase(points):
    r = waves(points, [1, 3])
    p = np.roll(r, 2, axis=-1)
    parts = parts_of(p, r, 1)
    assert parts.phase == pytest.approx(np.mean((p - r) ** 2, axis=-1)[..., 0], rel=100 * EPS)
    assert np.max(parts.magnitude + parts.noise) < 100 * EPS
    modes = modes_of(p, r, Grid.cube(1, points))
    for k in (1, 3):
        turn = 2 * np.pi * k * 2 / points
        assert modes.phase[:, k] == pytest.approx(min(turn, 2 * np.pi - turn), rel=1000 * EPS)
        assert modes.amplitude[:, k] == pytest.approx(1, rel=100 * EPS)


def test_what_the_reference_has_not_is_noise():
    r, extra = waves(16, [1, 2]), 0.1 * waves(16, [6], seed=1)
    parts = parts_of(r + extra, r, 1)
    assert parts.noise == pytest.approx(np.mean(extra**2, axis=-1)[..., 0], rel=1000 * EPS)
    assert np.max(parts.magnitude + parts.phase) < 100 * EPS
    # as soon as the reference has some of the mode it is no noise
    other = parts_of(r + extra, r + 0.5 * extra, 1)
    assert np.max(other.noise) < 100 * EPS


def test_shells_of_a_plane():
    # the wave with k = (3, 4) is in shell 5 of a square
    x = 2 * np.pi * np.arange(12) / 12
    r = np.cos(3 * x[:, None] + 4 * x[None, :])[None, None, None]
    modes = modes_of(0.5 * r, r, Grid.cube(2, 12))
    assert modes.share[0, 5] == pytest.approx(1, rel=100 * EPS)
    assert modes.amplitude[0, 5] == pytest.approx(0.5, rel=100 * EPS)


def test_a_mode_of_a_pair_cannot_cancel_another():
    # two samples, shifted by a quarter wave to the left and to the right: sizes are averaged
    r = np.repeat(waves(16, [1], samples=1, times=1), 2, axis=0)
    p = np.concatenate([np.roll(r[:1], 4, axis=-1), np.roll(r[:1], -4, axis=-1)])
    assert modes_of(p, r, Grid.cube(1, 16)).phase[0, 1] == pytest.approx(np.pi / 2, rel=100 * EPS)


def test_shapes_are_checked():
    with pytest.raises(InvalidInput, match="diagnosis: expected two arrays"):
        parts_of(np.ones((2, 1, 8)), np.ones((2, 1, 9)), 1)
    with pytest.raises(InvalidInput, match="2 space axes"):
        parts_of(np.ones((1, 8)), np.ones((1, 8)), 2)
