"""The scenarios outside the generic families, all in physical coordinates."""

import math
from collections.abc import Iterator
from typing import Any

from xpde.errors import InvalidInput
from xpde.pde import (
    Equation,
    advection,
    diffusion,
    dispersion,
    gray_scott,
    hyper_diffusion,
    kolmogorov_vorticity,
    navier_stokes_vorticity,
    poisson,
    swift_hohenberg,
)
from xpde.study.scenario import Scenario

__all__ = ["special_scenarios"]


def special_scenarios() -> Iterator[Scenario]:
    """Yield the 11 scenarios that have builders of their own."""
    yield from _linear()
    yield from _flows()
    yield from _patterns()
    yield Scenario(
        key="phy_poisson",
        summary="one map from a right-hand side f to the solution of Δu = -f",
        parameters={"laplace_order": 2},
        build=lambda s: poisson(s.dims, s.parameters["laplace_order"]),
        extent=10.0,
        train_horizon=1,
        test_horizon=1,
    )


def _vector(s: Scenario, name: str) -> tuple[Any, ...]:
    value = s.parameters[name]
    if len(value) != s.dims:
        raise InvalidInput(f"{s.key}: expected {name} with {s.dims} entries, got {len(value)}")
    return value


def _linear() -> Iterator[Scenario]:
    solid: dict[str, Any] = {"allowed_dims": (2, 3), "dims": 2}
    yield Scenario(
        key="phy_unbal_adv",
        summary="advection with another velocity on every axis",
        parameters={"advection_coef_vector": (0.01, -0.04, 0.005)},
        by_dims={2: {"advection_coef_vector": (0.01, -0.04)}},
        build=lambda s: advection(s.dims, _vector(s, "advection_coef_vector")),
        **{**solid, "dims": 3},
        dt=0.1,
    )
    yield Scenario(
        key="phy_diag_diff",
        summary="diffusion with another diffusivity on every axis",
        parameters={"diffusion_coef_vector": (0.001, 0.002)},
        by_dims={3: {"diffusion_coef_vector": (0.001, 0.002, 0.0004)}},
        build=lambda s: diffusion(s.dims, _vector(s, "diffusion_coef_vector")),
        **solid,
        dt=0.1,
    )
    yield Scenario(
        key="phy_aniso_diff",
        summary="diffusion that is fastest along an oblique direction",
        parameters={"diffusion_coef_matrix": ((0.001, 0.0005), (0.0005, 0.002))},
        by_dims={
            3: {
                "diffusion_coef_matrix": (
                    (0.001, 0.0005, 0.0003),
                    (0.0005, 0.002, 0.0002),
                    (0.0003, 0.0002, 0.0004),
                )
            }
        },
        build=lambda s: diffusion(s.dims, _vector(s, "diffusion_coef_matrix")),
        **solid,
        dt=0.1,
    )
    yield Scenario(
        key="phy_mix_disp",
        summary="dispersion with mixed derivatives",
        parameters={"dispersion_coef": 2.5e-4},
        build=lambda s: dispersion(s.dims, s.parameters["dispersion_coef"], mixed=True),
        **solid,
        dt=1e-3,
    )
    yield Scenario(
        key="phy_mix_hyp",
        summary="hyper-diffusion by the biharmonic operator",
        parameters={"hyp_diffusion_coef": -7.5e-5},
        build=lambda s: hyper_diffusion(s.dims, -s.parameters["hyp_diffusion_coef"], mixed=True),
        **solid,
        dt=1e-5,
    )


def _flows() -> Iterator[Scenario]:
    flat: dict[str, Any] = {"allowed_dims": (2,), "dims": 2, "dt": 0.1}
    yield Scenario(
        key="phy_decay_turb",
        summary="decaying two-dimensional turbulence",
        parameters={"diffusivity": 1e-4},
        build=lambda s: navier_stokes_vorticity(s.parameters["diffusivity"]),
        **flat,
    )
    yield Scenario(
        key="phy_kolm_flow",
        summary="Kolmogorov flow; forced two-dimensional turbulence with drag",
        parameters={
            "diffusivity": 1e-2,
            "drag": -0.1,
            "injection_mode": 4,
            "injection_scale": 1.0,
        },
        build=_kolmogorov,
        **flat,
        extent=2 * math.pi,
        substeps=20,
        warmup=500,
        vlim=(-10.0, 10.0),
    )


def _kolmogorov(s: Scenario) -> Equation:
    return kolmogorov_vorticity(
        diffusivity=s.parameters["diffusivity"],
        drag=s.parameters["drag"],
        injection_mode=int(s.parameters["injection_mode"]),
        injection_scale=s.parameters["injection_scale"],
    )


def _patterns() -> Iterator[Scenario]:
    cubic: dict[str, Any] = {"allowed_dims": (2, 3), "dims": 2, "dealias": 0.5}
    yield Scenario(
        key="phy_gs",
        summary="Gray-Scott; two species, spots that grow and divide",
        parameters={"feed_rate": 0.04, "kill_rate": 0.06},
        build=lambda s: gray_scott(s.dims, s.parameters["feed_rate"], s.parameters["kill_rate"]),
        **cubic,
        dt=10.0,
        substeps=10,
        initial="gray_scott_blobs",
    )
    yield Scenario(
        key="phy_gs_type",
        summary="Gray-Scott by the name of its pattern, alpha to mu",
        parameters={"pattern_type": "theta"},
        build=lambda s: gray_scott(s.dims, pattern=s.parameters["pattern_type"]),
        **cubic,
        extent=2.5,
        dt=20.0,
        substeps=20,
        initial="gray_scott_blobs",
    )
    yield Scenario(
        key="phy_sh",
        summary="Swift-Hohenberg; stripes and spots",
        parameters={
            "reactivity": 0.7,
            "critical_number": 1.0,
            "polynomial_coefficients": (0.0, 0.0, 1.0, -1.0),
        },
        build=lambda s: swift_hohenberg(
            s.dims,
            s.parameters["reactivity"],
            s.parameters["critical_number"],
            s.parameters["polynomial_coefficients"],
        ),
        **cubic,
        extent=10 * math.pi,
        dt=0.1,
        substeps=5,
    )
