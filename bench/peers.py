"""The peer's stepper for every scenario of the suite: the most specific class that exponax has."""

from collections.abc import Callable, Mapping
from typing import Any

from xpde.study.scenario import Scenario

__all__ = ["peer_stepper"]


def peer_stepper(scenario: Scenario) -> Any:
    """Return exponax's stepper with the numbers of the scenario, substeps included."""
    import exponax

    kind, options = _CHOICES[scenario.key](scenario, exponax.stepper)
    dt = scenario.dt / scenario.substeps
    box = (scenario.dims, scenario.grid.extent[0], scenario.grid.points[0], dt)
    made = kind(*box, **options)
    if scenario.substeps == 1:
        return made
    return exponax.RepeatedStepper(made, scenario.substeps)


def _linear(s: Scenario, order: int) -> float:
    assert s.coefficients is not None
    return s.coefficients.linear[order]


def _array(values: Any) -> Any:
    import jax.numpy as jnp

    return jnp.asarray(values)


def _burgers(s: Scenario, steppers: Any) -> tuple[Any, dict[str, Any]]:
    assert s.coefficients is not None
    return steppers.Burgers, {
        "diffusivity": _linear(s, 2),
        "convection_scale": -s.coefficients.convection,
        "conservative": True,
        "single_channel": s.key.endswith("_sc"),
    }


def _kdv(s: Scenario, steppers: Any) -> tuple[Any, dict[str, Any]]:
    assert s.coefficients is not None
    return steppers.KortewegDeVries, {
        "convection_scale": -s.coefficients.convection,
        "dispersivity": -_linear(s, 3),
        "hyper_diffusivity": -_linear(s, 4),
        "single_channel": True,
        "conservative": True,
    }


def _ks(s: Scenario, steppers: Any) -> tuple[Any, dict[str, Any]]:
    assert s.coefficients is not None
    return steppers.KuramotoSivashinsky, {
        "gradient_norm_scale": -s.coefficients.gradient_norm,
        "second_order_scale": -_linear(s, 2),
        "fourth_order_scale": -_linear(s, 4),
    }


def _ks_cons(s: Scenario, steppers: Any) -> tuple[Any, dict[str, Any]]:
    assert s.coefficients is not None
    return steppers.KuramotoSivashinskyConservative, {
        "convection_scale": -s.coefficients.convection,
        "second_order_scale": -_linear(s, 2),
        "fourth_order_scale": -_linear(s, 4),
    }


def _kolmogorov(s: Scenario, steppers: Any) -> tuple[Any, dict[str, Any]]:
    names = ("diffusivity", "drag", "injection_mode", "injection_scale")
    return steppers.KolmogorovFlowVorticity, {name: s.parameters[name] for name in names}


def _gray_scott(s: Scenario, steppers: Any) -> tuple[Any, dict[str, Any]]:
    p = s.equation.parameters
    return steppers.reaction.GrayScott, {"feed_rate": p["feed"], "kill_rate": p["kill"]}


_CHOICES: Mapping[str, Callable[[Scenario, Any], tuple[Any, dict[str, Any]]]] = {
    "diff_adv": lambda s, x: (x.Advection, {"velocity": -_linear(s, 1)}),
    "diff_diff": lambda s, x: (x.Diffusion, {"diffusivity": _linear(s, 2)}),
    "diff_adv_diff": lambda s, x: (
        x.AdvectionDiffusion,
        {"velocity": -_linear(s, 1), "diffusivity": _linear(s, 2)},
    ),
    "diff_disp": lambda s, x: (x.Dispersion, {"dispersivity": _linear(s, 3)}),
    "diff_hyp_diff": lambda s, x: (x.HyperDiffusion, {"hyper_diffusivity": -_linear(s, 4)}),
    "phy_unbal_adv": lambda s, x: (
        x.Advection,
        {"velocity": _array(s.parameters["advection_coef_vector"])},
    ),
    "phy_diag_diff": lambda s, x: (
        x.Diffusion,
        {"diffusivity": _array(s.parameters["diffusion_coef_vector"])},
    ),
    "phy_aniso_diff": lambda s, x: (
        x.Diffusion,
        {"diffusivity": _array(s.parameters["diffusion_coef_matrix"])},
    ),
    "phy_mix_disp": lambda s, x: (
        x.Dispersion,
        {"dispersivity": s.parameters["dispersion_coef"], "advect_on_diffusion": True},
    ),
    "phy_mix_hyp": lambda s, x: (
        x.HyperDiffusion,
        {"hyper_diffusivity": -s.parameters["hyp_diffusion_coef"], "diffuse_on_diffuse": True},
    ),
    "diff_burgers": _burgers,
    "diff_burgers_sc": _burgers,
    "diff_kdv": _kdv,
    "diff_ks": _ks,
    "diff_ks_cons": _ks_cons,
    "diff_fisher": lambda s, x: (
        x.reaction.FisherKPP,
        {"diffusivity": _linear(s, 2), "reactivity": _linear(s, 0)},
    ),
    "phy_decay_turb": lambda s, x: (
        x.NavierStokesVorticity,
        {"diffusivity": s.parameters["diffusivity"]},
    ),
    "phy_kolm_flow": _kolmogorov,
    "phy_gs_type": _gray_scott,
    "phy_sh": lambda s, x: (
        x.reaction.SwiftHohenberg,
        {
            "reactivity": s.parameters["reactivity"],
            "critical_number": s.parameters["critical_number"],
            "polynomial_coefficients": s.parameters["polynomial_coefficients"],
        },
    ),
}
