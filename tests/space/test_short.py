"""Transforms by products are the fast ones up to rounding, whatever the backend prefers."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import backend_of
from xpde.space import Band, Grid
from xpde.space.short import short_to_band, short_to_grid

EPS = np.finfo(np.float64).eps


POINTS = [(8,), (9,), (8, 9), (7, 6), (6, 7, 8)]
"""Odd and even, first and last; few shapes, because each is compiled."""

bands = st.builds(
    lambda points, fraction: Band(Grid(points, (1.0,) * len(points)), fraction),
    st.sampled_from(POINTS),
    st.sampled_from([None, Fraction(2, 3)]),
)
seeds = st.integers(0, 2**32 - 2)


def noise(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def whole(band, bk, u):
    """The band of the fast transform of the framework."""
    return band.restrict(bk.rfftn(u, band.grid.dims))


@given(band=bands, seed=seeds)
def test_the_way_there(bk, band, seed):
    """Each mode is a sum of ∏N terms of size 1: rounding at most eps times their number."""
    u = bk.asarray(noise(seed, 2, *band.grid.points))
    found, expected = short_to_band(u, band.cutoff), whole(band, bk, u)
    gap = np.max(np.abs(bk.to_numpy(found) - bk.to_numpy(expected)))
    assert found.shape == expected.shape
    assert gap <= 4 * EPS * band.grid.size


@given(band=bands, seed=seeds)
def test_the_way_back_for_any_spectrum(bk, band, seed):
    """Also for one that belongs to no real field: what irfftn ignores is ignored here."""
    shape = (2, 1, *band.modes.spectral_shape)
    z = bk.asarray(noise(seed, *shape) + 1j * noise(seed + 1, *shape))
    found = bk.to_numpy(short_to_grid(z, band.grid.points))
    expected = bk.to_numpy(bk.irfftn(band.extend(z), band.grid.points))
    assert np.max(np.abs(found - expected)) <= 16 * EPS


@given(band=bands, seed=seeds)
def test_there_and_back_is_the_identity_on_the_band(bk, band, seed):
    u = short_to_grid(
        short_to_band(bk.asarray(noise(seed, *band.grid.points)), band.cutoff), band.grid.points
    )
    again = short_to_grid(short_to_band(u, band.cutoff), band.grid.points)
    assert np.max(np.abs(bk.to_numpy(again) - bk.to_numpy(u))) <= 64 * EPS


@pytest.mark.parametrize("points", [(8,), (7, 8), (6, 5, 4)])
def test_pullbacks_are_those_of_the_fast_transforms(bk, points):
    band = Band(Grid(points, (1.0,) * len(points)), None)
    shape = band.modes.spectral_shape
    u, z = bk.asarray(noise(0, *points)), bk.asarray(noise(1, *shape) + 1j * noise(2, *shape))
    there = lambda v: short_to_band(v, band.cutoff), lambda v: backend_of(v).rfftn(v, len(points))
    back = lambda v: short_to_grid(v, points), lambda v: backend_of(v).irfftn(v, points)
    for (short, fast), x, weight in ((there, u, z), (back, z, u)):
        found, expected = (bk.to_numpy(bk.vjp(f, x)[1](weight)[0]) for f in (short, fast))
        assert np.max(np.abs(found - expected)) <= 16 * EPS * band.grid.size
