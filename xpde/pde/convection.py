"""Named equations whose nonlinear term is convection or a squared slope."""

from typing import Any

from xpde.core.backend import Array
from xpde.pde.conserved import mean_if
from xpde.pde.equation import Equation, Parameters
from xpde.pde.parts import carried_fields, convective, fourth, sivashinsky, slope_norm
from xpde.space import Symbols

__all__ = ["burgers", "kdv", "kuramoto_sivashinsky", "kuramoto_sivashinsky_conservative"]


def burgers(
    dims: int,
    diffusivity: Any = 0.1,
    scale: Any = 1.0,
    *,
    single_channel: bool = False,
    conservative: bool = False,
) -> Equation:
    """u_t + b (u·∇)u = ν Δu: fronts steepen until diffusion holds them; see :func:`convection`.

    With one channel, or in conservative form, the mean of every channel is conserved.
    """
    channels = 1 if single_channel else dims
    return Equation(
        "burgers",
        "u_t + b ½∇·(u⊗u) = ν Δu" if conservative else "u_t + b (u·∇)u = ν Δu",
        dims,
        channels,
        {"diffusivity": diffusivity, "scale": scale},
        lambda s, p: p["diffusivity"] * s.laplacian,
        convective(channels, conservative),
        fields=carried_fields(dims, channels),
        conserves=mean_if(conservative or channels == 1),
    )


def kdv(
    dims: int,
    scale: Any = -6.0,
    dispersivity: Any = 1.0,
    diffusivity: Any = 0.0,
    hyper_diffusivity: Any = 0.01,
    *,
    single_channel: bool = False,
    conservative: bool = False,
    mixed_dispersion: bool = False,
    mixed_hyper_diffusion: bool = False,
) -> Equation:
    """u_t + b (u·∇)u + ξ Σ_j ∂_j³ u = ν Δu - ζ Σ_j ∂_j⁴ u.

    With b = -6, ξ = 1 and ν = ζ = 0 in 1D, u = -c/2 sech²(√c/2 (x - ct)) travels unchanged. The
    mixed forms are (Σ_j ∂_j) Δu and Δ²u.
    """

    def symbol(s: Symbols, p: Parameters) -> Array:
        third = s.sum_d(1) * s.laplacian if mixed_dispersion else s.sum_d(3)
        damping = p["hyper_diffusivity"] * fourth(s, mixed_hyper_diffusion)
        return p["diffusivity"] * s.laplacian - p["dispersivity"] * third - damping

    channels = 1 if single_channel else dims
    return Equation(
        "kdv",
        "u_t + b (u·∇)u + ξ ∇³u = ν Δu - ζ ∇⁴u",
        dims,
        channels,
        {
            "scale": scale,
            "dispersivity": dispersivity,
            "diffusivity": diffusivity,
            "hyper_diffusivity": hyper_diffusivity,
        },
        symbol,
        convective(channels, conservative),
        fields=carried_fields(dims, channels),
        conserves=mean_if(conservative or channels == 1),
    )


def kuramoto_sivashinsky(
    dims: int, scale: Any = 1.0, second_order: Any = 1.0, fourth_order: Any = 1.0
) -> Equation:
    """u_t + b/2 (|∇u|² - mean) + p_1 Δu + p_2 Σ_j ∂_j⁴ u = 0: combustion form, mean conserved."""
    return Equation(
        "kuramoto_sivashinsky",
        "u_t + b/2 (|∇u|² - ⟨|∇u|²⟩) + p₁ Δu + p₂ ∇⁴u = 0",
        dims,
        1,
        {"scale": scale, "second_order": second_order, "fourth_order": fourth_order},
        sivashinsky,
        slope_norm,
        conserves=("mean",),
    )


def kuramoto_sivashinsky_conservative(
    dims: int,
    scale: Any = 1.0,
    second_order: Any = 1.0,
    fourth_order: Any = 1.0,
    *,
    single_channel: bool = False,
    conservative: bool = True,
) -> Equation:
    """u_t + b/2 ∇·(u ⊗ u) + p_1 Δu + p_2 Σ_j ∂_j⁴ u = 0, the slope of the combustion form in 1D."""
    channels = 1 if single_channel else dims
    return Equation(
        "kuramoto_sivashinsky_conservative",
        "u_t + b/2 ∇·(u⊗u) + p₁ Δu + p₂ ∇⁴u = 0",
        dims,
        channels,
        {"scale": scale, "second_order": second_order, "fourth_order": fourth_order},
        sivashinsky,
        convective(channels, conservative),
        fields=carried_fields(dims, channels),
        conserves=mean_if(conservative or channels == 1),
    )
