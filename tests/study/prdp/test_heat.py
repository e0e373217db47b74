"""Heat emulators: exact references, contractions of Jacobi, sizes of networks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpde
from xpde.core import stream
from xpde.solvers import POSITIVE
from xpde.study.prdp import experiment, smallest_level
from xpde.study.prdp.emulation import step_errors
from xpde.study.prdp.heat import Heat1D, Heat2D, Heat3D
from xpde.study.prdp.lattice import Lattice, eigenvalues, solved
from xpde.study.prdp.waves import fourier_products

EPS = np.finfo(np.float64).eps
NUMPY = xpde.backend("numpy", dtype="float64")


def spectrum(problem):
    """Eigenvalues of I - D⁻¹A."""
    center, coupling = problem.coefficients
    return 1 - eigenvalues((problem.points,) * problem.dims, center, coupling) / center


def pulled(bk):
    return lambda solve, u, g: bk.vjp(solve, u)[1](g)[0]


@given(
    seed=st.integers(0, 2**31),
    points=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    ratio=st.floats(0.01, 5.0),
)
def test_sines_solve_the_system(seed, points, ratio):
    dims, points = len(points), tuple(points)
    lattice = Lattice.build(NUMPY, points, 1 + 2 * dims * ratio, -ratio, POSITIVE)
    b = np.random.default_rng(seed).normal(size=(2, *points))
    x = solved(b, lattice.center, lattice.coupling, dims)
    # condition number 1 + 4 D r up to 61, sums over up to 6 points on 3 axes
    assert np.max(np.abs(lattice(x) - b)) < 100 * 61 * EPS * np.max(np.abs(b))


@pytest.mark.parametrize(
    ("problem", "contraction", "condition", "level", "left"),
    [
        (Heat1D(), 0.6544, 4.787, 25, 2.5e-5),
        (Heat1D(points=50), 0.8372, 11.28, None, None),
        (Heat2D(), 0.7895, 8.501, 43, 3.9e-5),
    ],
)
def test_published_contractions(problem, contraction, condition, level, left):
    """ρ = 2D r cos πh/(1 + 2D r) = (κ - 1)/(κ + 1), to the printed digits."""
    rho = np.max(np.abs(spectrum(problem)))
    assert round(rho, 4) == contraction
    assert abs((1 + rho) / (1 - rho) - condition) < 1e-3 * condition  # as many digits
    if level:
        assert problem.converged == level
        assert round(rho**level / left, 1) == 1.0


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("name", ["heat1d", "heat2d", "heat3d"])
def test_references_take_the_exact_step(name, small):
    problem = experiment(name, small, samples=2, points=7)
    states = problem.trajectories("train", 2, 2)
    assert states.shape == (2, 3, 1, *(7,) * problem.dims)
    size = states[0, 0].size
    matrix = problem.system(NUMPY)(states[:, 0])[0].matrix()
    exact = np.linalg.solve(matrix, np.reshape(states[:, :2], (4, size)).T).T
    # condition numbers below 13, sums over the 343 points
    assert np.max(np.abs(np.reshape(states[:, 1:], (4, size)) - exact)) < 13 * 343 * EPS * 10


@pytest.mark.parametrize("points", [7, 8])
def test_the_inner_solve_is_truncated_jacobi(bk, relative, points):
    """S_K = (I - M^K) A⁻¹ with M = I - D⁻¹A, mode by mode; one program serves all levels."""
    problem = experiment("heat2d", True, points=points, samples=2, batch=2)
    setup = problem.setup(bk)
    n = points + 1
    m = np.arange(1, n)
    sines = np.sqrt(2 / n) * np.sin(np.pi * np.outer(m, m) / n)
    solved_exactly = sines @ problem.advance(setup.states) @ sines
    step, u = bk.jit(lambda solve, u: solve(u)), bk.asarray(setup.states)
    for level in (0, 1, 2, 7):
        found = bk.to_numpy(step(setup.solve.refined(level), u))
        exact = sines @ ((1 - spectrum(problem) ** level) * solved_exactly) @ sines
        # K sweeps and sums over N² points
        assert relative(found, exact) < 100 * (level + 1) * EPS


def test_implicit_is_unrolled(bk, relative):
    """One diagonal and a symmetric matrix: K sweeps on the cotangent are the transposed sweeps."""
    u = experiment("heat1d", points=9, samples=2, batch=2).setup(bk).states
    g, pulls = np.cos(np.arange(u.size)).reshape(u.shape), []
    for adjoint in ("implicit", "unrolled"):
        problem = experiment("heat1d", points=9, samples=2, batch=2, adjoint=adjoint)
        solve = problem.setup(bk).solve.refined(5)
        pulls.append(bk.to_numpy(bk.jit(pulled(bk))(solve, bk.asarray(u), bk.asarray(g))))
    assert relative(*pulls) < 100 * EPS  # five sweeps


def test_parameter_counts():
    """Those of the published programs, and of the weights that are drawn."""
    assert Heat1D().network().parameter_count() == 12_254
    assert Heat1D(points=50).network().parameter_count() == 14_834
    assert Heat2D().network().parameter_count() == 23_409_900
    assert experiment("navier_stokes").network().parameter_count() == 222_019
    for problem in (Heat1D(), Heat3D.small()):
        network = problem.network()
        drawn = [leaf.size for leaf in xpde.core.leaves(network.init(stream(0, "weights")))]
        assert sum(drawn) == network.parameter_count()


def test_errors_are_of_the_level_before():
    """‖û_t - u_t‖²/‖u_{t-1}‖², the mean over the samples."""
    reference = np.asarray([[[[2.0, 0.0]], [[1.0, 1.0]], [[0.0, 1.0]]]] * 2)
    predicted = reference[:, 1:].copy()
    predicted[0, 0] += 1.0  # ‖error‖² = 2 over ‖u_0‖² = 4, in one of two samples
    predicted[:, 1] -= 3.0  # 18 over ‖u_1‖² = 2, in both
    assert step_errors(predicted, reference) == {"nMSE_1": 0.25, "nMSE_2": 9.0}


def test_initial_states():
    """One wave is amplitudes times sines and cosines; the published slip is flat along an axis."""
    x = np.arange(5) / 5
    a = stream(0, "a").uniform(-1, 1, (1, 2))[0]
    exact = a[0] * np.sin(2 * np.pi * x) + a[1] * np.cos(2 * np.pi * x)
    assert np.max(np.abs(fourier_products((x,), 1, stream(0, "a")) - exact)) < 4 * EPS
    plain, slipped = (fourier_products((x, x), 1, stream(1, "a"), slip) for slip in (False, True))
    a = stream(1, "a").uniform(-1, 1, (1, 4))[0][1]  # of sine times cosine
    s, c = np.sin(2 * np.pi * x), np.cos(2 * np.pi * x)
    assert np.max(np.abs(slipped - plain - a * (s * c)[:, None] + a * np.outer(s, c))) < 8 * EPS


def test_samples_do_not_depend_on_their_number():
    few, more = (Heat1D(samples=n).trajectories("train", n, 1) for n in (2, 3))
    assert np.array_equal(few, more[:2])
    assert not np.array_equal(few, Heat1D().trajectories("test", 2, 1))


def test_the_smallest_level(bk):
    """Of an eigenvector every sweep takes the factor m: the level is a logarithm."""
    problem = Heat1D(points=9, samples=2, batch=2)
    solve = problem.setup(bk).solve
    mode = np.sin(2 * np.pi * np.arange(1, 10) / 10)[None, None]
    factor = spectrum(problem)[1]
    expected = int(np.ceil(np.log(1e-5) / np.log(factor)))
    assert smallest_level(solve, bk.asarray(mode), 1e-5, 100) == expected
    assert smallest_level(solve, bk.asarray(mode), 1e-5, expected - 1) is None
