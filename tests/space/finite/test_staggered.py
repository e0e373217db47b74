"""Identities of the staggered grid, with walls and without."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.solvers import SYMMETRIC
from xpde.solvers.block import Block
from xpde.space.finite import Staggered, Wall, laplacian

sys.path.insert(0, str(Path(__file__).parent))
from operators import GRIDS

EPS = np.finfo(float).eps
LIKE = np.zeros(1)
every = pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)


def state(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


@every
def test_gradient_is_minus_the_transposed_divergence(grid):
    """⟨div u, p⟩ = -⟨u, grad p⟩, bit by bit."""
    div, grad = grid.divergence().linear, grid.gradient().linear
    assert np.array_equal(div.matrix(LIKE).T, -grad.matrix(LIKE))


@every
def test_div_grad_is_the_compact_laplacian(grid):
    product = grid.divergence().linear @ grid.gradient().linear
    compact = laplacian(grid.cells).linear.matrix(LIKE)
    scale = np.max(np.abs(compact))
    assert np.max(np.abs(product.matrix(LIKE) - compact)) < 8 * EPS * scale


@every
def test_discrete_gauss(grid):
    """Σ div u = 0 where nothing flows through the walls; constants have no gradient."""
    periodic = [box.axes[d].periodic for d, box in enumerate(grid.components)]
    closed = Staggered.build(grid.points, 1.0, [None if p else Wall() for p in periodic])
    u = state(0, grid.dims, *grid.points)
    assert abs(np.sum(closed.divergence()(u))) < 1e3 * EPS
    assert np.max(np.abs(grid.gradient()(np.ones((1, *grid.points))))) == 0.0


def test_flow_through_walls_is_counted():
    """Σ div u ∏h is what comes in through a wall and leaves through another."""
    grid = Staggered.build((4, 3), (1.0, 2.0), ((Wall((0.5, 9.0)), Wall((2.0, 9.0))), None))
    total = np.sum(grid.divergence()(state(0, 2, 4, 3))) * np.prod(grid.cells.spacing)
    assert abs(total - (2.0 - 0.5) * 2.0) < 100 * EPS


@every
def test_curl_of_gradient(grid):
    """ω(∇p) = 0 away from walls, and everywhere without walls."""
    product = grid.vorticity().linear @ grid.gradient().linear
    inner = np.reshape(product.matrix(LIKE), (*product.codomain, -1))
    for axis, box in enumerate(grid.components):
        if not box.axes[axis].periodic:
            inner = np.take(inner, np.arange(grid.points[axis] - 1), axis=1 + axis)
    assert np.max(np.abs(inner)) < 8 * EPS * np.prod(grid.cells.spacing) ** -1 * 10


def test_means_take_the_four_faces_around():
    """Right: {i, i + 1} x {j, j - 1}; the reference's: {i, i - 1} x {j, j + 1}."""
    grid, u = Staggered.build((5, 4)), state(0, 1, 5, 4)

    def mean(signs):
        a, b = signs  # of the shifts along the target and the source
        one = np.roll(u, -a, -1)
        return 0.25 * (u + one + np.roll(u, -b, -2) + np.roll(one, -b, -2))

    assert np.allclose(grid.average(0, 1)(u), mean((1, -1)), rtol=0, atol=8 * EPS)
    assert np.allclose(grid.average(0, 1, "implicax")(u), mean((-1, 1)), rtol=0, atol=8 * EPS)


def test_vorticity_by_hand():
    """ω = ∂_1 u_0 - ∂_0 u_1 at the corners ahead; the reference takes those behind."""
    grid, u = Staggered.build((5, 4), (1.0, 2.0)), state(0, 2, 5, 4)
    ahead = (np.roll(u[0], -1, 1) - u[0]) / 0.5 - (np.roll(u[1], -1, 0) - u[1]) / 0.2
    behind = (u[0] - np.roll(u[0], 1, 1)) / 0.5 - (u[1] - np.roll(u[1], 1, 0)) / 0.2
    assert np.allclose(grid.vorticity()(u)[0], ahead, rtol=0, atol=1e3 * EPS)
    assert np.allclose(grid.vorticity("implicax")(u)[0], behind, rtol=0, atol=1e3 * EPS)


def test_couette():
    """Between a floor at rest and a lid, u_0 = V y/L has no Laplacian and the vorticity V/L."""
    n, lid = 4, 3.0
    grid = Staggered.build((2, n), (1.0, 2.0), (None, (Wall(), Wall((lid, 0.0)))))
    u = np.stack([lid * grid.coordinates(0)[1] / 2.0, np.zeros((2, n))])
    assert np.max(np.abs(grid.laplacian()(u))) < 1e3 * EPS
    assert np.max(np.abs(grid.divergence()(u))) == 0.0
    assert np.max(np.abs(grid.vorticity()(u) - lid / 2.0)) < 1e3 * EPS
    assert np.max(np.abs(grid.upwind(u)(u))) < 1e3 * EPS


def test_faces_of_a_right_wall_are_left_alone():
    """Their entries are not read, and get 0."""
    grid = Staggered.build((4, 3), 1.0, Wall())
    u = state(0, 2, 4, 3)
    noisy = u.copy()
    noisy[0, -1, :] += 7.0
    noisy[1, :, -1] -= 7.0
    for operator in (grid.laplacian(), grid.upwind(u), grid.divergence(), grid.upwind(noisy)):
        assert np.array_equal(operator(u), operator(noisy))
    assert np.array_equal(grid.upwind(u)(u), grid.upwind(noisy)(u))
    for out in (grid.laplacian()(u), grid.gradient()(u[:1])):
        assert np.max(np.abs(out[0, -1])) == np.max(np.abs(out[1, :, -1])) == 0.0


@every
def test_stokes_is_a_symmetric_saddle(grid):
    """Velocity and pressure in one system: [Δ, grad; -div, 0], which is symmetric."""
    velocity, pressure = grid.laplacian().linear, grid.gradient().linear
    system = Block(((velocity, pressure), (-1.0 * grid.divergence().linear, None)), SYMMETRIC)
    matrix = system.matrix(LIKE)
    assert system.domain == (grid.dims + 1, *grid.points)
    assert np.array_equal(matrix, matrix.T)
