"""Laws of moving a field between resolutions, odd and even."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.space import Grid, resample

EPS = np.finfo(float).eps
seeds = st.integers(0, 2**31)
# targets of each grid, so that JAX compiles few programs
FINER = {1: [(9,), (10,)], 2: [(7, 8)], 3: [(5, 3, 7)]}
PAIRS = [((7,), (4,)), ((8,), (5,)), ((8,), (4,)), ((6, 5), (4, 7))]


@given(seed=seeds, pair=st.sampled_from(PAIRS), swap=st.booleans())
def test_values_of_a_field_that_fits_both_grids(bk, Waves, seed, pair, swap):
    """Waves below both Nyquist modes, up and down, are sampled at the new points."""
    old, new = pair[::-1] if swap else pair
    extent = tuple(1.0 + j for j in range(len(old)))
    coarse = Grid(tuple(map(min, zip(old, new, strict=True))), extent)
    waves = Waves(coarse, 2, seed)
    found = bk.to_numpy(resample(bk.asarray(waves.on(Grid(old, extent))), Grid(old, extent), new))
    # two transforms of at most 10 points per axis, six waves of amplitude 1
    assert np.max(np.abs(found - waves.on(Grid(new, extent)))) <= 60 * len(old) * EPS


@given(seed=seeds, grid=st.from_type(Grid), data=st.data())
def test_up_and_down_is_the_identity(bk, noise, seed, grid, data):
    """For noise, Nyquist modes too."""
    finer = data.draw(st.sampled_from(FINER[grid.dims]))
    u = noise(grid, 2, seed)
    up = resample(bk.asarray(u), grid, finer)
    back = bk.to_numpy(resample(up, Grid(finer, grid.extent), grid.points))
    assert np.max(np.abs(back - u)) <= 20 * grid.dims * EPS * np.max(np.abs(u))


@pytest.mark.parametrize(("n", "m"), [(9, 6), (10, 6), (12, 6), (8, 4)])
def test_down_to_even_keeps_the_cosine_of_the_new_nyquist_mode(bk, n, m):
    """cos keeps its value at the new points, sin vanishes there, higher modes leave no alias."""
    grid = Grid.cube(1, n, 2.0)
    x, y = grid.coordinates(), Grid.cube(1, m, 2.0).coordinates()
    kappa = np.pi * m / 2.0
    u = 0.7 * np.cos(kappa * x) + 0.4 * np.sin(kappa * x)
    if n > m + 2:
        u = u + np.cos(2 * np.pi * (m // 2 + 1) * x / 2.0)
    found = bk.to_numpy(resample(bk.asarray(u), grid, (m,)))
    assert np.max(np.abs(found - 0.7 * np.cos(kappa * y))) <= 40 * EPS


@pytest.mark.parametrize("m", [7, 8, 12, 13])
def test_up_from_even_splits_the_nyquist_mode(bk, m):
    """(-1)^n becomes cos(π N x / L), amplitude 1."""
    grid, fine = Grid.cube(1, 6, 2.0), Grid.cube(1, m, 2.0)
    found = bk.to_numpy(resample(bk.asarray((-1.0) ** np.arange(6)[None]), grid, (m,)))
    assert np.max(np.abs(found - np.cos(np.pi * 3 * fine.coordinates()))) <= 40 * EPS


def test_same_points_are_not_transformed(bk):
    u = bk.asarray(np.ones((1, 4, 5)))
    assert resample(u, Grid((4, 5), (1.0, 1.0)), (4, 5)) is u


@pytest.mark.parametrize("points", [8, (8,), (8, 0), (8, 2.5)])
def test_points_are_one_integer_per_axis(points):
    with pytest.raises(InvalidInput, match=r"expected[^\n]*points"):
        resample(np.zeros((1, 4, 4)), Grid.cube(2, 4), points)
