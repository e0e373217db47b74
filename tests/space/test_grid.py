"""The grid, its wavenumbers, symbols and bands."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.space import Band, Grid, Symbols, to_physical, to_spectral

EPS = np.finfo(np.float64).eps


def test_coordinates_hold_the_left_end():
    x = Grid((4, 5), (2.0, 1.0)).coordinates()
    assert x.shape == (2, 4, 5)
    np.testing.assert_array_equal(x[0, :, 0], [0, 0.5, 1.0, 1.5])
    np.testing.assert_allclose(x[1, 0], [0, 0.2, 0.4, 0.6, 0.8], atol=2 * EPS)


@pytest.mark.parametrize("n", [1, 2, 7, 8, 49, 98, 196])
def test_wavenumbers_are_integers(n):
    grid = Grid.cube(2, n)
    assert grid.wavenumbers(0).dtype.kind == "i"
    np.testing.assert_array_equal(grid.wavenumbers(0), np.rint(np.fft.fftfreq(n) * n))
    np.testing.assert_array_equal(grid.wavenumbers(1), np.arange(n // 2 + 1))


@pytest.mark.parametrize(
    ("points", "extent"),
    [((0,), (1.0,)), ((4, 4), (1.0,)), ((4,), (-1.0,)), ((2.5,), (1.0,)), ((2,) * 4, (1.0,) * 4)],
)
def test_bad_grids_are_named_in_one_line(points, extent):
    with pytest.raises(InvalidInput, match=r"^grid: expected [^\n]*$"):
        Grid(points, extent)


def test_grids_are_values():
    assert hash(Grid([8, 8], [1, 1])) == hash(Grid.cube(2, 8))
    assert Grid.cube(3, 4, 2.0).spacing == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("n", "two_thirds", "half"),
    [(16, 4, 3), (48, 15, 11), (64, 20, 15), (160, 52, 39), (384, 127, 95), (100, 32, 24)],
)
def test_cutoff_is_exact(n, two_thirds, half):
    grid = Grid.cube(1, n)
    assert Band(grid, 2 / 3).cutoff == Band(grid, Fraction(2, 3)).cutoff == (two_thirds,)
    assert Band(grid, 0.5).cutoff == (half,)


@pytest.mark.parametrize("fraction", [0, -1, 1.5])
def test_fraction_out_of_range(fraction):
    with pytest.raises(InvalidInput, match="dealias"):
        Band(Grid.cube(1, 16), fraction)


def test_too_few_points_for_a_band():
    with pytest.raises(InvalidInput, match="more points"):
        Band(Grid.cube(1, 2))


@pytest.mark.parametrize("n", [11, 12])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_derivative_of_a_wave(relative, n, order):
    grid = Grid((n, 9), (2.0, 3.0))
    x = grid.coordinates()
    kappa = 2 * np.pi * 3 / 2.0
    wave = np.sin(kappa * x[0] + 0.3) * np.cos(2 * np.pi * x[1] / 3.0)
    exact = kappa**order * np.sin(kappa * x[0] + 0.3 + order * np.pi / 2)
    exact = exact * np.cos(2 * np.pi * x[1] / 3.0)
    found = to_physical(Symbols(grid).d(0, order) * to_spectral(wave[None], 2), grid)[0]
    assert relative(found, exact) < 50 * EPS * n**order / 3**order


@pytest.mark.parametrize("axis", [0, 1])
def test_odd_derivative_of_nyquist_is_zero(axis):
    s = Symbols(Grid.cube(2, 8))
    assert np.ravel(s.d(axis, 3))[4] == 0
    assert np.ravel(s.d(axis, 2))[4] == -((2 * np.pi * 4) ** 2)


def test_symbols_beside_an_array_equal_those_of_the_host(bk, relative):
    grid = Grid((6, 5), (1.0, 2.0))
    host, placed = Symbols(grid), Symbols(grid, like=bk.asarray(1.0))
    for get in (lambda s: s.d(1), lambda s: s.laplacian, lambda s: s.sum_d(3), lambda s: s.one):
        assert relative(bk.to_numpy(get(placed)), get(host)) == 0
    assert relative(host.laplacian * host.inverse_laplacian, host.mean_free) < 4 * EPS


@given(
    seed=st.integers(0, 2**31),
    points=st.integers(1, 3).flatmap(lambda d: st.tuples(*[st.integers(6, 9)] * d)),
    compact=st.booleans(),
)
def test_band_transforms_equal_masked_full_ones(bk, relative, seed, points, compact):
    grid = Grid(points, (1.0,) * len(points))
    u = np.random.default_rng(seed).standard_normal((2, 1, *points))
    band = Band(grid, Fraction(9, 10), compact)
    symbols, axes = band.before(), tuple(range(-grid.dims, 0))
    mask = band.mask() if not compact else np.ones(1)
    full = np.fft.rfftn(u, axes=axes) * band.mask()
    one = bk.asarray(np.asarray(symbols.one))
    found = one * band.to_band(bk.asarray(u))
    tolerance = 30 * EPS * np.log2(2 + grid.size)  # rounding of a transform
    assert relative(bk.to_numpy(band.extend(found)), full) < tolerance
    assert relative(bk.to_numpy(band.restrict(bk.asarray(full))), bk.to_numpy(found)) < tolerance
    back = bk.to_numpy(band.to_grid(found))
    expected = np.fft.irfftn(full, s=points, axes=axes)
    # outer Nyquist is never in a band, so every inverse has one meaning
    assert relative(back, expected) < tolerance
    assert mask.any()


def test_no_dealiasing_keeps_everything(bk):
    band = Band(Grid.cube(1, 8), None)
    u = bk.asarray(np.ones((1, 5)) + 0j)
    assert band.complete
    assert band.restrict(u) is u
