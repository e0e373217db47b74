"""Matrices of few waves against the fast transform, on the host."""

import numpy as np
import pytest

from xpde.nn.harmonics import across, along

EPS = np.finfo(np.float64).eps


@pytest.mark.parametrize(("points", "modes"), [(8, 3), (8, 5), (9, 5), (1, 1), (160, 12)])
def test_a_line_and_its_low_modes(relative, points, modes):
    """m = N//2 + 1 is everything, the Nyquist mode included, and comes back."""
    forward, inverse = along(points, modes)
    rng = np.random.default_rng(0)
    u, z = rng.standard_normal(points), rng.standard_normal((2, modes))
    expected = np.fft.rfft(u)[:modes]
    # sums of N products, rounded to √N eps at worst here
    assert relative(forward @ u, np.r_[expected.real, expected.imag]) < 20 * EPS
    spectrum = np.zeros(points // 2 + 1, complex)
    spectrum[:modes] = z[0] + 1j * z[1]
    assert relative(z.ravel() @ inverse, np.fft.irfft(spectrum, points)) < 20 * EPS


@pytest.mark.parametrize(("points", "modes"), [(8, 3), (8, 5), (9, 9), (64, 12)])
def test_a_complex_line_and_its_waves_of_both_signs(relative, points, modes):
    """û(±k) = a ± i b, and back from waves that were put together from modes."""
    forward, inverse = across(points, modes)
    rng = np.random.default_rng(0)
    u = rng.standard_normal(points) + 1j * rng.standard_normal(points)
    a, b = (forward @ u).reshape(2, modes + 1)
    k = np.arange(modes + 1)
    expected = np.fft.fft(u)
    assert relative(a + 1j * b, expected[k % points]) < 20 * EPS  # sums of N products
    assert relative(a - 1j * b, expected[-k % points]) < 20 * EPS
    plus, minus = rng.standard_normal((2, modes + 1)) + 1j * rng.standard_normal((2, modes + 1))
    found = np.r_[plus + minus, -1j * (plus - minus)] @ inverse
    waves = np.exp(2j * np.pi / points * np.outer(k, np.arange(points)))
    assert relative(found, (plus @ waves + minus @ waves.conj()) / points) < 40 * EPS
