"""Derivatives against sums of waves, whose derivatives are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.space import Grid, derivative, divergence, gradient

EPS = np.finfo(float).eps


def rounding(grid, axis, order):
    """Transforms of one line keep 10 eps of max|u|, the symbol lifts it by (κ_max)^order."""
    return 10 * EPS * (np.pi * grid.points[axis] / grid.extent[axis]) ** order


@given(
    seed=st.integers(0, 2**31),
    grid=st.from_type(Grid),
    order=st.integers(1, 4),
    data=st.data(),
)
def test_of_a_sum_of_waves(bk, Waves, seed, grid, order, data):
    axis = data.draw(st.integers(0, grid.dims - 1))
    waves = Waves(grid, 2, seed)
    u = bk.asarray(waves.on(grid))
    found = bk.to_numpy(derivative(u, grid, axis, order))
    expected = waves.on(grid, axis=axis, order=order)
    size = np.sum(waves.amplitude, axis=1).max()
    assert np.max(np.abs(found - expected)) <= rounding(grid, axis, order) * size


@pytest.mark.parametrize("points", [(8, 5), (4, 6, 3)])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_nyquist(bk, points, order):
    """(-1)^n is an eigenvector: of eigenvalue 0 for odd orders, (iκ)^order for even ones."""
    grid = Grid(points, tuple(1.0 + j for j in range(len(points))))
    for axis, n in enumerate(points):
        if n % 2:
            continue
        line = (-1.0) ** np.arange(n)
        u = np.broadcast_to(grid.along(line, axis), (1, *points))
        kappa = np.pi * n / grid.extent[axis]
        value = 0.0 if order % 2 else (-1) ** (order // 2) * kappa**order
        found = bk.to_numpy(derivative(bk.asarray(u), grid, axis, order))
        assert np.max(np.abs(found - value * u)) <= rounding(grid, axis, order)


@given(seed=st.integers(0, 2**31), grid=st.from_type(Grid))
def test_gradient_and_laplacian(bk, Waves, seed, grid):
    """∇u holds every ∂_j u before space; its divergence is Δu, channel by channel."""
    waves = Waves(grid, 2, seed)
    slope = gradient(bk.asarray(waves.on(grid)), grid)
    assert tuple(slope.shape) == (2, grid.dims, *grid.points)
    size = np.sum(waves.amplitude, axis=1).max()
    laplacian = np.zeros((2, *grid.points))
    for axis in range(grid.dims):
        exact = waves.on(grid, axis=axis, order=1)
        error = np.abs(bk.to_numpy(slope)[:, axis] - exact)
        assert np.max(error) <= rounding(grid, axis, 1) * size
        laplacian += waves.on(grid, axis=axis, order=2)
    found = bk.to_numpy(divergence(slope, grid))[:, 0]
    tolerance = sum(2 * rounding(grid, axis, 2) for axis in range(grid.dims))
    assert np.max(np.abs(found - laplacian)) <= tolerance * size


@pytest.mark.parametrize(
    ("shape", "axis", "order", "word"),
    [
        ((1, 8, 7), 0, 1, r"field \(\.\.\., C, 8, 6\)"),
        ((8, 6), 0, 1, "got shape"),
        ((1, 8, 6), 2, 1, "from 0 to 1, got 2"),
        ((1, 8, 6), -1, 1, "axis"),
        ((1, 8, 6), 0, 0, "order of 1 or more"),
        ((1, 8, 6), 0, 1.5, "got 1.5"),
    ],
)
def test_errors(shape, axis, order, word):
    with pytest.raises(InvalidInput, match=rf"^derivative: expected [^\n]*{word}"):
        derivative(np.zeros(shape), Grid((8, 6), (1.0, 1.0)), axis, order)
