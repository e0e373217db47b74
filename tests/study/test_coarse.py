"""Coarse solvers against the reference solver, and emulators that correct them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import leaves
from xpde.errors import InvalidInput
from xpde.ic import TruncatedFourier
from xpde.pde import Stepper, burgers
from xpde.space import Grid
from xpde.study import (
    CompareConfig,
    Resampled,
    coarse_stepper,
    fit,
    initial_states,
    reference_data,
    scenario,
    score,
)
from xpde.study.probes import first_gradient
from xpde.train import Corrector

EPS = np.finfo(np.float64).eps
FLOWS = ("diff_burgers", "diff_ks", "diff_fisher", "phy_sh", "diff_kdv")
LINEAR = ("diff_adv", "diff_diff", "diff_disp", "diff_adv_diff", "diff_hyp_diff", "phy_aniso_diff")


def quiet(*args, **kwargs):
    """Report to nobody."""


def draw(problem, cutoff, seed=0):
    ic = TruncatedFourier(cutoff, zero_mean=False)
    rng = np.random.default_rng(seed)
    return ic.sample(problem.grid, problem.channels, rng)


@pytest.mark.parametrize("key", [*FLOWS, *LINEAR])
def test_the_whole_proportion_is_the_reference_solver(key):
    """To the bit: every coefficient is the same number."""
    problem = scenario(key, points=24, coarse_proportion=1.0)
    pairs = zip(leaves(coarse_stepper(problem)), leaves(problem.stepper()), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


@given(
    key=st.sampled_from(LINEAR),
    points=st.integers(11, 18),
    dims=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_two_halves_of_a_linear_step_are_one(relative, key, points, dims, seed):
    """The default proportion is one half, and linear steps are exact."""
    if key == "phy_aniso_diff":
        dims = max(dims, 2)
    problem = scenario(key, dims=dims, points=points)
    u, half = draw(problem, 3, seed), coarse_stepper(problem)
    # e^{z/2} twice for e^z: relative errors of |z| eps, |z| < 50 for these, and four transforms
    assert relative(half(half(u)), problem.stepper()(u)) < 100 * EPS


def test_two_halves_on_every_backend(bk, relative):
    problem = scenario("diff_adv", points=24)
    u, half = bk.asarray(draw(problem, 5)), coarse_stepper(problem, bk)
    whole = problem.stepper(bk)(u)
    assert relative(bk.to_numpy(half(half(u))), bk.to_numpy(whole)) < 100 * EPS


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("diff_burgers", ("diffusion_gamma", "convection_delta")),
        ("norm_burgers", ("diffusion_alpha", "convection_beta")),
        ("diff_ks", ("gradient_norm_delta", "diffusion_gamma", "hyp_diffusion_gamma")),
    ],
)
def test_a_proportion_of_the_time_is_one_of_the_coefficients(relative, key, names):
    """The benchmark scales these where it has no time step; substeps stay."""
    problem = scenario(key, points=24, substeps=2)
    scaled = {name: 0.3 * problem.parameters[name] for name in names}
    u = draw(problem, 5)
    other = scenario(key, points=24, substeps=2, **scaled).stepper()
    # the products of the same factors in another order
    assert relative(coarse_stepper(problem, proportion=0.3)(u), other(u)) < 100 * EPS
    assert relative(coarse_stepper(problem)(u), other(u)) > 1e-4


@given(
    key=st.sampled_from(LINEAR),
    dims=st.integers(1, 3),
    points=st.integers(14, 19),
    coarse=st.integers(11, 14),
    seed=st.integers(0, 99),
)
def test_a_coarser_grid_is_exact_for_what_it_holds(relative, key, dims, points, coarse, seed):
    """Linear equation, modes up to 5 < coarse/2: every one has the exact factor on both grids."""
    if key == "phy_aniso_diff":
        dims = max(dims, 2)
    problem = scenario(key, dims=dims, points=points)
    u = draw(problem, 5, seed)
    # the same factors, |z| < 50, and four transforms more on every axis
    found = coarse_stepper(problem, points=coarse)(u)
    assert relative(found, problem.stepper()(u)) < 100 * EPS


def test_a_coarser_grid_on_every_backend(bk, relative):
    """Axes of their own; modes that the coarse grid lacks are dropped."""
    problem = scenario("phy_diag_diff", points=(18, 15))
    coarse = coarse_stepper(problem, bk, points=(12, 11))
    assert coarse.stepper.grid.points == (12, 11)
    u = draw(problem, 4)
    found = bk.to_numpy(coarse(bk.asarray(u)))
    assert relative(found, problem.stepper()(u)) < 100 * EPS
    x = problem.grid.coordinates()
    high = np.cos(2 * np.pi * 7 * x[0] / problem.grid.extent[0]) + 0 * u
    dropped = bk.to_numpy(coarse(bk.asarray(u + high)))
    assert relative(dropped, found) < 100 * EPS


def test_both_defects_together(relative):
    problem = scenario("diff_diff", points=20)
    u = draw(problem, 3)
    found = coarse_stepper(problem, proportion=0.5, points=9)
    assert relative(found(found(u)), problem.stepper()(u)) < 100 * EPS


def test_a_stepper_of_the_user():
    """Any stepper may be corrected, such as one of another order on another grid."""
    fine, grid = Grid.cube(1, 24), Grid.cube(1, 12)
    own = Resampled(Stepper.build(burgers(1, 0.01), grid, 0.01, order=1), fine)
    network = CompareConfig("diff_burgers", {"points": 24}).make_network()
    params = network.init(np.random.default_rng(0))
    u = np.sin(2 * np.pi * np.arange(24) / 24)[None]
    found = Corrector(network, own, "sequential_with_bypass").apply(params, u)
    assert np.array_equal(found, own(u) + network.apply(params, own(u)))


SMALL = {
    "points": 24,
    "train_samples": 4,
    "train_horizon": 4,
    "test_samples": 2,
    "test_horizon": 5,
    "batch": 8,
}


def config(task, **more):
    given = {"network": "Conv;6;2;relu", "optimizer": "adam;8;constant;2e-3", **more}
    return CompareConfig("diff_adv", SMALL, backends=("numpy",), task=task, **given)


def test_training_lowers_the_loss_and_agrees(backends, relative):
    """Eight updates through two unrolled steps; before training, the solver is half the way."""
    plan, losses, errors = config("correct;parallel", training="sup;2"), {}, {}
    for name in {"numpy", "jax", "torch"} & {*backends}:
        bk = backends[name]
        fitted = fit(plan, bk, reference_data(plan.problem, bk, "train"), quiet)
        test = reference_data(plan.problem, bk, "test")
        scores = score(plan, bk, fitted.trained.params, test)
        losses[name], errors[name] = fitted.trained.losses, scores.metrics["mean_nRMSE"]
    assert losses["numpy"][-1] < 0.9 * losses["numpy"][0]
    for name, found in losses.items():
        # Adam divides by roots of small gradients, which enlarges rounding within 8 updates
        assert relative(found, losses["numpy"]) < 1e-8
        assert relative(errors[name], errors["numpy"]) < 1e-8


@pytest.mark.parametrize("task", ["correct;sequential", "correct;sequential_with_bypass"])
def test_first_gradients_agree(backends, relative, task):
    plan, found = config(task), {}
    for name in {"numpy", "strict", "jax", "torch"} & {*backends}:
        data = reference_data(plan.problem, backends[name], "train")
        found[name] = first_gradient(backends[name], plan, data)[1]
    for gradient in found.values():
        assert relative(gradient, found["numpy"]) < 1e-10


def test_one_step_of_a_zero_correction_is_the_coarse_solver(backends, relative):
    """What the evaluation of an untrained correction says, worked out by hand."""
    bk, plan = backends["numpy"], config("correct;parallel")
    zero = [{name: 0 * w for name, w in layer.items()} for layer in plan.initial_weights()]
    test = reference_data(plan.problem, bk, "test")
    found = score(plan, bk, zero, test).predicted
    coarse = coarse_stepper(plan.problem, bk)
    expected = coarse.rollout(initial_states(plan.problem, "test")[0], 5)
    assert relative(found, expected) < 100 * EPS  # transforms between the steps, five times


def test_names_of_runs(tmp_path):
    """A prediction has no coarse solver, so its proportion does not decide the numbers."""

    def name(task, proportion):
        plan = CompareConfig("diff_adv", {"coarse_proportion": proportion}, task=task)
        plan.write(tmp_path / "config.json")
        assert CompareConfig.read(tmp_path / "config.json") == plan
        return plan.name

    assert name("predict", 0.5) == name("predict", 0.25) == CompareConfig("diff_adv").name
    tasks = ("predict", "correct;parallel", "correct;sequential")
    assert len({name(task, p) for task in tasks for p in (0.5, 0.25)}) == 5


HALF = scenario("diff_adv", points=24)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: scenario("diff_adv", coarse_proportion=0.0), "expected coarse_proportion > 0"),
        (lambda: scenario("diff_adv", coarse_proportion="half"), "coarse_proportion as float"),
        (lambda: coarse_stepper(HALF, proportion=-1), "expected a proportion above 0, got -1"),
        (lambda: coarse_stepper(HALF, points=25), "expected points of at most (24,) for the"),
        (lambda: coarse_stepper(HALF, points=(12, 12)), "expected points of at most (24,)"),
        (lambda: coarse_stepper(HALF, points=0), "expected positive integers for points"),
        (lambda: coarse_stepper(scenario("phy_poisson")), "use task predict"),
        (lambda: CompareConfig("phy_poisson", task="correct;parallel"), "use task predict"),
        (lambda: CompareConfig("diff_adv", task="correct;sequental"), "did you mean sequential"),
        (
            lambda: Resampled(coarse_stepper(HALF), Grid.cube(1, 24, 2.0)),
            "expected the box (2.0,), got (1.0,)",
        ),
    ],
)
def test_bad_input_is_one_line(make, expected):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
