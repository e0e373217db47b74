"""Errors of the energy spectrum against shells summed mode by mode."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.metrics import spectrum_error, spectrum_errors

sys.path.insert(0, str(Path(__file__).parent))
from fourier_sums import coefficient, modes, well_spread

EPS = np.finfo(float).eps
# |û|² is wrong by 2 · 30 · 7 eps (see test_fourier.py) on both sides of the difference, which
# cancels down to a share of 1/50 at least for these draws
TOLERANCE = 50 * 4 * 30 * 7 * EPS


def shells(field):
    """E(b) = Σ |û/N|²/2 over b - 1/2 ≤ |k| < b + 1/2 of one channel."""
    energy = [0.0] * (min(field.shape) // 2 + 1)
    for k in modes(field.shape):
        shell = math.floor(math.sqrt(sum(a * a for a in k)) + 0.5)
        if shell < len(energy):
            energy[shell] += abs(coefficient(field, k) / field.size) ** 2 / 2
    return np.array(energy)


@settings(max_examples=12)
@given(seed=st.integers(0, 2**31), points=st.sampled_from([(5,), (6,), (4, 4), (3, 3, 3)]))
def test_definition(bk, relative, seed, points):
    rng, dims = np.random.default_rng(seed), len(points)
    r = well_spread(rng, (2, 2, *points), dims)
    u = 1.5 * well_spread(rng, (2, 2, *points), dims)
    pairs = [[(shells(a), shells(b)) for a, b in zip(*x, strict=True)]
             for x in zip(u, r, strict=True)]  # fmt: skip
    whole = [sum(np.sum(abs(e - f)) / np.sum(f) for e, f in state) for state in pairs]
    each = [sum(abs(e - f) / f for e, f in state) for state in pairs]
    placed = [bk.asarray(x) for x in (u, r)]
    assert relative(bk.to_numpy(spectrum_error(*placed, dims=dims)), whole) < TOLERANCE
    assert relative(bk.to_numpy(spectrum_errors(*placed, dims=dims)), each) < TOLERANCE


@pytest.mark.parametrize("points", [(8,), (6, 5)])
def test_a_shift_of_one_state_does_not_count(points):
    rng, dims = np.random.default_rng(0), len(points)
    u = rng.standard_normal((2, *points))
    moved = np.roll(u, (2,) * dims, tuple(range(-dims, 0)))
    assert spectrum_error(moved, u, dims=dims) < 256 * EPS  # 2 channels, transforms of 30 points


@pytest.mark.parametrize("factor", [0.5, 2.0, -4.0])
def test_amplitudes_count_squared(factor):
    """|a² - 1| in every shell, each channel."""
    u = np.random.default_rng(1).standard_normal((3, 6, 6))
    found = spectrum_errors(factor * u, u, dims=2)
    np.testing.assert_allclose(found, 3 * abs(factor**2 - 1) * np.ones(4), rtol=16 * EPS)
    np.testing.assert_allclose(
        spectrum_error(factor * u, u, dims=2), 3 * abs(factor**2 - 1), rtol=64 * EPS
    )


def test_one_wave_is_seen_in_its_shell():
    x = 2 * np.pi * np.arange(8) / 8
    r = (1 + np.cos(x) + np.cos(2 * x))[None]
    u = (1 + np.cos(x) + 3 * np.cos(2 * x))[None]
    found = spectrum_errors(u, r, dims=1)
    np.testing.assert_allclose(found[:3], [0, 0, 8], atol=64 * EPS)  # 3² - 1
    # 8 · (1/4) over 1/2 + 1/4 + 1/4
    np.testing.assert_allclose(spectrum_error(u, r, dims=1), 2.0, rtol=64 * EPS)


def test_only_the_ratio_of_lengths_matters():
    rng = np.random.default_rng(2)
    u, r = rng.standard_normal((2, 1, 6, 6))
    values = [spectrum_error(u, r, dims=2, extent=e) for e in (1.0, 7.0, (4.0, 4.0))]
    assert values[0] == values[1] == values[2]
    assert spectrum_error(u, r, dims=2, extent=(1.0, 2.0)) != values[0]


def test_refuses():
    u = np.ones((1, 6))
    with pytest.raises(InvalidInput, match="equal channels and points"):
        spectrum_error(u, np.ones((1, 5)), dims=1)
    with pytest.raises(InvalidInput, match="points and extent"):
        spectrum_error(u, u, dims=1, extent=(1.0, 2.0))
