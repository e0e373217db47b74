"""Grids of one and two points, where a wave is its own Nyquist mode: one backend of each kind."""

import numpy as np
import pytest

from xpde.space import Grid, curl, derivative, interpolate, leray, poisson, resample, spectrum

EPS = np.finfo(float).eps
POINTS = [(1,), (2,), (3,), (1, 1), (1, 4), (2, 6), (2, 1, 3)]


@pytest.fixture(params=["numpy", "strict"])
def bk(request, backends):
    """Programs of many shapes are slow to compile, and the shapes are what is tested."""
    if request.param not in backends:
        pytest.skip(f"{request.param} is not installed")
    return backends[request.param]


@pytest.mark.parametrize("points", POINTS)
def test_every_tool_works(bk, noise, points):
    """Odd derivatives vanish on axes of 1 and 2 points; everything else keeps its laws."""
    grid = Grid(points, tuple(1.0 + j for j in range(len(points))))
    u = noise(grid, grid.dims, 0)
    placed = bk.asarray(u)
    tiny = 100 * EPS  # transforms of at most 12 points, derivatives up to (2π)² · 3
    for axis, n in enumerate(points):
        if n < 3:
            assert np.max(np.abs(bk.to_numpy(derivative(placed, grid, axis, 3)))) == 0
    solution = poisson(placed, grid)
    left = sum(bk.to_numpy(derivative(solution, grid, j, 2)) for j in range(grid.dims))
    axes = tuple(range(-grid.dims, 0))
    assert np.max(np.abs(left + u - np.mean(u, axis=axes, keepdims=True))) <= tiny
    finer = tuple(n + 1 + j for j, n in enumerate(points))
    back = resample(resample(placed, grid, finer), Grid(finer, grid.extent), points)
    assert np.max(np.abs(bk.to_numpy(back) - u)) <= tiny
    x = np.reshape(np.moveaxis(grid.coordinates(), 0, -1), (-1, grid.dims))
    found = bk.to_numpy(interpolate(placed, grid, x))
    assert np.max(np.abs(found - np.reshape(u, (grid.dims, -1)))) <= tiny
    projected = leray(placed, grid)
    assert np.max(np.abs(bk.to_numpy(leray(projected, grid)) - bk.to_numpy(projected))) <= tiny
    if grid.dims > 1:
        assert curl(placed, grid).shape[0] == (1 if grid.dims == 2 else 3)


@pytest.mark.parametrize("points", [(1,), (2,), (3,), (1, 1), (2, 2)])
def test_mean_is_the_first_shell(bk, noise, points):
    grid = Grid(points, (1.0,) * len(points))
    u = noise(grid, 2, 0)
    found = bk.to_numpy(spectrum(bk.asarray(u), grid))
    mean = np.mean(u, axis=tuple(range(-grid.dims, 0)))
    assert found.shape == (2, min(points) // 2 + 1)
    np.testing.assert_allclose(found[:, 0], mean**2 / 2, rtol=100 * EPS, atol=EPS)
