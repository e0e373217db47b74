"""Sine waves: the given sum, the drawn numbers, one function of x."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from xpde.core import stream
from xpde.errors import InvalidInput
from xpde.ic import RandomSineWaves, SineWaves, sample_set
from xpde.space import Grid

EPS = np.finfo(float).eps


@given(seed=st.integers(0, 2**31), points=st.integers(11, 24), extent=st.floats(0.1, 10))
def test_is_the_sum(seed, points, extent):
    """u(x) = o + Σ a sin(2π k x / L + φ), the angle computed from x."""
    rng = np.random.default_rng(seed)
    a, phase = rng.uniform(-1, 1, 3), rng.uniform(0, 6, 3)
    k = rng.integers(1, 6, 3)
    grid = Grid.cube(1, points, extent)
    u = SineWaves(a, [int(each) for each in k], phase, 0.25).sample(grid, 1, rng)[0]
    x = grid.coordinates()[0]
    expected = 0.25 + sum(a[i] * np.sin(2 * np.pi * k[i] * x / extent + phase[i]) for i in range(3))
    assert np.max(np.abs(u - expected)) < 256 * EPS  # three angles of at most 38, rounded twice


@given(seed=st.integers(0, 2**31), cutoff=st.integers(1, 5), more=st.integers(1, 4))
def test_coefficients_are_the_draws(seed, cutoff, more):
    """û(k) = N a_k exp(i(φ_k - π/2)) / 2, nothing beyond K, the mean is the offset."""
    n = 2 * cutoff + more
    ic = RandomSineWaves(cutoff, zero_mean=False, amplitude=(1.0, 2.0), offset=(3.0, 4.0))
    c = np.fft.rfft(sample_set(ic, Grid.cube(1, n, 2.0), 1, 1, seed)[0, 0]) / n
    rng = stream(seed, "initial", 0)
    a, phase = rng.uniform(1, 2, cutoff), rng.uniform(0, 2 * np.pi, cutoff)
    expected = np.zeros(n // 2 + 1, complex)
    expected[0] = rng.uniform(3, 4)
    expected[1 : cutoff + 1] = a * np.exp(1j * (phase - np.pi / 2)) / 2
    assert np.max(np.abs(c - expected)) < 256 * EPS


def test_population():
    """Amplitudes uniform in size, phases uniform on the circle, offsets uniform: p > 1e-6."""
    ic = RandomSineWaves(4, zero_mean=False)
    u = sample_set(ic, Grid.cube(1, 9), 2, 200, seed=1)
    c = np.fft.rfft(u) / 9
    z = 2 * c[..., 1:].ravel()
    assert kstest(np.abs(z), "uniform").pvalue > 1e-6
    assert kstest(np.angle(z), "uniform", (-np.pi, 2 * np.pi)).pvalue > 1e-6
    assert kstest(c[..., 0].real.ravel(), "uniform", (-0.5, 1.0)).pvalue > 1e-6


def test_the_mean_changes_nothing_else():
    grid = Grid.cube(1, 16)
    plain, lifted = (sample_set(RandomSineWaves(3, flag), grid, 2, 3, 2) for flag in (True, False))
    mean = np.mean(lifted, axis=-1, keepdims=True)
    assert np.max(np.abs(plain - (lifted - mean))) < 32 * EPS
    assert np.max(np.abs(mean)) <= 0.5


def test_no_waves():
    assert not sample_set(RandomSineWaves(0), Grid.cube(1, 1), 1, 1, 0).any()
    u = SineWaves((), (), (), offset=2.0).sample(Grid.cube(1, 3), 1, stream(0))
    np.testing.assert_array_equal(u, 2.0)


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda: SineWaves((1.0,), (1, 2), (0.0,)), "got 1, 2 and 1"),
        (lambda: SineWaves((1.0,), (0,), (0.0,)), "integer wavenumber of 1 or more, got 0"),
        (lambda: SineWaves((1.0,), (1.5,), (0.0,)), "integer wavenumber of 1 or more, got 1.5"),
        (lambda: SineWaves((np.inf,), (1,), (0.0,)), "amplitudes as a finite number"),
        (lambda: SineWaves((1.0,), (1,), (np.nan,)), "phases as a finite number"),
        (lambda: RandomSineWaves(-1), "integer cutoff of 0 or more, got -1"),
        (lambda: RandomSineWaves(amplitude=(1.0, -1.0)), "amplitude as a pair of numbers, low <="),
        (lambda: RandomSineWaves(phase=(1.0,)), "phase as a pair"),
        (lambda: RandomSineWaves(offset=0.5), "offset as a pair"),
        (lambda: sample_set(RandomSineWaves(5), Grid.cube(1, 10), 1, 1, 0), "more than 10 points"),
        (lambda: sample_set(RandomSineWaves(1), Grid.cube(2, 8), 1, 1, 0), "one space dimension"),
    ],
)
def test_refuses_in_one_line(act, expected):
    with pytest.raises(InvalidInput) as caught:
        act()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
