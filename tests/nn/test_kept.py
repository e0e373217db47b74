"""Products with few waves against the fast transform, on every backend."""

import numpy as np
import pytest

from xpde.nn.kept import KeptModes

EPS = np.finfo(np.float64).eps
GRIDS = [((8,), 5), ((9,), 3), ((6, 8), 2), ((5, 8), 4), ((6, 9), 1), ((5, 4, 6), 3), ((1, 3), 1)]


def numbers(size, m):
    """Indices of the kept modes in a half spectrum, the first axis slowest: 0..m-1, -1..-m."""
    outer = [
        np.r_[0:m, n - 1 : n - m - 1 : -1] if n > m else np.r_[0:m, m - 1 : -1 : -1] for n in size
    ]
    axes = [*outer[:-1], np.arange(m)]
    return tuple(x.ravel() for x in np.meshgrid(*axes, indexing="ij"))


@pytest.mark.parametrize(("size", "modes"), GRIDS)
def test_forward_is_the_transform(bk, relative, size, modes):
    u = np.random.default_rng(0).standard_normal((2, 3, *size))
    kept = KeptModes.of(modes, size, bk.asarray(u))
    found = bk.to_numpy(bk.jit(kept.forward)(bk.asarray(u)))
    u_hat = np.fft.rfftn(u, axes=range(2, u.ndim))
    expected = u_hat[(slice(None), slice(None), *numbers(size, modes))]
    expected = np.moveaxis(np.stack([expected.real, expected.imag]), (3, 1, 0, 2), (0, 1, 2, 3))
    # sums of at most 120 products
    assert relative(found, expected) < 50 * EPS


@pytest.mark.parametrize(("size", "modes"), GRIDS)
def test_inverse_fills_a_spectrum(bk, relative, size, modes):
    """Negative modes overwrite positive ones; what stands beside is added."""
    rng, count = np.random.default_rng(1), (2 * modes) ** (len(size) - 1) * modes
    z, beside = rng.standard_normal((count, 2, 2, 3)), rng.standard_normal((2, 3, *size))
    spectrum = np.zeros((2, 3, *size[:-1], size[-1] // 2 + 1), complex)
    values = np.moveaxis(z[:, :, 0, :] + 1j * z[:, :, 1, :], 0, -1)
    places = numbers(size, modes)
    for j in range(count):  # axis by axis the negative half comes later
        spectrum[(slice(None), slice(None), *(p[j] for p in places))] = values[..., j]
    for axis in range(2, 1 + len(size)):
        spectrum = np.fft.ifft(spectrum, axis=axis)
    expected = np.fft.irfft(spectrum, n=size[-1], axis=-1)
    kept = KeptModes.of(modes, size, bk.asarray(z))
    inverse = bk.jit(kept.inverse)
    alone = bk.to_numpy(inverse(bk.asarray(z))).reshape(expected.shape)
    assert relative(alone, expected) < 50 * EPS  # sums of at most 108 waves
    both = bk.to_numpy(inverse(bk.asarray(z), bk.asarray(beside))).reshape(expected.shape)
    assert relative(both, expected + beside) < 50 * EPS
