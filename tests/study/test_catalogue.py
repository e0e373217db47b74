"""The scenarios: the benchmark's numbers, overrides and their errors."""

import math

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.study.catalogue import SCENARIOS, scenario


@pytest.mark.parametrize("key", SCENARIOS)
def test_defaults_of_the_benchmark(key):
    found = SCENARIOS[key]
    assert (found.points, found.batch, found.initial) == (160, 20, "fourier;5;true;true")
    assert (found.train_samples, found.train_horizon, found.train_seed) == (50, 50, 0)
    assert (found.test_samples, found.test_horizon, found.test_seed) == (30, 200, 773)
    assert found.optimizer == "adam;10_000;warmup_cosine;0.0;1e-3;2_000"
    assert found.key == key
    assert key in found.describe()


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
