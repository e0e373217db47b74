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
    assert relative(u @ forward, np.r_[expected.real, expected.imag]) < 20 * EPS
    spectrum = np.zeros(points // 2 + 1, complex)
    spectrum[:modes] = z[0] + 1j * z[1]
    assert relative(z.ravel() @ inverse, np.fft.irfft(spectrum, points)) < 20 * EPS


@pytest.mark.parametrize(("points", "modes"), [(8, 3), (8, 5), (9, 9), (64, 12)])
def test_a_complex_line_and_its_modes_of_both_signs(relative, points, modes):
    """Where both signs meet, the inverse reads the negative mode."""
    forward, inverse = across(points, modes)
    rng = np.random.default_rng(0)
    u, z = rng.standard_normal((2, points)), rng.standard_normal((2, 2 * modes))
    both = np.r_[0:modes, points - modes : points]
    expected = np.fft.fft(u[0] + 1j * u[1])[both]
    assert relative(forward @ u.ravel(), np.r_[expected.real, expected.imag]) < 20 * EPS
    spectrum = np.zeros(points, complex)
    for k, value in zip(both, z[0] + 1j * z[1], strict=True):
        spectrum[k] = value
    found = np.fft.ifft(spectrum)
    assert relative(inverse @ z.ravel(), np.r_[found.real, found.imag]) < 20 * EPS
