"""The scenarios: the benchmark's numbers, overrides and their errors."""

import dataclasses
import math

import numpy as np
import pytest

from xpde.errors import InvalidInput, UnstableWarning
from xpde.pde import Stepper
from xpde.space import Grid
from xpde.study.catalogue import SCENARIOS, SUITE, scenario, suite
from xpde.study.describe import describe
from xpde.study.families import FAMILIES

OWN_INITIAL = {"fisher": "clamp;0.0;1.0;fourier;5;false;false", "gs": "gray_scott_blobs"}


@pytest.mark.parametrize("key", SCENARIOS)
def test_defaults_of_the_benchmark(key):
    found = SCENARIOS[key]
    family = key.split("_")[1]
    assert (found.points, found.batch) == (160, 20)
    assert found.initial == OWN_INITIAL.get(family, "fourier;5;true;true")
    horizons = (1, 1) if key == "phy_poisson" else (50, 200)
    assert (found.train_horizon, found.test_horizon) == horizons
    assert (found.train_samples, found.train_seed) == (50, 0)
    assert (found.test_samples, found.test_seed) == (30, 773)
    assert found.optimizer == "adam;10_000;warmup_cosine;0.0;1e-3;2_000"
    assert (found.order, found.dealias) == (2, 0.5 if family in ("gs", "sh") else 2 / 3)
    assert found.warmup == (500 if family in ("ks", "kolm") else 0)
    assert found.key == key


def test_the_catalogue_has_60_keys_and_the_suite_46_pairs():
    prefixes = [key.split("_")[0] for key in SCENARIOS]
    assert [prefixes.count(p) for p in ("phy", "norm", "diff")] == [28, 16, 16]
    assert len(set(SUITE)) == len(SUITE) == 46
    assert [sum(dims == d for _, dims in SUITE) for d in (1, 2, 3)] == [10, 19, 17]
    for (key, dims), found in zip(SUITE, suite(), strict=True):
        assert (found.key, found.dims, found.channels) == (key, dims, found.equation.channels)
        assert found.grid.points == (32 if dims == 3 else 160,) * dims
        assert found.test_samples == (10 if dims == 3 else 30)


# γ and δ in 1D at N = 160 of the physical and normalized defaults, as tabulated for the benchmark.
DIFFICULTIES = [
    ("phy_adv", {1: -4.0}, {}),
    ("phy_diff", {2: 40.96}, {}),
    ("phy_disp", {3: 4.096}, {}),
    ("phy_hyp_diff", {4: -3.93}, {}),
    ("phy_four", {1: -4.0, 2: 40.96, 3: 4.096, 4: -3.93}, {}),
    ("phy_burgers", {2: 1.536}, {"convection": -2.0}),
    ("phy_ks_cons", {2: -2.05, 4: -16.2}, {"convection": -0.96}),
    ("phy_kdv", {3: -13.1, 4: -10.5}, {"convection": -1.92}),
    ("phy_ks", {2: -1.42, 4: -40.5}, {"gradient_norm": -0.71}),
    ("phy_fisher", {0: 0.02, 2: 0.205}, {"quadratic": -0.02}),
    ("norm_ks_cons", {2: -2.05, 4: -157.0}, {"convection": -2.0}),
    ("norm_kdv", {3: -13.9, 4: -10.5}, {"convection": -2.0}),
    ("norm_ks", {2: -1.28, 4: -15.7}, {"gradient_norm": -6.4}),
    ("norm_fisher", {0: 0.02, 2: 0.205}, {"quadratic": -0.02}),
    ("norm_hypdiff", {4: -3.93}, {}),
]


@pytest.mark.parametrize(("key", "linear", "nonlinear"), DIFFICULTIES)
def test_published_difficulties(key, linear, nonlinear):
    found = scenario(key)
    normalized = found.coefficients.normalized(extent=found.grid.extent[0], dt=found.dt)
    hard = normalized.difficulties(dims=1, points=160)
    expected = [linear.get(j, 0.0) for j in range(5)]
    np.testing.assert_allclose(hard.linear, expected, rtol=5e-3)  # three digits are tabulated
    for name in ("quadratic", "convection", "gradient_norm"):
        assert getattr(hard, name) == pytest.approx(nonlinear.get(name, 0.0), rel=5e-3)


@pytest.mark.parametrize("key", SCENARIOS)
def test_coordinates_are_inverse_to_each_other(key):
    found = SCENARIOS[key]
    if found.family is None:
        assert found.coefficients is None
        return
    physical, size = found.coefficients, {"dims": found.dims, "points": 160}
    box = {"extent": found.grid.extent[0], "dt": found.dt}
    normalized = physical.normalized(**box)
    again = normalized.difficulties(**size).normalized_of_difficulties(**size).physical(**box)
    np.testing.assert_allclose(again.linear, physical.linear, rtol=1e-13)
    assert again.convection == pytest.approx(physical.convection, rel=1e-13)
    assert again.gradient_norm == pytest.approx(physical.gradient_norm, rel=1e-13)


@pytest.mark.parametrize("key", [k for k, s in SCENARIOS.items() if s.family])
def test_three_coordinates_make_one_step(key):
    """The same numbers given in physical coordinates make the same stepper on the unit box."""
    found = scenario(key, points=48, dims=SCENARIOS[key].allowed_dims[-1] if "cons" in key else 2)
    u = 0.5 * np.cos(found.grid.coordinates() * 2 * np.pi / found.grid.extent[0])
    u = np.stack([u[c % found.dims] for c in range(found.channels)])
    normalized = found.coefficients.normalized(extent=found.grid.extent[0], dt=found.dt)
    unit = dataclasses.replace(
        FAMILIES[found.family].make(found.dims, normalized, {"conservative": True})
    )
    grid = Grid.cube(found.dims, 48)
    other = Stepper.build(unit, grid, 1.0, order=found.order, dealias=found.dealias)
    # relative rounding of the symbols, times |z| of the stiffest mode
    np.testing.assert_allclose(found.stepper()(u), other(u), atol=1e-9)


def test_vectors_have_the_length_of_the_box():
    assert scenario("phy_unbal_adv").dims == 3
    flat = scenario("phy_unbal_adv", dims=2)
    assert flat.parameters["advection_coef_vector"] == (0.01, -0.04)
    assert flat.equation.parameters["velocity"] == (0.01, -0.04)
    with pytest.raises(InvalidInput, match="advection_coef_vector with 2 entries, got 3"):
        scenario("phy_unbal_adv", dims=2, advection_coef_vector=(1.0, 2.0, 3.0)).equation  # noqa: B018


def test_axes_may_differ_in_physical_coordinates():
    found = scenario("phy_diff", dims=2, points=(24, 32), extent=(1.0, 2.0))
    assert (found.grid.points, found.grid.extent) == ((24, 32), (1.0, 2.0))
    with pytest.raises(InvalidInput, match="expected equal axes"):
        scenario("diff_diff", dims=2, points=(24, 32))
    with pytest.raises(InvalidInput, match="expected points as one number or 2"):
        scenario("phy_diff", dims=2, points=(24, 32, 8))


def test_names_of_the_reference_are_understood():
    assert scenario("norm_hypdiff").key == "norm_hyp_diff"
    found = scenario("phy_disp", dipersion_coef=3e-4, num_spatial_dims=2, num_points=32)
    assert (found.parameters["dispersion_coef"], found.dims, found.points) == (3e-4, 2, 32)


def test_unstable_parameters_warn_with_the_growth_rate():
    found = scenario("diff_diff", diffusion_gamma=-4.0)
    with pytest.warns(UnstableWarning, match=r"mode \(80,\), rate 19.74.* a step"):
        found.stepper()
    assert not any(found.warnings() for found in SCENARIOS.values())
    assert not scenario("diff_ks", test_horizon=5000).warnings()  # products saturate the growth
    (line,) = scenario("diff_ks", hyp_diffusion_gamma=-0.1).warnings()  # modes beyond products grow
    assert "mode (80,)" in line
    assert scenario("diff_burgers", diffusion_gamma=-900.0).warnings()  # too fast for products


def test_conventions_reach_the_stepper():
    grid = scenario("diff_fisher", dims=2, points=16)
    u = np.full((1, 16, 16), 0.1)
    exact, reference = (
        scenario("diff_fisher", dims=2, points=16, conventions=c).stepper()(u)
        for c in ("exact", "apebench-0.1")
    )
    growth = 0.02  # per step; the reference counts it once per axis
    np.testing.assert_allclose(exact, logistic(0.1, growth, 0.02), rtol=1e-5)
    np.testing.assert_allclose(reference, logistic(0.1, 2 * growth, 0.02), rtol=1e-5)
    assert grid.conventions == "exact"


def logistic(u, rate, saturation):
    """u' = r u - s u² after one unit of time."""
    grown = np.exp(rate)
    return u * rate * grown / (rate + saturation * u * (grown - 1))


@pytest.mark.parametrize("key", SCENARIOS)
def test_describe(key):
    text = describe(SCENARIOS[key])
    assert text.startswith(f"{key}: ")
    for word in ("equation", "parameters", "state", "step", "initial", "train", "test"):
        assert f"\n  {word}" in text
    if SCENARIOS[key].family:
        assert all(word in text for word in ("physical", "normalized", "difficulty", "stability"))


# Effective coefficients per unit step on the unit box, four digits as tabulated for the benchmark.
PUBLISHED = [
    ("diff_adv", 1, 160, {"velocity": 0.025}),
    ("diff_adv", 2, 160, {"velocity": 0.0125}),
    ("diff_adv", 3, 32, {"velocity": 0.041667}),
    ("diff_burgers", 1, 160, {"diffusivity": 2.930e-5, "scale": 9.375e-3}),
    ("diff_burgers", 2, 160, {"diffusivity": 1.465e-5, "scale": 4.688e-3}),
    ("diff_burgers", 3, 32, {"diffusivity": 2.441e-4, "scale": 0.015625}),
    (
        "diff_kdv",
        1,
        160,
        {"dispersivity": 8.545e-7, "hyper_diffusivity": 1.717e-9, "scale": 0.0125},
    ),
    (
        "diff_kdv",
        3,
        32,
        {"dispersivity": 3.560e-5, "hyper_diffusivity": 3.576e-7, "scale": 0.020833},
    ),
    ("diff_ks", 1, 160, {"second_order": 2.344e-5, "fourth_order": 2.861e-9, "scale": 2.344e-4}),
    ("diff_ks", 2, 160, {"second_order": 1.172e-5, "fourth_order": 1.431e-9, "scale": 1.172e-4}),
    ("phy_kolm_flow", 2, 160, {"diffusivity": 1e-2, "drag": -0.1, "injection_scale": 1.0}),
]


@pytest.mark.parametrize(("key", "dims", "points", "expected"), PUBLISHED)
def test_published_coefficients(key, dims, points, expected):
    parameters = scenario(key, dims=dims, points=points).equation.parameters
    for name, value in expected.items():
        given = np.ravel(parameters[name])
        np.testing.assert_allclose(given, value, rtol=5e-4)  # half a unit of the fourth digit


def test_channels():
    assert [scenario("diff_burgers", dims=d).channels for d in (1, 2, 3)] == [1, 2, 3]
    assert [scenario("diff_kdv", dims=d).channels for d in (1, 2, 3)] == [1, 1, 1]


def test_kolmogorov_flow_and_warm_up():
    flow = scenario("phy_kolm_flow")
    assert (flow.dims, flow.dt, flow.substeps, flow.warmup) == (2, 0.1, 20, 500)
    assert flow.extent == pytest.approx(2 * math.pi)
    assert scenario("diff_ks").warmup == 500
    assert scenario("diff_ks").metric_names == ("mean_nRMSE", "mean_correlation")


def test_overrides_reach_settings_and_parameters():
    found = scenario("diff_burgers", dims=2, points=48, diffusion_gamma=3, vlim=[-2, 2])
    assert found.grid.points == (48, 48)
    assert found.parameters["diffusion_gamma"] == 3.0
    assert found.vlim == (-2.0, 2.0)
    assert SCENARIOS["diff_burgers"].parameters["diffusion_gamma"] == 1.5


@pytest.mark.parametrize("key", SCENARIOS)
def test_settings_rebuild_the_scenario(key):
    found = scenario(key, points=32)
    again = scenario(key, **found.settings())
    assert again.settings() == found.settings()


@pytest.mark.parametrize(
    ("key", "overrides", "expected"),
    [
        ("dif_burger", {}, "unknown scenario 'dif_burger': did you mean diff_burgers"),
        ("diff_ks", {"diffusion_gama": 1.0}, "did you mean diffusion_gamma"),
        ("diff_ks", {"points": 3.5}, "expected points as int like 160, got 3.5"),
        ("diff_ks", {"points": 0}, "expected points of 1 or more, got 0"),
        ("diff_ks", {"dt": -1.0}, "expected dt > 0, got -1.0"),
        ("diff_ks", {"initial": 5}, "expected initial as str"),
        ("diff_ks", {"vlim": 1.0}, "expected vlim as two numbers"),
        ("phy_kolm_flow", {"dims": 1}, "expected dims of 2, got 1"),
        ("diff_adv", {"dims": 4}, "expected dims of 1, 2, 3, got 4"),
    ],
)
def test_refuses_in_one_line(key, overrides, expected):
    with pytest.raises(InvalidInput) as caught:
        scenario(key, **overrides)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
