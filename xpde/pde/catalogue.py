"""The catalogue of equations: every one is a linear symbol, a nonlinear term and a formula.

Special cases, each held by a test: ``advection``, ``diffusion``, ``advection_diffusion``,
``dispersion`` and ``hyper_diffusion`` are :func:`linear`; ``burgers``, ``kdv`` and
``kuramoto_sivashinsky_conservative`` are :func:`convection`; ``kuramoto_sivashinsky`` is
:func:`gradient_norm`; single-channel ``convection`` and ``gradient_norm`` are
:func:`single_channel`; ``kolmogorov_vorticity`` without injection is ``navier_stokes_vorticity``.
Linear coefficients are on the right-hand side; convection and gradient-norm scales on the left.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde import terms
from xpde.pde.equation import Equation, Parameters
from xpde.pde.parts import (
    convective,
    fourth,
    quadratic,
    reacting,
    series,
    sivashinsky,
    slope_norm,
    vorticity,
)
from xpde.pde.transport import (
    advection,
    advection_diffusion,
    diffusion,
    dispersion,
    hyper_diffusion,
    linear,
)
from xpde.space import Band, Symbols

__all__ = [
    "CATALOGUE",
    "advection",
    "advection_diffusion",
    "burgers",
    "convection",
    "diffusion",
    "dispersion",
    "gradient_norm",
    "hyper_diffusion",
    "kdv",
    "kolmogorov_vorticity",
    "kuramoto_sivashinsky",
    "kuramoto_sivashinsky_conservative",
    "linear",
    "navier_stokes_vorticity",
    "polynomial",
    "single_channel",
]

# -- generic nonlinear families ----------------------------------------------------------------


def convection(
    dims: int,
    coefficients: Sequence[Any] = (0.0, 0.0, 0.01),
    scale: Any = 1.0,
    *,
    single_channel: bool = False,
    conservative: bool = False,
) -> Equation:
    """u_t + b (u·∇)u = Σ_i a_i Σ_j ∂_j^i u, with C = D velocity components.

    ``conservative`` replaces (u·∇)u by ½ ∇·(u ⊗ u), another equation for D > 1: half of (u·∇)u
    plus half of u ∇·u. ``single_channel`` has C = 1 and u Σ_j ∂_j u, the same in both forms.
    """
    channels = 1 if single_channel else dims
    return Equation(
        "convection",
        "u_t + b (u·∇)u = Σ_i a_i Σ_j ∂_j^i u",
        dims,
        channels,
        {"a": tuple(coefficients), "scale": scale},
        series,
        convective(channels, conservative),
    )


def gradient_norm(
    dims: int, coefficients: Sequence[Any] = (0.0, 0.0, -1.0, 0.0, -1.0), scale: Any = 1.0
) -> Equation:
    """u_t + b/2 (|∇u|² - mean) = Σ_i a_i Σ_j ∂_j^i u; the mean of u is conserved if a_0 = 0."""
    return Equation(
        "gradient_norm",
        "u_t + b/2 (|∇u|² - ⟨|∇u|²⟩) = Σ_i a_i Σ_j ∂_j^i u",
        dims,
        1,
        {"a": tuple(coefficients), "scale": scale},
        series,
        slope_norm,
    )


def single_channel(
    dims: int,
    coefficients: Sequence[Any] = (0.0, 0.0, 0.01),
    nonlinear: Sequence[Any] = (0.0, -1.0, 0.0),
) -> Equation:
    """u_t = Σ_i a_i Σ_j ∂_j^i u + b_0 u² + b_1/2 Σ_j ∂_j(u²) + b_2/2 (|∇u|² - mean).

    All coefficients are on the right-hand side: b_1 = -1 is Burgers with scale 1.
    """
    if len(nonlinear) != 3:
        raise InvalidInput(
            f"single_channel: expected nonlinear (b_0, b_1, b_2), got {len(nonlinear)} numbers"
        )
    return Equation(
        "single_channel",
        "u_t = Σ_i a_i Σ_j ∂_j^i u + b_0 u² + b_1/2 Σ_j ∂_j(u²) + b_2/2 (|∇u|² - ⟨|∇u|²⟩)",
        dims,
        1,
        {"a": tuple(coefficients), "b": tuple(nonlinear)},
        series,
        quadratic,
    )


def polynomial(
    dims: int,
    coefficients: Sequence[Any] = (10.0, 0.0, 1.0),
    reaction: Sequence[Any] = (0.0, 0.0, -10.0),
    channels: int = 1,
) -> Equation:
    """u_t = Σ_i a_i Σ_j ∂_j^i u + Σ_i c_i u^i; cubic reactions want ``dealias=1/2``."""
    return Equation(
        "polynomial",
        "u_t = Σ_i a_i Σ_j ∂_j^i u + Σ_i c_i u^i",
        dims,
        channels,
        {"a": tuple(coefficients), "c": tuple(reaction)},
        series,
        reacting,
    )


# -- named nonlinear equations -----------------------------------------------------------------


def burgers(
    dims: int,
    diffusivity: Any = 0.1,
    scale: Any = 1.0,
    *,
    single_channel: bool = False,
    conservative: bool = False,
) -> Equation:
    """u_t + b (u·∇)u = ν Δu: fronts steepen until diffusion holds them; see :func:`convection`."""
    channels = 1 if single_channel else dims
    return Equation(
        "burgers",
        "u_t + b ½∇·(u⊗u) = ν Δu" if conservative else "u_t + b (u·∇)u = ν Δu",
        dims,
        channels,
        {"diffusivity": diffusivity, "scale": scale},
        lambda s, p: p["diffusivity"] * s.laplacian,
        convective(channels, conservative),
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
    )


def navier_stokes_vorticity(diffusivity: Any = 0.01, scale: Any = 1.0, drag: Any = 0.0) -> Equation:
    """ω_t + b (U ∂_0 + V ∂_1) ω = λ ω + ν Δω in 2D; negative drag λ damps.

    ψ = Δ⁻¹ω, (U, V) = (∂_1 ψ, -∂_0 ψ), hence ω = ∂_1 U - ∂_0 V: clockwise rotation is positive.
    """
    return Equation(
        "navier_stokes_vorticity",
        "ω_t + b (U·∇)ω = λ ω + ν Δω",
        2,
        1,
        {"diffusivity": diffusivity, "scale": scale, "drag": drag},
        lambda s, p: p["diffusivity"] * s.laplacian + p["drag"] * s.one,
        lambda s, p, band: vorticity(s, p["scale"], None, band),
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
    other sign; it is reproduced by ``injection_scale = -γ L_1 / 2π``. The mode k must lie in the
    band of the products.
    """

    def nonlinear(s: Symbols, p: Parameters, band: Band) -> terms.Vorticity:
        if not 1 <= injection_mode <= band.cutoff[1] or 2 * injection_mode == band.grid.points[1]:
            raise InvalidInput(
                f"kolmogorov_vorticity: expected injection_mode from 1 to {band.cutoff[1]} (the "
                f"modes that products keep), got {injection_mode}; use more points"
            )
        kappa = 2 * np.pi * injection_mode / band.grid.extent[1]
        cosine = np.zeros(band.modes.spectral_shape)
        cosine[0, injection_mode] = kappa * band.grid.size / 2  # unscaled forward transform
        return vorticity(s, p["scale"], p["injection_scale"] * s.place(cosine), band)

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
        lambda s, p: p["diffusivity"] * s.laplacian + p["drag"] * s.one,
        nonlinear,
    )


CATALOGUE = {
    "advection": advection,
    "advection_diffusion": advection_diffusion,
    "burgers": burgers,
    "convection": convection,
    "diffusion": diffusion,
    "dispersion": dispersion,
    "gradient_norm": gradient_norm,
    "hyper_diffusion": hyper_diffusion,
    "kdv": kdv,
    "kolmogorov_vorticity": kolmogorov_vorticity,
    "kuramoto_sivashinsky": kuramoto_sivashinsky,
    "kuramoto_sivashinsky_conservative": kuramoto_sivashinsky_conservative,
    "linear": linear,
    "navier_stokes_vorticity": navier_stokes_vorticity,
    "polynomial": polynomial,
    "single_channel": single_channel,
}
"""Every equation by name."""
