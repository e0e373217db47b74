"""Linear symbols and nonlinear builders that several equations share."""

from collections.abc import Callable
from typing import Any

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde import terms
from xpde.space import Band, Symbols

__all__ = [
    "convective",
    "directional",
    "fourth",
    "gradient",
    "per_axis",
    "quadratic",
    "reacting",
    "series",
    "sivashinsky",
    "slope_norm",
    "vorticity",
]

Parameters = Any


def per_axis(dims: int, value: Any, name: str) -> tuple[Any, ...]:
    """Give every axis its own number: a tuple of D entries from one or from D."""
    many = isinstance(value, (tuple, list)) or getattr(value, "ndim", 0) == 1
    entries = tuple(value[j] for j in range(len(value))) if many else (value,) * dims
    if len(entries) != dims:
        raise InvalidInput(f"{name}: expected one number or {dims}, got {len(entries)}")
    return entries


def directional(s: Symbols, factors: tuple[Any, ...], order: int) -> Array:
    """Σ_j c_j ∂_j^order as (*K)."""
    total = factors[0] * s.d(0, order)
    for axis, factor in enumerate(factors[1:], start=1):
        total = total + factor * s.d(axis, order)
    return total


def series(s: Symbols, p: Parameters) -> Array:
    """a_0 + Σ_{i≥1} a_i Σ_j ∂_j^i with the coefficients ``p["a"]``."""
    total = p["a"][0] * s.one
    for order, a in enumerate(p["a"][1:], start=1):
        total = total + a * s.sum_d(order)
    return total


def fourth(s: Symbols, mixed: bool) -> Array:
    """Σ_j ∂_j⁴, or Δ² if mixed."""
    return s.laplacian * s.laplacian if mixed else s.sum_d(4)


def sivashinsky(s: Symbols, p: Parameters) -> Array:
    """-p_1 Δ - p_2 Σ_j ∂_j⁴."""
    return -(p["second_order"] * s.laplacian) - p["fourth_order"] * s.sum_d(4)


def gradient(s: Symbols) -> tuple[Array, ...]:
    """Return the symbols ∂_j of all axes."""
    return tuple(s.d(j) for j in range(s.grid.dims))


def convective(
    channels: int, conservative: bool
) -> Callable[[Symbols, Parameters, Band], terms.Term]:
    """Return the builder of -b (u·∇)u (or of its conservative form) with b = ``p["scale"]``."""

    def build(s: Symbols, p: Parameters, band: Band) -> terms.Term:
        half = p["scale"] * -0.5
        if channels == 1:  # both forms are -b/2 Σ_j ∂_j u²
            return terms.Square(half * s.sum_d(1), _mask(s), band)
        slopes = tuple(half * d for d in gradient(s))
        if conservative:
            return terms.Flux(slopes, _mask(s), band)
        curl = tuple(p["scale"] * d for d in gradient(s))
        return terms.Rotational(slopes, curl, _mask(s), band)

    return build


def slope_norm(s: Symbols, p: Parameters, band: Band) -> terms.GradientNorm:
    """-b/2 (|∇u|² - mean) with b = ``p["scale"]``."""
    return terms.GradientNorm((p["scale"] * -0.5) * s.place(s.mean_free), gradient(s), band)


def quadratic(s: Symbols, p: Parameters, band: Band) -> terms.Term:
    """b_0 u² + b_1/2 Σ_j ∂_j u² + b_2/2 (|∇u|² - mean); parts with a plain zero are left out."""
    b0, b1, b2 = p["b"]
    square = b0 * s.one + (b1 * 0.5) * s.sum_d(1)
    norm = (b2 * 0.5) * s.place(s.mean_free)
    if isinstance(b2, float) and b2 == 0.0:
        return terms.Square(square, _mask(s), band)
    if all(isinstance(b, float) and b == 0.0 for b in (b0, b1)):
        return terms.GradientNorm(norm, gradient(s), band)
    return terms.Quadratic(square, norm, gradient(s), _mask(s), band)


def vorticity(s: Symbols, scale: Any, forcing: Array | None, band: Band) -> terms.Vorticity:
    """-b (U·∇)ω in the band, plus a constant right-hand side."""
    first, second = gradient(s)
    inverse = s.inverse_laplacian
    mixed = (scale * -1.0) * (first * second)
    squares = scale * (first * first - second * second)
    velocity = _stacked(second * inverse, -first * inverse)
    return terms.Vorticity(velocity, _stacked(mixed, squares), forcing, band)


def _stacked(*symbols: Array) -> Array:
    """Stack symbols of one shape along a leading axis, that of the channels."""
    return namespace_of(*symbols).stack(list(symbols), axis=0)


def reacting(s: Symbols, p: Parameters, band: Band) -> terms.Polynomial:
    """Σ_i c_i u^i with the coefficients ``p["c"]``."""
    return terms.Polynomial(tuple(p["c"]), _mask(s), band)


def _mask(s: Symbols) -> Array | None:
    return None if s.mask is None else s.one
