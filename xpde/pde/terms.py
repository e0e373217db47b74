"""Nonlinear terms N̂(û) on a band: transforms and a few products, scales folded into operators.

A term maps band arrays (..., C, *M) to band arrays of the same shape and is the right-hand side:
the minus sign that moves convection to the right is inside its operators. Here b is the scale on
the left-hand side, ∂_j the symbols of the band, F and I its transforms.
"""

from dataclasses import dataclass
from typing import Any

from xpde.core import namespace_of, register_tree
from xpde.core.backend import Array
from xpde.space import Band

__all__ = [
    "Flux",
    "GradientNorm",
    "Polynomial",
    "Quadratic",
    "Rotational",
    "Square",
    "Term",
    "Vorticity",
]

Term = Any
"""A registered tree that is called with a band array and returns N̂."""


@register_tree(static=("band",))
@dataclass(frozen=True)
class Square:
    """N̂ = a F[u²] per channel: single-channel convection has a = -b/2 Σ_j ∂_j.

    One inverse and one forward transform per channel.
    """

    operator: Array
    mask: Array | None
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., C, *M)."""
        u = self.band.to_grid(_masked(self.mask, u_hat))
        return self.operator * self.band.to_band(u * u)


@register_tree(static=("band",))
@dataclass(frozen=True)
class Flux:
    """Conservative convection, N̂_i = -b/2 Σ_j ∂_j F[u_i u_j], C = D.

    The products are symmetric: D inverse and D (D + 1)/2 forward transforms. ``operators`` are
    -b/2 ∂_j.
    """

    operators: tuple[Array, ...]
    mask: Array | None
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., D, *M)."""
        xp, dims = namespace_of(u_hat), self.band.grid.dims
        u = self.band.to_grid(_masked(self.mask, u_hat))
        rows = [_channels(u, i, dims, dims) * _channels(u, i, i + 1, dims) for i in range(dims)]
        products = self.band.to_band(xp.concat(rows, axis=-dims - 1))
        pairs = [(i, j) for i in range(dims) for j in range(i, dims)]
        out = None
        for j, operator in enumerate(self.operators):
            picks = [pairs.index((min(i, j), max(i, j))) for i in range(dims)]
            part = operator * _gather(products, picks, dims)
            out = part if out is None else out + part
        return out


@register_tree(static=("band",))
@dataclass(frozen=True)
class Rotational:
    """Convection in rotational form, -b (u·∇)u = -b (∇|u|²/2 - u × ω), C = D in 2 or 3.

    2D: 3 inverse and 3 forward transforms, 3D: 6 and 4 (the advective form takes 8 and 15 in
    all). Equal to the advective form to rounding while products are free of aliasing.
    ``gradient`` is -b/2 ∂_j, ``curl`` is b ∂_j.
    """

    gradient: tuple[Array, ...]
    curl: tuple[Array, ...]
    mask: Array | None
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., D, *M)."""
        xp, dims = namespace_of(u_hat), self.band.grid.dims
        part = [_channels(u_hat, i, i + 1, dims) for i in range(dims)]
        planes = [(0, 1)] if dims == 2 else [(1, 2), (2, 0), (0, 1)]
        omega = [self.curl[i] * part[j] - self.curl[j] * part[i] for i, j in planes]
        own = _masked(self.mask, u_hat)
        fields = self.band.to_grid(xp.concat([own, *omega], axis=-dims - 1))
        u = [_channels(fields, i, i + 1, dims) for i in range(dims)]
        w = [_channels(fields, dims + i, dims + i + 1, dims) for i in range(len(planes))]
        square = sum((a * a for a in u[1:]), u[0] * u[0])
        if dims == 2:
            cross = [u[1] * w[0], -u[0] * w[0]]
        else:
            cross = [u[i] * w[j] - u[j] * w[i] for i, j in planes]
        products = self.band.to_band(xp.concat([*cross, square], axis=-dims - 1))
        square_hat = _channels(products, dims, dims + 1, dims)
        slope = xp.concat([g * square_hat for g in self.gradient], axis=-dims - 1)
        return _masked(self.mask, _channels(products, 0, dims, dims)) + slope


@register_tree(static=("band",))
@dataclass(frozen=True)
class GradientNorm:
    """N̂ = a F[|∇u|²] per channel: the combustion form has a = -b/2, and 0 at k = 0.

    The zero of ``operator`` at k = 0 removes the mean, which conserves the mean of u. D inverse
    and one forward transform per channel.
    """

    operator: Array
    gradient: tuple[Array, ...]
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., C, *M)."""
        slopes = _to_grids(self.band, [d * u_hat for d in self.gradient])
        square = sum((a * a for a in slopes[1:]), slopes[0] * slopes[0])
        return self.operator * self.band.to_band(square)


@register_tree(static=("band",))
@dataclass(frozen=True)
class Quadratic:
    """N̂ = a F[u²] + c F[|∇u|²], one transform of u and its slopes, one of the two products."""

    square: Array
    norm: Array
    gradient: tuple[Array, ...]
    mask: Array | None
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., C, *M)."""
        xp, axis = namespace_of(u_hat), -self.band.grid.dims - 1
        u, *slopes = _to_grids(
            self.band, [_masked(self.mask, u_hat), *[d * u_hat for d in self.gradient]]
        )
        norm = sum((a * a for a in slopes[1:]), slopes[0] * slopes[0])
        products = self.band.to_band(xp.concat([u * u, norm], axis=axis))
        count = u_hat.shape[axis]
        return self.square * _channels(
            products, 0, count, self.band.grid.dims
        ) + self.norm * _channels(products, count, 2 * count, self.band.grid.dims)


@register_tree(static=("band",))
@dataclass(frozen=True)
class Polynomial:
    """N̂ = F[Σ_i c_i u^i] per channel, coefficients from c_0; Horner in physical space."""

    coefficients: tuple[Any, ...]
    mask: Array | None
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., C, *M)."""
        u = self.band.to_grid(_masked(self.mask, u_hat))
        value = namespace_of(u).zeros_like(u) + self.coefficients[-1]
        for coefficient in self.coefficients[-2::-1]:
            value = value * u + coefficient
        return _masked(self.mask, self.band.to_band(value))


@register_tree(static=("band",))
@dataclass(frozen=True)
class Vorticity:
    """Convection of 2D vorticity in Basdevant's form, two inverse and two forward transforms.

    ψ = Δ⁻¹ω, (U, V) = (∂_1 ψ, -∂_0 ψ), ω = ∂_1 U - ∂_0 V (clockwise rotation is positive)

    -b (U ∂_0 + V ∂_1) ω = -b (∂_0 ∂_1 (U² - V²) + (∂_1² - ∂_0²) UV)

    ``velocity`` (2, *M) holds the symbols from ω to (U, V), ``stress`` (2, *M) those of the
    products; ``forcing`` is a constant right-hand side or None.

    Reference: Basdevant, J. Comput. Phys. 50 (1983), 209-214.
    """

    velocity: Array
    stress: Array
    forcing: Array | None
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., 1, *M)."""
        xp = namespace_of(u_hat)
        fields = self.band.to_grid(self.velocity * u_hat)
        u, v = _channels(fields, 0, 1, 2), _channels(fields, 1, 2, 2)
        products = self.band.to_band(xp.concat([(u - v) * (u + v), u * v], axis=-3))
        parts = self.stress * products
        out = _channels(parts, 0, 1, 2) + _channels(parts, 1, 2, 2)
        return out if self.forcing is None else out + self.forcing


def _masked(mask: Array | None, u_hat: Array) -> Array:
    return u_hat if mask is None else mask * u_hat


def _channels(u: Array, start: int, stop: int, dims: int) -> Array:
    return u[(..., slice(start, stop), *(slice(None),) * dims)]


def _gather(u: Array, picks: list[int], dims: int) -> Array:
    """Take channels by number: a view where they follow each other."""
    if picks == list(range(picks[0], picks[0] + len(picks))):
        return _channels(u, picks[0], picks[-1] + 1, dims)
    parts = [_channels(u, i, i + 1, dims) for i in picks]
    return namespace_of(u).concat(parts, axis=-dims - 1)


def _to_grids(band: Band, fields: list[Array]) -> list[Array]:
    """Transform several fields of the same shape at once."""
    dims, count = band.grid.dims, fields[0].shape[-band.grid.dims - 1]
    joined = fields[0]
    if len(fields) > 1:
        joined = namespace_of(*fields).concat(fields, axis=-dims - 1)
    u = band.to_grid(joined)
    return [_channels(u, i * count, (i + 1) * count, dims) for i in range(len(fields))]
