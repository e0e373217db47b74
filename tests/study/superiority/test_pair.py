"""Two solvers: words and functions, grids, what a judge is worth, and what is refused."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpde
from xpde.errors import InvalidInput, NonFinite
from xpde.study.catalogue import scenario
from xpde.study.data import initial_states, reference_data
from xpde.study.superiority.loaded import load
from xpde.study.superiority.pair import Fineness, Pair, errors_of
from xpde.study.superiority.side import side_of

NUMPY = xpde.backend("numpy", dtype="float64")
EPS = np.finfo(np.float64).eps
SMALL = {
    "points": 16,
    "test_samples": 2,
    "test_horizon": 4,
    "train_samples": 2,
    "train_horizon": 2,
    "initial": "fourier;3;true;true",
}
ADVECTION = scenario("diff_adv", **SMALL, advection_gamma=-0.5)
BURGERS = scenario("diff_burgers", **SMALL)


def run(side, start, steps):
    return side.run(start, steps)


def side(given, problem=ADVECTION, bk=NUMPY, **more):
    return side_of("teacher", given, problem, bk, **more)


def pair(teacher, judge, problem=ADVECTION, fine=None, **more):
    return Pair.of(problem, NUMPY, teacher, judge, fine, **more)


@pytest.mark.parametrize("words", ["etdrk", "fd;0.5;1"])
def test_words_are_the_solver_of_the_scenario(bk, words):
    own = dataclasses.replace(BURGERS, solver=words)
    expected = bk.to_numpy(reference_data(own, bk, "test"))
    found = side(words, BURGERS, bk).run(initial_states(BURGERS, "test"), 4)
    assert np.array_equal(found, expected)


def test_settings_follow_the_word():
    start = initial_states(BURGERS, "test")
    plain = side("etdrk", BURGERS).run(start, 1)
    fine = side("etdrk,order=4, substeps=8", BURGERS).run(start, 1)
    again = dataclasses.replace(BURGERS, order=4, substeps=8)
    assert np.array_equal(fine, NUMPY.to_numpy(reference_data(again, NUMPY, "test", horizon=1)))
    assert not np.array_equal(plain, fine)


@pytest.mark.parametrize("points", [12, 24, 25])
def test_another_grid_is_no_matter_to_a_linear_equation(points):
    # modes up to 3 fit every one of these grids, and difficulties stay those of the scenario
    start = initial_states(ADVECTION, "test")
    home = side("etdrk").run(start, 4)
    other = side(f"etdrk,points={points}", interpolation="spectral").run(start, 4)
    assert np.max(np.abs(home - other)) < 100 * EPS
    assert np.array_equal(other[:, 0], start)


def test_functions_of_states_and_of_times():
    step = side(lambda u: 0.5 * u)
    assert step.finer == {}
    timed = side(lambda u, dt: u - dt * u)
    start = initial_states(ADVECTION, "test")
    assert np.array_equal(step.run(start, 2)[:, 2], 0.25 * start)
    # dt = 1: nothing is left after one whole step, a quarter after two halves
    assert np.array_equal(timed.run(start, 1)[:, 1], 0 * start)
    assert np.array_equal(timed.finer["half the step"]().run(start, 1)[:, 1], 0.25 * start)


def test_functions_get_arrays_of_the_backend_and_may_return_others(bk):
    start = initial_states(ADVECTION, "test")
    owned = side(lambda u: 0.5 * u if bk.owns(u) else None, bk=bk)
    assert np.array_equal(owned.run(start, 2)[:, 2], 0.25 * start)
    hosted = side(lambda u: 0.5 * bk.to_numpy(u), bk=bk)
    assert np.array_equal(hosted.run(start, 2)[:, 2], 0.25 * start)


def test_one_step_from_every_state():
    states = side("etdrk").run(initial_states(ADVECTION, "test"), 4)
    assert np.array_equal(side(lambda u: 2 * u).after(states), 2 * states)


def test_a_finer_word_halves_the_step_and_doubles_the_points():
    finer = side("fd;0.5;1").finer
    start = initial_states(ADVECTION, "test")
    half = dataclasses.replace(ADVECTION, solver="fd;0.5;1", substeps=2)
    expected = NUMPY.to_numpy(reference_data(half, NUMPY, "test"))
    assert np.array_equal(finer["half the step"]().run(start, 4), expected)
    assert finer["twice the points"]().grid.points == (32,)


def test_own_errors_of_a_judge():
    # halving the Euler step of u_t = -λ u changes the factor 1 - λ by λ²/4
    rate = 0.1
    found = pair(lambda u: 0.5 * u, lambda u, dt: u - dt * rate * u)
    states = found.trajectories(run)
    worth = found.fineness(states, np.ones(4), np.ones(4))
    ratio = (1 - rate / 2) ** 2 / (1 - rate)
    expected = [ratio**t - 1 for t in range(1, 5)]
    assert worth.own == pytest.approx(expected, rel=1000 * EPS)
    assert worth.fine.all()
    assert not found.fineness(states, np.full(4, 1e-3), np.ones(4)).fine.any()
    unknown = Fineness({}, np.ones(4), np.ones(4))
    assert (unknown.known, unknown.fine.any()) == (False, False)


def test_a_second_judge_is_the_only_one():
    found = pair("fd;1;1", "etdrk", fine=lambda u: np.roll(u, 1, axis=-1) * 0.999)
    states = found.trajectories(run)
    assert list(states.judge_finer) == ["<lambda>"]


@given(st.integers(0, 999))
def test_bounds_hold_for_every_truth_that_near(seed):
    # one sample and one channel: f, p, r, and a truth at a distance of at most 2d from the judge r
    rng = np.random.default_rng(seed)
    f, p, r, way = rng.standard_normal((4, 1, 1, 1, 6))
    d = rng.uniform(0, 0.3)
    truth = r + way * (2 * d / np.sqrt(np.mean(way**2)))
    far, near = (errors_of("RMSE", v, r, 1)[0] for v in (f, p))
    low, high = Fineness({"": np.full(1, d)}, far, near).bounds(far, near)
    actual = errors_of("RMSE", f, truth, 1)[0] / errors_of("RMSE", p, truth, 1)[0]
    # a few roundings of each of the two norms
    assert low * (1 - 20 * EPS) <= actual <= high * (1 + 20 * EPS)


def test_norms_by_sample():
    a, b = np.zeros((3, 2, 1, 4)), np.ones((2, 1, 4))
    assert errors_of("nRMSE", a, 2 * b, 1).tolist() == [[1.0, 1.0]] * 3
    assert errors_of("RMSE", a, 2 * b, 1).tolist() == [[2.0, 2.0]] * 3


def test_training_states_have_their_own_initial_condition_and_the_warm_up_of_the_judge():
    problem = dataclasses.replace(ADVECTION, warmup=2)
    found = pair(lambda u: 0.5 * u, lambda u: 2 * u, problem, train_initial="fourier;1;true;true")
    start = initial_states(dataclasses.replace(problem, initial="fourier;1;true;true"), "train")
    states = found.training(run)
    assert np.array_equal(states[:, 0], 4 * start)
    assert np.array_equal(states[:, 1], 2 * start)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("fe;0.5;1", "did you mean fd"),
        ("fd;0.5", "fd;THETA;PICARD"),
        ("etdrk,substep=2", "did you mean substeps"),
        ("etdrk,substeps", "NAME=VALUE"),
        ("etdrk,substeps=two", "substeps as int"),
        ("etdrk,substeps=0", "substeps of 1 or more"),
        ("etdrk,points=24", "give interpolation spectral"),
        ("absent.py:step", "does not exist"),
        ("absent.py", "FILE:NAME, such as absent.py:step"),
        ("absent.py:", "FILE:NAME, such as absent.py:step"),
        (lambda: 0, "a state, or a state and a time"),
        (lambda a, b, c: 0, "a state, or a state and a time"),
        (3.0, "a function, got float"),
    ],
)
def test_refused_solvers(given, text):
    with pytest.raises(InvalidInput) as caught:
        side(given)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refused_interpolations_and_grids():
    with pytest.raises(InvalidInput, match="did you mean spectral"):
        side("etdrk", interpolation="spectrall")

    def flat(u):
        return u

    flat.grid = xpde.space.Grid.cube(2, 16)
    with pytest.raises(InvalidInput, match="a grid of 1 axes"):
        side(flat)
    flat.grid = xpde.space.Grid.cube(1, 20)
    with pytest.raises(InvalidInput, match=r"expected the grid \(16,\) of the scenario"):
        side(flat)
    moved = side(flat, interpolation="spectral").run(initial_states(ADVECTION, "test"), 1)
    # there and back, up to the rounding of two transforms
    assert np.max(np.abs(moved[:, 1] - moved[:, 0])) < 100 * EPS


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (lambda u: u[..., :-1], r"got \(2, 1, 15\)"),
        (lambda u: u + missing, "NameError: name 'missing' is not defined"),  # noqa: F821
        (lambda u: "text", "expected a state of shape"),
    ],
)
def test_a_function_that_fails_is_one_line(step, text):
    with pytest.raises(InvalidInput, match=text) as caught:
        side(step).run(initial_states(ADVECTION, "test"), 1)
    assert "\n" not in str(caught.value)


FILES = {
    "fine.py": "from helper import double\ndef step(u):\n    return double(u)\nnumber = 3\n",
    "helper.py": "def double(u):\n    return 2 * u\n",
    "broken.py": "def step(u:\n",
    "raising.py": "x = 1\ny = x / 0\n",
    "leaving.py": "import sys\nsys.exit(3)\n",
}


def test_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    assert load("teacher", "fine.py:step")(3) == 6
    for name, text in {
        "fine.py:stop": "unknown function of fine.py 'stop': did you mean step",
        "fine.py:number": "got int",
        "broken.py:step": "SyntaxError",
        "raising.py:step": "ZeroDivisionError: division by zero (line 2)",
        "leaving.py:step": "SystemExit: 3 (line 2)",
    }.items():
        with pytest.raises(InvalidInput) as caught:
            load("teacher", name)
        assert text in str(caught.value)
        assert "\n" not in str(caught.value)


def test_an_unstable_teacher():
    fast = scenario("diff_adv", **{**SMALL, "test_horizon": 400}, advection_gamma=-8.0)
    with pytest.raises(NonFinite, match=r"teacher fd;0;1: expected a stable solver, got"):
        pair("fd;0;1", "etdrk", fast).trajectories(run)
    with pytest.raises(NonFinite, match=r"states of size .* at step 1"):
        pair(lambda u: 1e5 * u, "etdrk").trajectories(run)
    with pytest.raises(
        NonFinite, match=r"judge <lambda>: .* NaN or infinity at step 2 of sample 0"
    ):
        pair("etdrk", lambda u: 1e200 * u).trajectories(run)


def test_a_teacher_finer_than_the_judge():
    with pytest.raises(InvalidInput, match="teacher etdrk: expected a coarser solver than"):
        pair("etdrk", "fd;1;1").trajectories(run)

    # functions of a state alone are compared by a third solver
    def late(u):
        return np.roll(u, 1, axis=-1)

    with pytest.raises(InvalidInput, match="against etdrk,substeps=2; exchange"):
        pair("etdrk", late, fine="etdrk,substeps=2").trajectories(run)
    # nor is a solver finer than itself, or one that rounds otherwise, or halves its own step
    pair("fd;1;1", "fd;1;1").trajectories(run)
    pair("etdrk", "etdrk,substeps=3").trajectories(run)
    pair("fd;1;1", "fd;1;1,substeps=2").trajectories(run)
