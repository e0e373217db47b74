"""States whose spectrum ends below the band of the products."""

import numpy as np
import pytest

from xpde.core import programs


def band_limited(grid, channels, seed, highest=3, lead=(), amplitude=0.5):
    """Random smooth field (..., C, *N): all modes |k_j| ≤ highest, host float64."""
    u = np.random.default_rng(seed).standard_normal((*lead, channels, *grid.points))
    axes = tuple(range(-grid.dims, 0))
    u_hat = np.fft.rfftn(u, axes=axes)
    for axis in range(grid.dims):
        u_hat = u_hat * grid.along(np.abs(grid.wavenumbers(axis)) <= highest, axis)
    u = np.fft.irfftn(u_hat, s=grid.points, axes=axes)
    return amplitude * u / np.max(np.abs(u))


@pytest.fixture(scope="session", name="band_limited")
def _band_limited():
    return band_limited


@pytest.fixture
def limits(monkeypatch):
    """Set limits of a module that decide how something is done, and drop what is compiled."""

    def patch(module, **values):
        for name, value in values.items():
            monkeypatch.setattr(module, name, value)
        programs._program.cache_clear()

    yield patch
    programs._program.cache_clear()
