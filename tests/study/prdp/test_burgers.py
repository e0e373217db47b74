"""The implicit upwind step of Burgers' equation."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import xpde
from xpde.study.prdp import experiment, smallest_level
from xpde.study.prdp.burgers import Tridiagonal, Upwind

EPS = np.finfo(np.float64).eps
NUMPY = xpde.backend("numpy", dtype="float64")

drawn = given(
    seed=st.integers(0, 2**31),
    points=st.integers(3, 20),
    advection=st.floats(0.0, 3.0),
    diffusion=st.floats(0.0, 3.0),
)


@drawn
def test_the_operator_at_its_own_wind(seed, points, advection, diffusion):
    """u - A(u) u is a difference of fluxes, which sums to zero; rows are dominated."""
    u = np.random.default_rng(seed).normal(size=(2, 1, points))
    operator, b = Upwind(advection, diffusion)(u)
    size = (1 + advection) * (1 + diffusion) * np.max(np.abs(u)) ** 2 + np.max(np.abs(u))
    assert np.array_equal(b, u)
    # sums of N terms of that size
    assert np.max(np.abs(np.sum(operator(u) - u, axis=-1))) < 20 * points * EPS * size
    excess = operator.center - np.abs(operator.left) - np.abs(operator.right)
    if advection * np.ptp(u) == 0:
        assert np.min(excess) > 0
    assert np.all(operator.center >= 1)
    assert np.all(operator.left <= 0)
    assert np.all(operator.right <= 0)


@given(points=st.integers(3, 20), value=st.floats(-3.0, 3.0), advection=st.floats(0.0, 3.0))
def test_a_constant_stays(points, value, advection):
    operator, b = Upwind(advection, 0.3)(np.full((1, points), value))
    # five products of the size of the coefficients
    assert np.max(np.abs(operator(b) - b)) < 8 * EPS * (1 + 4 * (advection * 3 + 0.3)) * 3


def test_the_transpose(bk, relative):
    rng = np.random.default_rng(0)
    rows = Tridiagonal(*(bk.asarray(part) for part in rng.normal(size=(3, 2, 7))))
    x, y = rng.normal(size=(2, 2, 7))
    matrix = Tridiagonal(*(bk.to_numpy(p) for p in (rows.left, rows.center, rows.right))).matrix()
    assert relative(bk.to_numpy(rows(bk.asarray(x))), np.einsum("bij,bj->bi", matrix, x)) < 8 * EPS
    found = bk.to_numpy(rows.transpose()(bk.asarray(y)))
    assert relative(found, np.einsum("bji,bj->bi", matrix, y)) < 8 * EPS


def test_sweeps_reach_the_direct_solution(bk, relative):
    """K_ε = 24 is about where the relative residual on the data is 1e-5."""
    problem = experiment("burgers1d", samples=8, batch=8)
    setup = problem.setup(bk)
    u = bk.asarray(setup.states)
    exact = problem.advance(setup.states)
    # contraction 0.62 or less a sweep, 100 of them, then rounding
    found = bk.jit(lambda solve, u: solve(u))(setup.solve.refined(100), u)
    assert relative(bk.to_numpy(found), exact) < 1e-13
    level = smallest_level(setup.solve, u, 1e-5, 2 * problem.converged)
    assert abs(level - problem.converged) <= 3


def test_shocks_move_right():
    """A step down from 1 to 0 travels with the speed ½, if the step is short against h."""
    points, steps = 100, 400
    problem = experiment("burgers1d", points=points, dt=0.001, viscosity=1e-6)
    u = np.where((np.arange(points) > 20) & (np.arange(points) < 50), 1.0, 0.0)[None, None]
    for _ in range(steps):
        u = problem.advance(u)
    front = np.flatnonzero(u[0, 0] > 0.5)[-1]
    assert abs(front - (49 + 0.5 * steps * problem.dt * points)) <= 1
