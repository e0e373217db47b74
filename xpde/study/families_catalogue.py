"""The scenarios of the generic families: three coordinates, the benchmark's numbers.

``phy_`` take physical coefficients with their L and Δt, ``norm_`` normalized ones (L = 1, Δt = 1),
``diff_`` difficulties, which also remove the resolution: more points at equal difficulty mean
slower physics. The same name in two coordinates need not be the same dynamics.
"""

from collections.abc import Iterator
from typing import Any

from xpde.study.coefficients import Coordinates
from xpde.study.scenario import Scenario

__all__ = ["family_scenarios"]

_PREFIX: dict[str, Coordinates] = {
    "phy": "physical",
    "norm": "normalized",
    "diff": "difficulty",
}

_SUMMARY = {
    "lin": "any sum of unmixed derivatives of order 0 to 4",
    "lin_simple": "one derivative of a given order",
    "adv": "advection; the profile moves |γ₁| cells per step (divided among the axes)",
    "diff": "diffusion; the profile fades, high modes first",
    "adv_diff": "advection and diffusion",
    "disp": "dispersion; waves of different length travel at different speeds",
    "hyp_diff": "hyper-diffusion; only the highest modes fade",
    "four": "advection, diffusion, dispersion and hyper-diffusion together",
    "conv": "convection with any linear part, one channel per axis",
    "burgers": "Burgers; fronts steepen and diffuse, one channel per axis",
    "ks_cons": "Kuramoto-Sivashinsky, conservative form; chaotic",
    "nonlin": "u², convection and squared slope with any linear part, one channel",
    "burgers_sc": "Burgers with one channel in any dimension",
    "kdv": "Korteweg-de Vries with hyper-diffusion; dispersive waves pass each other",
    "ks": "Kuramoto-Sivashinsky, combustion form; chaotic cells",
    "fisher": "Fisher-KPP; a population grows and spreads",
    "poly": "a polynomial reaction with any linear part",
}

_CHAOTIC: dict[str, Any] = {"warmup": 500, "metrics": "mean_nRMSE,mean_correlation"}
_SETTINGS: dict[str, dict[str, Any]] = {
    "ks_cons": {**_CHAOTIC, "vlim": (-2.5, 2.5), "allowed_dims": (1,)},
    "ks": {**_CHAOTIC, "vlim": (-6.5, 6.5)},
    "fisher": {"initial": "clamp;0.0;1.0;fourier;5;false;false"},
}

# key: parameters, then settings that differ from the defaults of the coordinates
_TABLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "phy_lin": ({"a_coefs": (0.0, -0.25, 0.0, 0.0, 0.0)}, {}),
    "phy_lin_simple": ({"linear_coef": -0.25, "linear_term_order": 1}, {}),
    "phy_adv": ({"advection_coef": -0.25}, {}),
    "phy_diff": ({"diffusion_coef": 0.008}, {}),
    "phy_adv_diff": ({"advection_coef": -0.25, "diffusion_coef": 0.008}, {}),
    "phy_disp": ({"dispersion_coef": 2.5e-4}, {"dt": 1e-3}),
    "phy_hyp_diff": ({"hyp_diffusion_coef": -7.5e-5}, {"dt": 1e-5}),
    "phy_four": (
        {
            "advection_coef": -2500.0,
            "diffusion_coef": 80.0,
            "dispersion_coef": 0.025,
            "hyp_diffusion_coef": -7.5e-5,
        },
        {"dt": 1e-5},
    ),
    "phy_conv": (
        {"a_coefs": (0.0, 0.0, 3e-4, 0.0, 0.0), "convection_coef": -0.125, "conservative": True},
        {},
    ),
    "phy_burgers": (
        {"convection_coef": -0.125, "diffusion_coef": 3e-4, "conservative": True},
        {},
    ),
    "phy_ks_cons": (
        {
            "convection_coef": -3.6,
            "diffusion_coef": -1.44,
            "hyp_diffusion_coef": -0.4,
            "conservative": True,
        },
        {"extent": 60.0},
    ),
    "phy_nonlin": (
        {"a_coefs": (0.0, 0.0, 3e-4, 0.0, 0.0), "b_coefs": (0.0, -0.125, 0.0)},
        {},
    ),
    "phy_burgers_sc": ({"convection_sc_coef": -0.125, "diffusion_coef": 3e-4}, {}),
    "phy_kdv": (
        {"convection_sc_coef": -6.0, "dispersion_coef": -1.0, "hyp_diffusion_coef": -0.125},
        {"extent": 50.0},
    ),
    "phy_ks": (
        {"gradient_norm_coef": -1.0, "diffusion_coef": -1.0, "hyp_diffusion_coef": -1.0},
        {"extent": 60.0},
    ),
    "phy_poly": (
        {"a_coefs": (0.02, 0.0, 4e-6, 0.0, 0.0), "poly_coefs": (0.0, 0.0, -0.02)},
        {"dt": 1e-3},
    ),
    "phy_fisher": (
        {"drag_coef": 20.0, "diffusion_coef": 0.004, "quadratic_coef": -20.0},
        {"dt": 1e-3},
    ),
    "norm_lin": ({"alphas": (0.0, -0.025, 0.0, 0.0, 0.0)}, {}),
    "norm_lin_simple": ({"linear_alpha": -0.025, "linear_term_order": 1}, {}),
    "norm_adv": ({"advection_alpha": -0.025}, {}),
    "norm_diff": ({"diffusion_alpha": 8e-4}, {}),
    "norm_adv_diff": ({"advection_alpha": -0.025, "diffusion_alpha": 8e-4}, {}),
    "norm_disp": ({"dispersion_alpha": 2.5e-7}, {}),
    "norm_hyp_diff": ({"hyp_diffusion_alpha": -7.5e-10}, {}),
    "norm_four": (
        {
            "advection_alpha": -0.025,
            "diffusion_alpha": 8e-4,
            "dispersion_alpha": 2.5e-7,
            "hyp_diffusion_alpha": -7.5e-10,
        },
        {},
    ),
    "norm_conv": (
        {"alphas": (0.0, 0.0, 3e-5, 0.0, 0.0), "convection_beta": -0.0125, "conservative": True},
        {},
    ),
    "norm_burgers": (
        {"convection_beta": -0.0125, "diffusion_alpha": 3e-5, "conservative": True},
        {},
    ),
    # The reference states -6e-3 in a field that it never reads, and runs with -0.0125.
    "norm_ks_cons": (
        {
            "convection_beta": -0.0125,
            "diffusion_alpha": -4e-5,
            "hyp_diffusion_alpha": -3e-8,
            "conservative": True,
        },
        {},
    ),
    "norm_nonlin": (
        {"alphas": (0.0, 0.0, 3e-5, 0.0, 0.0), "betas": (0.0, -0.0125, 0.0)},
        {},
    ),
    "norm_burgers_sc": ({"convection_sc_beta": -0.0125, "diffusion_alpha": 3e-5}, {}),
    "norm_kdv": (
        {"convection_sc_beta": -0.0125, "dispersion_alpha": -8.5e-7, "hyp_diffusion_alpha": -2e-9},
        {},
    ),
    "norm_ks": (
        {"gradient_norm_beta": -2.5e-4, "diffusion_alpha": -2.5e-5, "hyp_diffusion_alpha": -3e-9},
        {},
    ),
    "norm_fisher": (
        {"quadratic_beta": -0.02, "drag_alpha": 0.02, "diffusion_alpha": 4e-6},
        {},
    ),
    "diff_lin": ({"gammas": (0.0, -4.0, 0.0, 0.0, 0.0)}, {}),
    "diff_lin_simple": ({"linear_gamma": -4.0, "linear_term_order": 1}, {}),
    "diff_adv": ({"advection_gamma": -4.0}, {}),
    "diff_diff": ({"diffusion_gamma": 4.0}, {}),
    "diff_adv_diff": ({"advection_gamma": -4.0, "diffusion_gamma": 4.0}, {}),
    "diff_disp": ({"dispersion_gamma": 4.0}, {}),
    "diff_hyp_diff": ({"hyp_diffusion_gamma": -4.0}, {}),
    "diff_four": (
        {
            "advection_gamma": -4.0,
            "diffusion_gamma": 4.0,
            "dispersion_gamma": 4.0,
            "hyp_diffusion_gamma": -4.0,
        },
        {},
    ),
    "diff_conv": (
        {"gammas": (0.0, 0.0, 1.5, 0.0, 0.0), "convection_delta": -1.5, "conservative": True},
        {},
    ),
    "diff_burgers": (
        {"convection_delta": -1.5, "diffusion_gamma": 1.5, "conservative": True},
        {},
    ),
    "diff_ks_cons": (
        {
            "convection_delta": -1.0,
            "diffusion_gamma": -2.0,
            "hyp_diffusion_gamma": -18.0,
            "conservative": True,
        },
        {},
    ),
    "diff_nonlin": (
        {"gammas": (0.0, 0.0, 1.5, 0.0, 0.0), "deltas": (0.0, -1.5, 0.0)},
        {},
    ),
    "diff_burgers_sc": ({"convection_sc_delta": -1.5, "diffusion_gamma": 1.5}, {}),
    "diff_kdv": (
        {"convection_sc_delta": -2.0, "dispersion_gamma": -14.0, "hyp_diffusion_gamma": -9.0},
        {},
    ),
    "diff_ks": (
        {"gradient_norm_delta": -6.0, "diffusion_gamma": -1.2, "hyp_diffusion_gamma": -15.0},
        {},
    ),
    "diff_fisher": (
        {"quadratic_delta": -0.02, "drag_gamma": 0.02, "diffusion_gamma": 0.2},
        {},
    ),
}


def family_scenarios() -> Iterator[Scenario]:
    """Yield the 49 scenarios of the families."""
    for key, (parameters, settings) in _TABLE.items():
        prefix, _, family = key.partition("_")
        start = {"dt": 0.1} if prefix == "phy" else {}
        more = {**start, **_SETTINGS.get(family, {}), **settings}
        yield Scenario(
            key=key,
            summary=_SUMMARY[family],
            parameters=parameters,
            family=family,
            coordinates=_PREFIX[prefix],
            **more,
        )
