"""Laws of the projection, the divergence and the curl."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.space import (
    Grid,
    Symbols,
    curl,
    derivative,
    divergence,
    gradient,
    leray,
    project,
    unit_wavevectors,
)

EPS = np.finfo(float).eps
seeds = st.integers(0, 2**31)
flat = st.from_type(Grid).filter(lambda grid: grid.dims > 1)


def steepest(grid):
    """The largest |κ|: how much a derivative lifts rounding."""
    ends = [np.pi * n / length for n, length in zip(grid.points, grid.extent, strict=True)]
    return np.linalg.norm(ends)


@given(seed=seeds, grid=st.from_type(Grid))
def test_is_the_orthogonal_projection_on_fields_without_divergence(bk, noise, seed, grid):
    """For noise, Nyquist modes too: ∇·Pu = 0, P² = P, ⟨Pu, v⟩ = ⟨u, Pv⟩, P∇φ = 0, mean kept."""
    u, v = (noise(grid, grid.dims, s) for s in (seed, seed + 1))
    placed = bk.asarray(u)
    projected = leray(placed, grid)
    first, second = bk.to_numpy(projected), bk.to_numpy(leray(bk.asarray(v), grid))
    size = max(np.max(np.abs(u)), np.max(np.abs(v)))
    tiny = 20 * EPS * size  # two transforms and a product of unit vectors
    assert np.max(np.abs(bk.to_numpy(divergence(projected, grid)))) <= tiny * steepest(grid)
    assert np.max(np.abs(bk.to_numpy(leray(projected, grid)) - first)) <= tiny
    assert abs(np.mean(first * v) - np.mean(u * second)) <= tiny * size
    axes = tuple(range(-grid.dims, 0))
    assert np.max(np.abs(np.mean(first - u, axis=axes))) <= tiny
    slope = gradient(placed[:1, ...], grid)[0, ...]
    removed = bk.to_numpy(leray(slope, grid))
    assert np.max(np.abs(removed)) <= tiny * steepest(grid)


@given(seed=seeds, grid=flat)
def test_leaves_curls_alone(bk, noise, seed, grid):
    """(∂_1 ψ, -∂_0 ψ) and ∇ × A have no divergence, and P returns them."""
    if grid.dims == 2:
        psi = bk.asarray(noise(grid, 1, seed))
        parts = [derivative(psi, grid, 1), -derivative(psi, grid, 0)]
        u = bk.xp.concat(parts, axis=0)
    else:
        u = curl(bk.asarray(noise(grid, 3, seed)), grid)
    tiny = 60 * EPS * steepest(grid)  # as above, |noise| < 5
    assert np.max(np.abs(bk.to_numpy(divergence(u, grid)))) <= tiny * steepest(grid)
    assert np.max(np.abs(bk.to_numpy(leray(u, grid)) - bk.to_numpy(u))) <= tiny


@given(seed=seeds, grid=flat)
def test_divergence_and_curl_of_waves(bk, Waves, seed, grid):
    waves = Waves(grid, grid.dims, seed)
    u = bk.asarray(waves.on(grid))
    d = [waves.on(grid, axis=axis, order=1) for axis in range(grid.dims)]  # d[j][i] = ∂_j u_i
    tiny = 60 * EPS * steepest(grid)  # six waves of amplitude 1
    spread = bk.to_numpy(divergence(u, grid))[0]
    assert np.max(np.abs(spread - sum(d[j][j] for j in range(grid.dims)))) <= tiny
    planes = [(1, 0)] if grid.dims == 2 else [(1, 2), (2, 0), (0, 1)]
    expected = np.stack([d[i][j] - d[j][i] for i, j in planes])
    found = bk.to_numpy(curl(u, grid))
    assert found.shape == expected.shape
    assert np.max(np.abs(found - expected)) <= tiny


def test_clockwise_rotation_is_positive():
    """u = (sin x_1, -sin x_0) turns clockwise about the origin."""
    grid = Grid.cube(2, 8, 2 * np.pi)
    x = grid.coordinates()
    omega = curl(np.stack([np.sin(x[1]), -np.sin(x[0])]), grid)
    assert omega[0, 0, 0] == pytest.approx(2.0, rel=20 * EPS)


@pytest.mark.parametrize("n", [7, 8])
def test_one_dimension_keeps_what_has_no_slope(bk, noise, n):
    grid = Grid.cube(1, n)
    u = noise(grid, 1, 0)
    expected = np.zeros_like(u) + np.mean(u)
    if n % 2 == 0:
        sign = (-1.0) ** np.arange(n)
        expected += sign * np.mean(u * sign)
    found = bk.to_numpy(leray(bk.asarray(u), grid))
    assert np.max(np.abs(found - expected)) <= 20 * EPS


@pytest.mark.parametrize("points", [(6, 5), (4, 3, 6)])
def test_spectral_form(bk, relative, noise, points):
    """project() of a spectrum is leray() of the field; a masked mode passes unchanged."""
    grid = Grid(points, tuple(1.0 + j for j in range(len(points))))
    u = bk.asarray(noise(grid, grid.dims, 3))
    u_hat = bk.rfftn(u, grid.dims)
    unit = unit_wavevectors(Symbols(grid, like=u))
    found = project(u_hat, unit)
    assert relative(bk.to_numpy(bk.irfftn(found, points)), bk.to_numpy(leray(u, grid))) == 0
    mask = np.ones(grid.spectral_shape)
    mask[1] = 0.0
    passed = bk.to_numpy(project(u_hat, unit_wavevectors(Symbols(grid, u, mask))))
    whole, found = bk.to_numpy(u_hat), bk.to_numpy(found)
    np.testing.assert_array_equal(passed[:, 1], whole[:, 1])
    np.testing.assert_array_equal(passed[:, 2:], found[:, 2:])


@pytest.mark.parametrize("fn", [divergence, leray, curl])
def test_a_vector_has_a_component_per_axis(fn):
    with pytest.raises(InvalidInput, match=r"expected a field \(\.\.\., 2, 8, 8\)"):
        fn(np.zeros((3, 8, 8)), Grid.cube(2, 8))


def test_no_curl_in_one_dimension():
    with pytest.raises(InvalidInput, match="2 or 3 axes"):
        curl(np.zeros((1, 8)), Grid.cube(1, 8))
