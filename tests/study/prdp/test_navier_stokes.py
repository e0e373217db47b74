"""The saddle-point step of the flow experiment, its data, its adjoint."""

import numpy as np
import pytest

import xpde
from xpde.errors import InvalidInput
from xpde.solvers import GMRES, Implicit
from xpde.study.prdp import experiment, inner_solve
from xpde.study.prdp.flow_data import advanced, flow_trajectories, initial_flow
from xpde.study.prdp.navier_stokes import NavierStokes, channel_errors
from xpde.study.prdp.oseen import OseenStep, backward_divergence, forward_gradient

EPS = np.finfo(np.float64).eps
POINTS = 6
STEP = OseenStep(0.1, 1e-2, 1 / POINTS)


def flow(seed=0, points=POINTS):
    return initial_flow(seed, "test", 0, points)


@pytest.mark.parametrize("points", [6, 7])
def test_initial_flows_have_no_divergence(points):
    state = flow(points=points)
    divergence = backward_divergence(state[:2], 1 / points)
    # differences over h of numbers of size 1, and of φ over h²
    assert np.max(np.abs(divergence)) < 100 * EPS * points**2
    assert abs(np.mean(state[2])) < 10 * EPS


def test_the_divergence_of_the_gradient_is_the_laplacian(bk, relative):
    p = np.random.default_rng(0).normal(size=(5, 5))
    found = bk.to_numpy(backward_divergence(forward_gradient(bk.asarray(p), 0.5), 0.5))
    around = sum(np.roll(p, s, axis=a) for s in (1, -1) for a in (0, 1))
    assert relative(found, (around - 4 * p) / 0.25) < 10 * EPS


@pytest.mark.parametrize("published", [True, False])
def test_the_transpose(bk, published):
    """⟨y, A x⟩ = ⟨Aᵀ y, x⟩."""
    step = OseenStep(0.1, 1e-2, 1 / POINTS, published)
    x, y = np.random.default_rng(0).normal(size=(2, 3, POINTS, POINTS))

    def both(u, x, y):
        operator, _ = step(u)
        return operator(x), operator.transpose()(y)

    ahead, back = bk.jit(both)(*map(bk.asarray, (flow(), x, y)))
    one, two = np.sum(y * bk.to_numpy(ahead)), np.sum(x * bk.to_numpy(back))
    # sums of 108 products with coefficients of about 1/Δt + 4ν/h² + |w|/h < 60
    assert abs(one - two) < 108 * 60 * 10 * EPS


@pytest.mark.parametrize(("published", "order"), [(True, 1), (False, 2)])
def test_means_of_the_other_wind(published, order):
    """v at right faces from v at top faces: of second order, of first with the published means."""
    errors = []
    for n in (32, 64):
        x, y = np.meshgrid(np.arange(n) / n, np.arange(n) / n)  # axis -1 is x

        def wave(x, y):
            return 2.0 + np.sin(2 * np.pi * (x + 2 * y))

        state = np.stack([np.zeros_like(x), wave(x, y + 0.5 / n), np.zeros_like(x)])
        operator, _ = OseenStep(1.0, 0.0, 1 / n, published)(state)
        wind = (operator.center[0] - 1.0) / n  # 1/Δt + |v|/h at the points of u
        errors.append(np.max(np.abs(wind - wave(x + 0.5 / n, y))))
    assert abs(np.log2(errors[0] / errors[1]) - order) < 0.1  # the next term, h/L of the first


def test_the_direct_step_solves_the_system():
    state = flow()
    then = advanced(STEP, state)
    operator, b = STEP(state)
    # residuals of elimination with coefficients below 60
    assert np.max(np.abs(operator(then) - b)) < 1000 * EPS * np.max(np.abs(b))
    chain = list(flow_trajectories(STEP, 0, "test", 1, POINTS, 2))
    assert np.array_equal(chain[0][:2], np.stack([state, then]))


def test_cycles_reach_the_direct_step(bk, relative):
    method = GMRES(rtol=1e-12, max_steps=20, restart=60)
    solve = inner_solve(bk, STEP, method, Implicit(), 50).refined(20)
    found = bk.to_numpy(bk.jit(lambda solve, u: solve(u))(solve, bk.asarray(flow())))
    # residuals of 1e-12, times a condition number of the order 1e3
    assert relative(found, advanced(STEP, flow())) < 1e-8


def test_the_adjoint_does_not_know_the_size_of_the_loss(bk):
    """A cotangent 2^-40 times as large gives a gradient 2^-40 times as large, bit by bit.

    With the stop level of the forward solve, 1e-5 ‖b‖, it would be exactly zero, as it is in the
    published training.
    """
    solve = inner_solve(bk, STEP, GMRES(rtol=1e-5, max_steps=20, restart=8), Implicit(), 50)
    u, g = bk.asarray(flow()), np.random.default_rng(1).normal(size=(3, POINTS, POINTS))
    pulled = bk.jit(lambda solve, u, g: bk.vjp(solve, u)[1](g)[0])
    whole, tiny = (
        bk.to_numpy(pulled(solve.refined(3), u, bk.asarray(g * s))) for s in (1.0, 2.0**-40)
    )
    assert np.max(np.abs(whole)) > 1e-3
    assert np.array_equal(tiny * 2.0**40, whole)


def test_errors_by_hand():
    reference = np.ones((2, 6, 3, 2, 2))
    predicted = reference[:, 1:].copy()
    predicted[0, 1, 0] = 3.0  # u at step 2 in one of two samples: ‖2‖²/‖1‖² = 4
    errors = channel_errors(predicted, reference)
    assert errors["u_nMSE_2"] == 2.0
    assert sorted(errors) == sorted(f"{c}_nMSE_{t}" for c in "uvp" for t in (1, 2, 5))
    assert sum(errors.values()) == 2.0


def test_data_are_every_second_point_of_a_finer_flow():
    problem = NavierStokes(points=4, samples=2, batch=2)
    states = problem.trajectories("train", 2, 1)
    fine = OseenStep(problem.dt, problem.viscosity, 1 / 9)
    whole = next(flow_trajectories(fine, problem.data_seed, "train", 1, 9, 1))
    assert states.shape == (2, 2, 3, 4, 4)
    assert np.array_equal(states[0], whole[:, :, 1::2, 1::2])


def test_the_rate_falls_by_a_cosine():
    problem = NavierStokes()
    assert problem.updates == 800
    rates = [problem.schedule(u) for u in (0, 400, 800, 900)]
    assert np.allclose(rates, [1e-3, 5.5e-4, 1e-4, 1e-4], rtol=1e-14)


def test_the_untrained_corrector_is_judged(bk):
    """The whole experiment in small: it can be set up and measured on every backend."""
    problem = NavierStokes.small(points=4, samples=2, batch=2, tested=1, width=2, converged=4)
    setup = problem.setup(bk)
    params = setup.network.network.init(xpde.stream(0, "weights"))
    params = xpde.core.tree_map(bk.asarray, params)
    errors = setup.measure(params)
    assert all(np.isfinite(value) for value in errors.values())
    assert problem.monitored in errors
    assert (problem.adjoint_solves, problem.evaluations) == (1, (2, 1))


def test_one_step_adjoints_need_a_diagonal():
    with pytest.raises(InvalidInput, match="got one-step, which needs a diagonal without zeros"):
        experiment("navier_stokes", adjoint="one-step")
