"""The generic families: nonlinear equations given by their coefficients."""

from collections.abc import Sequence
from typing import Any

from xpde.errors import InvalidInput
from xpde.pde.conserved import mean_if, vanish
from xpde.pde.equation import Equation
from xpde.pde.parts import carried_fields, convective, quadratic, reacting, series, slope_norm

__all__ = ["convection", "gradient_norm", "polynomial", "single_channel"]


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
    plus half of u ∇·u. ``single_channel`` has C = 1 and u Σ_j ∂_j u, the same in both forms. With
    one channel, or in conservative form, the mean of every channel is conserved if a_0 = 0.
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
        fields=carried_fields(dims, channels),
        conserves=mean_if(vanish(coefficients[0]) and (conservative or channels == 1)),
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
        conserves=mean_if(vanish(coefficients[0])),
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
        conserves=mean_if(vanish(coefficients[0], nonlinear[0])),
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
