"""The interpolant against sums of waves at random points, and at the grid points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpde
from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.space import Grid, derivative, interpolate, resample

EPS = np.finfo(float).eps
seeds = st.integers(0, 2**31)


def somewhere(grid, seed, count=5):
    """Points up to one box away from the grid."""
    turns = np.random.default_rng(seed).uniform(-1, 2, (count, grid.dims))
    return turns * np.asarray(grid.extent)


def rounding(grid):
    """A phase κx holds eps times 2π k (|x/L| ≤ 2), a sum over the modes of an axis 10 eps."""
    return EPS * sum(10 + 2 * np.pi * n for n in grid.points)


@given(seed=seeds, grid=st.from_type(Grid))
def test_of_a_sum_of_waves(bk, Waves, seed, grid):
    waves, x = Waves(grid, 2, seed), somewhere(grid, seed)
    u = bk.asarray(waves.on(grid))
    size = np.sum(waves.amplitude, axis=1).max()
    for points in (x, bk.asarray(x)):
        found = bk.to_numpy(interpolate(u, grid, points))
        assert np.max(np.abs(found - waves(x))) <= rounding(grid) * size


@given(seed=seeds, grid=st.from_type(Grid))
def test_takes_the_values_at_the_grid_points(bk, noise, seed, grid):
    """For noise too, Nyquist modes included: the interpolant interpolates."""
    u = noise(grid, 2, seed)
    x = np.reshape(np.moveaxis(grid.coordinates(), 0, -1), (-1, grid.dims))
    found = bk.to_numpy(interpolate(bk.asarray(u), grid, x))
    # √∏N modes of noise add up where those of a few waves do
    assert np.max(np.abs(found - np.reshape(u, (2, -1)))) <= rounding(grid) * np.sqrt(grid.size)


@pytest.mark.parametrize("points", [(8,), (4, 6)])
def test_nyquist_is_a_cosine(bk, points):
    """(-1)^(n_0 + n_1 + ...) comes from ∏_j cos(π N_j x_j / L_j), real and even in every x_j."""
    grid = Grid(points, tuple(1.0 + j for j in range(len(points))))
    x = somewhere(grid, 1)
    u = (-1.0) ** np.sum(np.indices(points), axis=0)[None]
    expected = np.prod(np.cos(np.pi * np.asarray(points) * x / grid.extent), axis=-1)
    found = bk.to_numpy(interpolate(bk.asarray(u), grid, x))
    assert np.max(np.abs(found - expected)) <= rounding(grid)


@pytest.mark.parametrize(("points", "finer"), [((8,), (9,)), ((6, 5), (7, 8))])
def test_resampling_up_is_interpolation(bk, noise, points, finer):
    """Two ways to the same series, for noise with Nyquist modes."""
    grid = Grid(points, tuple(1.0 + j for j in range(len(points))))
    fine = Grid(finer, grid.extent)
    u = bk.asarray(noise(grid, 2, 0))
    x = np.reshape(np.moveaxis(fine.coordinates(), 0, -1), (-1, grid.dims))
    found = bk.to_numpy(interpolate(u, grid, x))
    expected = np.reshape(bk.to_numpy(resample(u, grid, finer)), (2, -1))
    assert np.max(np.abs(found - expected)) <= rounding(grid) * np.sqrt(grid.size)


@pytest.mark.parametrize("points", [(6, 5)])
def test_slope_in_x_is_the_derivative(bk, noise, points):
    """d/dx Σ w u(x) at the grid points is w ∂u, where u has no Nyquist mode."""
    grid = Grid(points, tuple(1.0 + j for j in range(len(points))))
    u = noise(grid, 1, 0)
    if points[0] % 2 == 0:
        sign = grid.along((-1.0) ** np.arange(points[0]), 0)
        u = u - sign * np.mean(u * sign, axis=1, keepdims=True)
    placed = bk.asarray(u)
    x = bk.asarray(np.reshape(np.moveaxis(grid.coordinates(), 0, -1), (-1, grid.dims)))

    def total(x):
        values = interpolate(placed, grid, x)
        return namespace_of(values).sum(values)

    _, slope = bk.value_and_grad(total)(x)
    for axis in range(grid.dims):
        expected = np.ravel(bk.to_numpy(derivative(placed, grid, axis)))
        kappa = np.pi * points[axis] / grid.extent[axis]
        error = np.max(np.abs(bk.to_numpy(slope)[:, axis] - expected))
        assert error <= rounding(grid) * kappa * np.sqrt(grid.size)


def test_every_sample_may_have_its_own_points(bk, relative, noise):
    """Leading axes of x broadcast against those of u."""
    grid = Grid((5, 4), (1.0, 2.0))
    u = np.stack([noise(grid, 2, s) for s in range(3)])
    x = np.stack([somewhere(grid, s) for s in range(3)])
    found = bk.to_numpy(interpolate(bk.asarray(u), grid, bk.asarray(x)))
    each = [bk.to_numpy(interpolate(bk.asarray(a), grid, b)) for a, b in zip(u, x, strict=True)]
    assert relative(found, np.stack(each)) < 100 * EPS  # the same sums in another order
    one = bk.to_numpy(interpolate(bk.asarray(u[0]), grid, x))
    assert one.shape == (3, 2, 5)
    assert relative(one[0], each[0]) < 100 * EPS


def test_host_points_keep_their_digits(backends, Waves):
    """float32 states at double precision points: only the amplitudes are rounded."""
    grid = Grid.cube(1, 64)
    waves, x = Waves(grid, 1, 0), somewhere(grid, 0, 50)
    for name in backends:
        bk = xpde.backend(name, dtype="float32")
        found = interpolate(bk.asarray(waves.on(grid)), grid, x)
        assert "float32" in str(found.dtype)
        error = np.max(np.abs(bk.to_numpy(found) - waves(x)))
        # a sum of 64 terms of size below 2/64 Σ|u|; a phase in float32 would lose 2π 32 eps
        assert error <= 16 * np.finfo(np.float32).eps


@pytest.mark.parametrize("shape", [(2,), (4, 3), ()])
def test_points_have_a_coordinate_per_axis(shape):
    with pytest.raises(
        InvalidInput, match=r"^interpolate: expected points \(\.\.\., P, 2\)[^\n]*$"
    ):
        interpolate(np.zeros((1, 4, 4)), Grid.cube(2, 4), np.zeros(shape))
