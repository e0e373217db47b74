"""The scenarios by name, written out by hand.

``diff_*`` take difficulties: numbers that say how hard a step is to emulate, whatever the
resolution. They are turned into coefficients for a box of length 1 and steps of time 1. More
points at equal difficulty mean slower physics.

Reference: Koehler et al., APEBench (2024); the equations here differ where ``docs/decisions.md``
says so (complex coefficients of the integrator, sign and length of the Kolmogorov forcing).
"""

import dataclasses
import math
from typing import Any

from xpde.errors import unknown_name
from xpde.pde import (
    Equation,
    advection,
    burgers,
    difficulty,
    kdv,
    kolmogorov_vorticity,
    kuramoto_sivashinsky,
)
from xpde.study.checks import check_kind
from xpde.study.scenario import Scenario

__all__ = ["SCENARIOS", "scenario"]


def _linear(s: Scenario, order: int, name: str) -> float:
    """α_j of the difficulty γ_j."""
    gammas = [0.0] * order + [s.parameters[name]]
    return float(difficulty.normalized_of(gammas, dims=s.dims, points=s.points)[order])


def _convection(s: Scenario) -> float:
    """β_1 of the difficulty δ_1, for states of at most 1."""
    delta = s.parameters["convection_delta"]
    return float(difficulty.normalized_convection_of(delta, dims=s.dims, points=s.points))


def _advection(s: Scenario) -> Equation:
    return advection(s.dims, velocity=-_linear(s, 1, "advection_gamma"))


def _burgers(s: Scenario) -> Equation:
    nu = _linear(s, 2, "diffusion_gamma")
    return burgers(s.dims, diffusivity=nu, scale=-_convection(s), conservative=True)


def _kdv(s: Scenario) -> Equation:
    return kdv(
        s.dims,
        scale=-_convection(s),
        dispersivity=-_linear(s, 3, "dispersion_gamma"),
        hyper_diffusivity=-_linear(s, 4, "hyper_diffusion_gamma"),
        single_channel=True,
        conservative=True,
    )


def _kuramoto_sivashinsky(s: Scenario) -> Equation:
    beta = difficulty.normalized_gradient_norm_of(
        s.parameters["gradient_norm_delta"], dims=s.dims, points=s.points
    )
    return kuramoto_sivashinsky(
        s.dims,
        scale=-beta,
        second_order=-_linear(s, 2, "diffusion_gamma"),
        fourth_order=-_linear(s, 4, "hyper_diffusion_gamma"),
    )


def _kolmogorov(s: Scenario) -> Equation:
    return kolmogorov_vorticity(
        diffusivity=s.parameters["diffusivity"],
        drag=s.parameters["drag"],
        injection_mode=int(s.parameters["injection_mode"]),
        injection_scale=s.parameters["injection_scale"],
    )


SCENARIOS: dict[str, Scenario] = {
    "diff_adv": Scenario(
        key="diff_adv",
        summary="advection; the profile moves |γ₁| cells per step (divided among the axes)",
        build=_advection,
        parameters={"advection_gamma": -4.0},
    ),
    "diff_burgers": Scenario(
        key="diff_burgers",
        summary="Burgers; fronts steepen and diffuse, one channel per axis",
        build=_burgers,
        parameters={"convection_delta": -1.5, "diffusion_gamma": 1.5},
    ),
    "diff_kdv": Scenario(
        key="diff_kdv",
        summary="Korteweg-de Vries with hyper-diffusion; dispersive waves pass each other",
        build=_kdv,
        parameters={
            "convection_delta": -2.0,
            "dispersion_gamma": -14.0,
            "hyper_diffusion_gamma": -9.0,
        },
    ),
    "diff_ks": Scenario(
        key="diff_ks",
        summary="Kuramoto-Sivashinsky, combustion form; chaotic cells",
        build=_kuramoto_sivashinsky,
        parameters={
            "gradient_norm_delta": -6.0,
            "diffusion_gamma": -1.2,
            "hyper_diffusion_gamma": -15.0,
        },
        warmup=500,
        metrics="mean_nRMSE,mean_correlation",
        vlim=(-6.5, 6.5),
    ),
    "phy_kolm_flow": Scenario(
        key="phy_kolm_flow",
        summary="Kolmogorov flow; forced two-dimensional turbulence with drag",
        build=_kolmogorov,
        parameters={
            "diffusivity": 1e-2,
            "drag": -0.1,
            "injection_mode": 4,
            "injection_scale": 1.0,
        },
        allowed_dims=(2,),
        dims=2,
        extent=2 * math.pi,
        dt=0.1,
        substeps=20,
        warmup=500,
        vlim=(-10.0, 10.0),
    ),
}
"""Every scenario with the benchmark's settings, by name."""


def scenario(key: str, **overrides: Any) -> Scenario:
    """Return the scenario ``key`` with some settings or parameters replaced.

    ``scenario("diff_burgers", dims=2, points=48, diffusion_gamma=3.0)``

    Raises
    ------
    InvalidInput
        If the key or an override is unknown (the text lists the nearest), or a value does not fit.
    """
    if key not in SCENARIOS:
        raise unknown_name("scenario", key, SCENARIOS)
    found = SCENARIOS[key]
    defaults = found.settings()
    for name in overrides:
        if name not in defaults:
            raise unknown_name(f"setting of {key}", name, defaults)
    values = {n: check_kind(key, n, v, defaults[n]) for n, v in overrides.items()}
    parameters = {n: values.pop(n, number) for n, number in found.parameters.items()}
    return dataclasses.replace(found, parameters=parameters, **values)
