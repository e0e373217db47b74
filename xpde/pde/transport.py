"""Linear equations: one symbol, steps exact for every step size."""

from collections.abc import Sequence
from typing import Any

from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde.conserved import of_series
from xpde.pde.equation import Equation, Parameters
from xpde.pde.parts import directional, fourth, per_axis, series
from xpde.space import Symbols

__all__ = [
    "advection",
    "advection_diffusion",
    "diffusion",
    "dispersion",
    "hyper_diffusion",
    "linear",
    "poisson",
]

PerAxis = Any
"""A number (or 0-D array) for all axes, or a sequence of one for each."""


def linear(
    dims: int, coefficients: Sequence[Any] = (0.0, -0.1, 0.01), channels: int = 1
) -> Equation:
    """u_t = a_0 u + Σ_{i≥1} a_i Σ_j ∂_j^i u; a_0 is counted once in every dimension."""
    return Equation(
        "linear",
        "u_t = Σ_i a_i Σ_j ∂_j^i u",
        dims,
        channels,
        {"a": tuple(coefficients)},
        series,
        conserves=of_series(coefficients),
    )


def advection(dims: int, velocity: PerAxis = 1.0, channels: int = 1) -> Equation:
    """u_t + c·∇u = 0: transport to the right for c > 0, shape unchanged."""
    return Equation(
        "advection",
        "u_t + c·∇u = 0",
        dims,
        channels,
        {"velocity": per_axis(dims, velocity, "velocity")},
        lambda s, p: -directional(s, p["velocity"], 1),
        conserves=("mean", "energy"),
    )


def diffusion(dims: int, diffusivity: Any = 0.01, channels: int = 1) -> Equation:
    """u_t = ∇·(A ∇u): modes decay like exp(-κᵀAκ t).

    ``diffusivity`` is a number, one number for each axis (A diagonal), or a D × D matrix, of which
    the symmetric part acts; it should be positive definite.
    """
    return Equation(
        "diffusion",
        "u_t = ∇·(A ∇u)",
        dims,
        channels,
        {"diffusivity": _diffusivity(dims, diffusivity)},
        lambda s, p: _spread(s, p["diffusivity"]),
        conserves=("mean",),
    )


def advection_diffusion(
    dims: int, velocity: PerAxis = 1.0, diffusivity: Any = 0.01, channels: int = 1
) -> Equation:
    """u_t + c·∇u = ∇·(A ∇u), ``diffusivity`` as in :func:`diffusion`."""
    return Equation(
        "advection_diffusion",
        "u_t + c·∇u = ∇·(A ∇u)",
        dims,
        channels,
        {
            "velocity": per_axis(dims, velocity, "velocity"),
            "diffusivity": _diffusivity(dims, diffusivity),
        },
        lambda s, p: _spread(s, p["diffusivity"]) - directional(s, p["velocity"], 1),
        conserves=("mean",),
    )


def dispersion(
    dims: int, dispersivity: PerAxis = 1.0, channels: int = 1, *, mixed: bool = False
) -> Equation:
    """u_t = Σ_j ξ_j ∂_j³ u, or (ξ·∇) Δu if ``mixed``; note the plus sign."""

    def symbol(s: Symbols, p: Parameters) -> Array:
        if mixed:
            return directional(s, p["dispersivity"], 1) * s.laplacian
        return directional(s, p["dispersivity"], 3)

    parameters = {"dispersivity": per_axis(dims, dispersivity, "dispersivity")}
    return Equation(
        "dispersion",
        "u_t = ξ·∇³u",
        dims,
        channels,
        parameters,
        symbol,
        conserves=("mean", "energy"),
    )


def hyper_diffusion(
    dims: int, hyper_diffusivity: Any = 1e-4, channels: int = 1, *, mixed: bool = False
) -> Equation:
    """u_t = -ζ Σ_j ∂_j⁴ u, or -ζ Δ²u if ``mixed``."""
    return Equation(
        "hyper_diffusion",
        "u_t = -ζ ∇⁴u",
        dims,
        channels,
        {"hyper_diffusivity": hyper_diffusivity},
        lambda s, p: -p["hyper_diffusivity"] * fourth(s, mixed),
        conserves=("mean",),
    )


def poisson(dims: int, order: int = 2, channels: int = 1) -> Equation:
    """The map f -> u with Σ_j ∂_j^order u = -f, mean-free: one step solves, whatever its size.

    Order 2 is -Δu = f. Order 4 has the same sign as the reference, Σ_j ∂_j⁴ u = -f.
    """
    if order not in (2, 4):
        raise InvalidInput(f"poisson: expected order 2 or 4, got {order!r}")

    return Equation(
        "poisson",
        "Δu = -f" if order == 2 else "Σ_j ∂_j⁴ u = -f",
        dims,
        channels,
        {},
        lambda s, p: s.one * 0.0,
        multiplier=lambda s, p: s.inverse_sum_d(order) * -1.0,
    )


def _diffusivity(dims: int, value: Any) -> tuple[Any, ...]:
    """Return D numbers, or the D rows of a matrix."""
    many = isinstance(value, (tuple, list))
    if getattr(value, "ndim", 0) < 2 and not (many and isinstance(value[0], (tuple, list))):
        return per_axis(dims, value, "diffusivity")
    rows = tuple(per_axis(dims, value[i], "diffusivity") for i in range(len(value)))
    if len(rows) != dims:
        raise InvalidInput(f"diffusivity: expected a {dims} x {dims} matrix, got {len(rows)} rows")
    return rows


def _spread(s: Symbols, a: tuple[Any, ...]) -> Array:
    """Σ_ij A_ij ∂_i ∂_j; equal axes as second derivatives, which keep the Nyquist mode."""
    if not isinstance(a[0], tuple):
        return directional(s, a, 2)
    total = directional(s, tuple(row[i] for i, row in enumerate(a)), 2)
    for i, row in enumerate(a):
        for j, entry in enumerate(row):
            if i != j:
                total = total + entry * (s.d(i) * s.d(j))
    return total
