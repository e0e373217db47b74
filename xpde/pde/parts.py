"""Linear symbols and nonlinear builders that several equations share."""

from collections.abc import Callable
from typing import Any

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde import flow_terms, terms
from xpde.pde.fields import channels as pick
from xpde.pde.fields import is_large
from xpde.pde.products import Products
from xpde.pde.terms import Term
from xpde.space import Symbols

__all__ = [
    "carried_fields",
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
    "slopes",
    "stacked",
    "turning",
    "viscous",
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
    total = p["a"][0] * s.counted(s.conventions.series_zeroth)
    for order, a in enumerate(p["a"][1:], start=1):
        total = total + a * s.sum_d(order)
    return total


def fourth(s: Symbols, mixed: bool) -> Array:
    """Σ_j ∂_j⁴, or Δ² if mixed."""
    return s.laplacian * s.laplacian if mixed else s.sum_d(4)


def sivashinsky(s: Symbols, p: Parameters) -> Array:
    """-p_1 Δ - p_2 Σ_j ∂_j⁴."""
    return -(p["second_order"] * s.laplacian) - p["fourth_order"] * s.sum_d(4)


def viscous(s: Symbols, p: Parameters) -> Array:
    """ν Δ + λ, the linear part of a flow with drag."""
    return p["diffusivity"] * s.laplacian + p["drag"] * s.one


def gradient(s: Symbols) -> tuple[Array, ...]:
    """Return the symbols ∂_j of all axes."""
    return tuple(s.d(j) for j in range(s.grid.dims))


def slopes(s: Symbols) -> Array:
    """Return ∂_j of all axes as (D, *K)."""
    return stacked(*(d * s.one for d in gradient(s)))


def stacked(*symbols: Array) -> Array:
    """Stack symbols of one shape along a leading axis, that of the channels."""
    return namespace_of(*symbols).stack(list(symbols), axis=0)


def carried_fields(dims: int, channels: int) -> tuple[tuple[str, int], ...]:
    """Name the channels of a convection: a velocity where there is one for each of many axes."""
    return (("velocity", 1),) if channels == dims > 1 else ()


def convective(channels: int, conservative: bool) -> Callable[[Products, Parameters], Term]:
    """Return the builder of -b (u·∇)u (or of its conservative form) with b = ``p["scale"]``."""

    def build(s: Products, p: Parameters) -> Term:
        half = p["scale"] * -0.5
        if channels == 1 and (conservative or s.alias_free):  # both forms are -b/2 Σ_j ∂_j u²
            return terms.Square(half * s.after.sum_d(1), s.mask_before, s.band)
        if conservative:
            return terms.Flux(tuple(half * d for d in gradient(s.after)), s.mask_before, s.band)
        if not s.alias_free:
            along = (s.before.sum_d(1),) if channels == 1 else gradient(s.before)
            inputs = (s.mask_before, *((p["scale"] * -1.0) * d for d in along))
            return terms.Pointwise(inputs, (s.mask_after,), None, _advect, s.band)
        half_slopes = tuple(half * d for d in gradient(s.after))
        curl = tuple(p["scale"] * d for d in gradient(s.before))
        return flow_terms.Rotational(half_slopes, curl, s.mask_before, s.band)

    return build


def slope_norm(s: Products, p: Parameters) -> terms.GradientNorm:
    """-b/2 (|∇u|² - mean) with b = ``p["scale"]``."""
    operator = (p["scale"] * -0.5) * s.after.place(s.after.mean_free)
    return terms.GradientNorm(operator, _slopes(s), s.band)


def _slopes(s: Products) -> tuple[Array, ...]:
    """Return the symbols ∂_j before products: in one array, or each in its own for large fields."""
    return gradient(s.before) if is_large(s.band) else (slopes(s.before),)


def quadratic(s: Products, p: Parameters) -> Term:
    """b_0 u² + b_1/2 Σ_j ∂_j u² + b_2/2 (|∇u|² - mean); parts with a plain zero are left out."""
    b0, b1, b2 = p["b"]
    square = b0 * s.after.one + (b1 * 0.5) * s.after.sum_d(1)
    norm = (b2 * 0.5) * s.after.place(s.after.mean_free)
    if _vanishes(b2):
        return terms.Square(square, s.mask_before, s.band)
    if _vanishes(b0) and _vanishes(b1):
        return terms.GradientNorm(norm, _slopes(s), s.band)
    inputs = stacked(s.before.one, *(d * s.before.one for d in gradient(s.before)))
    return terms.Quadratic(inputs, stacked(square, norm), s.band)


def turning(s: Products, scale: Any) -> tuple[Array, Array]:
    """Return the symbols of Basdevant's form: ω to (U, V), and b times products to rate."""
    first, second = gradient(s.after)
    mixed = (scale * -1.0) * (first * second)
    squares = scale * (first * first - second * second)
    return stacked(*_velocity(s.before)), stacked(mixed, squares)


def vorticity(s: Products, p: Parameters) -> Term:
    """-b (U·∇)ω with b = ``p["scale"]``."""
    if s.alias_free:
        return flow_terms.Vorticity(*turning(s, p["scale"]), s.band)
    minus = p["scale"] * -1.0
    inputs = (*_velocity(s.before), *(minus * d for d in gradient(s.before)))
    return terms.Pointwise(inputs, (s.mask_after,), None, _carry, s.band)


def _velocity(s: Symbols) -> tuple[Array, Array]:
    first, second = gradient(s)
    return second * s.inverse_laplacian, -first * s.inverse_laplacian


def reacting(s: Products, p: Parameters) -> Term:
    """Σ_i c_i u^i with the coefficients ``p["c"]``; those that are a plain zero cost nothing."""
    c = list(p["c"])
    while len(c) > 1 and _vanishes(c[-1]):
        c.pop()
    lowest = next((i for i, value in enumerate(c) if not _vanishes(value)), 0)
    if lowest == len(c) - 1 == 2:
        return terms.Square(c[2] * s.after.one, s.mask_before, s.band)
    return terms.Polynomial(tuple(c[lowest:]), s.mask_before, s.mask_after, lowest, s.band)


def _vanishes(value: Any) -> bool:
    return isinstance(value, float) and value == 0.0


def _advect(values: list[Array], _: None, dims: int) -> list[Array]:
    """Σ_j u_j s_j, the slopes holding the factor -b."""
    u, *rest = values
    parts = [pick(u, j, j + 1, dims) * slope for j, slope in enumerate(rest)]
    return [sum(parts[1:], parts[0])]


def _carry(values: list[Array], _: None, dims: int) -> list[Array]:
    """U ω_0 + V ω_1, the slopes holding the factor -b."""
    u, v, first, second = values
    return [u * first + v * second]
