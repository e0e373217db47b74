"""Incompressible flow: vorticity and velocity forms, forced or not, and what a flow carries."""

from typing import Any

from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde import flow_terms, terms
from xpde.pde.conserved import mean_if, vanish
from xpde.pde.equation import Equation, Parameters
from xpde.pde.forcing import body_force, curl_of_force
from xpde.pde.parts import gradient, series, stacked, turning, viscous, vorticity
from xpde.pde.products import Products
from xpde.space import Symbols, unit_wavevectors

__all__ = [
    "kolmogorov_velocity",
    "kolmogorov_vorticity",
    "navier_stokes_velocity",
    "navier_stokes_vorticity",
    "passive_scalar",
    "vorticity_convection",
]


def vorticity_convection(
    coefficients: tuple[Any, ...] = (0.0, 0.0, 0.001),
    scale: Any = 1.0,
    injection_mode: int = 4,
    injection_scale: Any = 0.0,
) -> Equation:
    """ω_t + b (U·∇)ω = Σ_i a_i Σ_j ∂_j^i ω + κ γ cos(κ x_1): the generic family, in 2D.

    The forcing is that of :func:`kolmogorov_vorticity`; γ = 0 leaves it out.
    """
    parameters = {"a": tuple(coefficients), "scale": scale, "injection_scale": injection_scale}
    still = isinstance(injection_scale, (int, float)) and injection_scale == 0
    return Equation(
        "vorticity_convection",
        "ω_t + b (U·∇)ω = Σ_i a_i Σ_j ∂_j^i ω + κ γ cos(κ x₁)",
        2,
        1,
        parameters,
        series,
        vorticity if still else _driven_vorticity(injection_mode),
        fields=(("vorticity", 0),),
        conserves=mean_if(vanish(coefficients[0])),
    )


def navier_stokes_vorticity(diffusivity: Any = 0.01, scale: Any = 1.0, drag: Any = 0.0) -> Equation:
    """ω_t + b (U ∂_0 + V ∂_1) ω = λ ω + ν Δω in 2D; negative drag λ damps.

    ψ = Δ⁻¹ω, (U, V) = (∂_1 ψ, -∂_0 ψ), hence ω = ∂_1 U - ∂_0 V: clockwise rotation is positive.
    Without viscosity and drag, energy ½⟨|(U, V)|²⟩ and enstrophy ½⟨ω²⟩ are conserved.
    """
    return Equation(
        "navier_stokes_vorticity",
        "ω_t + b (U·∇)ω = λ ω + ν Δω",
        2,
        1,
        {"diffusivity": diffusivity, "scale": scale, "drag": drag},
        _viscous_vorticity,
        vorticity,
        fields=(("vorticity", 0),),
        conserves=mean_if(vanish(drag)),
    )


def kolmogorov_vorticity(
    diffusivity: Any = 0.001,
    scale: Any = 1.0,
    drag: Any = -0.1,
    injection_mode: int = 4,
    injection_scale: Any = 1.0,
) -> Equation:
    """Navier-Stokes vorticity driven by the body force γ sin(κ x_1) along axis 0, κ = 2πk/L_1.

    ω_t + b (U ∂_0 + V ∂_1) ω = λ ω + ν Δω + κ γ cos(κ x_1)

    The last term is the exact curl of the force in the sign convention of
    :func:`navier_stokes_vorticity`. Exponax 0.2 adds -k γ cos(κ x_1): without 2π/L and with the
    other sign (``Conventions("exponax-0.2")``). The mode k must lie in the band of the products.
    """
    return Equation(
        "kolmogorov_vorticity",
        "ω_t + b (U·∇)ω = λ ω + ν Δω + κ γ cos(κ x₁)",
        2,
        1,
        {
            "diffusivity": diffusivity,
            "scale": scale,
            "drag": drag,
            "injection_scale": injection_scale,
        },
        _viscous_vorticity,
        _driven_vorticity(injection_mode),
        fields=(("vorticity", 0),),
        conserves=mean_if(vanish(drag)),
    )


def navier_stokes_velocity(
    dims: int, diffusivity: Any = 0.01, scale: Any = 1.0, drag: Any = 0.0
) -> Equation:
    """u_t + b P (u·∇)u = λ u + ν Δu with ∇·u = 0, in 2D or 3D; P is the Leray projection.

    The pressure is what P removes. Only the nonlinear term is projected: a solenoidal state stays
    solenoidal, the gradient part of any other decays by viscosity. The mean velocity is conserved
    without drag.
    """
    return Equation(
        "navier_stokes_velocity",
        "u_t + b P (u·∇)u = λ u + ν Δu",
        _flat_or_solid("navier_stokes_velocity", dims),
        dims,
        {"diffusivity": diffusivity, "scale": scale, "drag": drag},
        viscous,
        _projected,
        fields=(("velocity", 1),),
        conserves=(*mean_if(vanish(drag)), "divergence"),
    )


def kolmogorov_velocity(
    dims: int,
    diffusivity: Any = 0.01,
    scale: Any = 1.0,
    drag: Any = 0.0,
    injection_mode: int = 4,
    injection_scale: Any = 1.0,
) -> Equation:
    """Navier-Stokes velocity with the body force γ sin(κ x_1) along axis 0, κ = 2πk/L_1.

    u_t + b P (u·∇)u = λ u + ν Δu + γ sin(κ x_1) e_0, in 2D or 3D. Exponax 0.2 (3D alone) adds
    γ/2 cos(κ x_1), see ``Conventions("exponax-0.2")``.
    """

    def nonlinear(s: Products, p: Parameters) -> terms.Term:
        force = p["injection_scale"] * body_force(s, injection_mode)
        return terms.Affine(_projected(s, p), None, force)

    return Equation(
        "kolmogorov_velocity",
        "u_t + b P (u·∇)u = λ u + ν Δu + γ sin(κ x₁) e₀",
        _flat_or_solid("kolmogorov_velocity", dims),
        dims,
        {
            "diffusivity": diffusivity,
            "scale": scale,
            "drag": drag,
            "injection_scale": injection_scale,
        },
        viscous,
        nonlinear,
        fields=(("velocity", 1),),
        conserves=(*mean_if(vanish(drag)), "divergence"),
    )


def passive_scalar(
    diffusivity: Any = 0.01, scalar_diffusivity: Any = 0.01, scale: Any = 1.0, drag: Any = 0.0
) -> Equation:
    """A scalar θ carried by a 2D flow: ω_t + b (U·∇)ω = λ ω + ν Δω, θ_t + b (U·∇)θ = κ Δθ.

    Channels are (ω, θ). The scalar does not act on the flow; its mean is conserved.
    """

    def symbol(s: Symbols, p: Parameters) -> Array:
        return stacked(_viscous_vorticity(s, p), p["scalar_diffusivity"] * (s.laplacian * s.one))

    def nonlinear(s: Products, p: Parameters) -> terms.Term:
        velocity, stress = turning(s, p["scale"])
        first, second = ((p["scale"] * -1.0) * d for d in gradient(s.after))
        return flow_terms.Carried(velocity, stress, (first, second), s.mask_before, s.band)

    return Equation(
        "passive_scalar",
        "ω_t + b (U·∇)ω = λ ω + ν Δω,  θ_t + b (U·∇)θ = κ Δθ",
        2,
        2,
        {
            "diffusivity": diffusivity,
            "scalar_diffusivity": scalar_diffusivity,
            "scale": scale,
            "drag": drag,
        },
        symbol,
        nonlinear,
        fields=(("vorticity", 0), ("scalar", 0)),
        conserves=mean_if(vanish(drag)),
    )


def _viscous_vorticity(s: Symbols, p: Parameters) -> Array:
    """ν Δ + λ; a reference counts the drag once per axis."""
    return p["diffusivity"] * s.laplacian + p["drag"] * s.counted(s.conventions.drag_zeroth)


def _driven_vorticity(mode: int) -> Any:
    def nonlinear(s: Products, p: Parameters) -> terms.Term:
        force = p["injection_scale"] * curl_of_force(s, mode)
        return terms.Affine(vorticity(s, p), None, force)

    return nonlinear


def _projected(s: Products, p: Parameters) -> flow_terms.Projected:
    curl = tuple(p["scale"] * d for d in gradient(s.before))
    unit = unit_wavevectors(s.after)
    return flow_terms.Projected(curl, unit, s.mask_before, s.mask_after, s.band)


def _flat_or_solid(name: str, dims: int) -> int:
    if dims not in (2, 3):
        raise InvalidInput(f"{name}: expected 2 or 3 space axes, got {dims}; use burgers in 1D")
    return dims
