"""Nonlinear terms N̂(û) on a band: transforms and a few products, scales folded into operators.

A term maps band arrays (..., C, *M) to band arrays of the same shape and is the right-hand side:
the minus sign that moves convection to the right is inside its operators. Here b is the scale on
the left-hand side, ∂_j the symbols of the band, F and I its transforms.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xpde.core import namespace_of, register_tree
from xpde.core.backend import Array
from xpde.pde.fields import (
    channels,
    gather,
    is_large,
    joined_to_band,
    masked,
    product_to_band,
    to_bands,
    to_grids,
)
from xpde.space import Band

__all__ = [
    "Affine",
    "Flux",
    "GradientNorm",
    "Pointwise",
    "Polynomial",
    "Quadratic",
    "Square",
    "Term",
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
        u = self.band.to_grid(masked(self.mask, u_hat))
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
        dims = self.band.grid.dims
        u = self.band.to_grid(masked(self.mask, u_hat))
        rows = [channels(u, i, dims, dims) * channels(u, i, i + 1, dims) for i in range(dims)]
        products = joined_to_band(self.band, rows)
        pairs = [(i, j) for i in range(dims) for j in range(i, dims)]
        out = None
        for j, operator in enumerate(self.operators):
            picks = [pairs.index((min(i, j), max(i, j))) for i in range(dims)]
            part = operator * gather(products, picks, dims)
            out = part if out is None else out + part
        return out


@register_tree(static=("band",))
@dataclass(frozen=True)
class GradientNorm:
    """N̂ = a F[|∇u|²] for one channel: the combustion form has a = -b/2, and 0 at k = 0.

    The zero of ``operator`` at k = 0 removes the mean, which conserves the mean of u. ``gradient``
    holds ∂_j: all of them in one array (D, *M), for one product and one inverse transform, or, for
    large fields, each in its own, shaped to broadcast. There is one forward transform.
    """

    operator: Array
    gradient: tuple[Array, ...]
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., 1, *M)."""
        first, *rest = (self._square(symbol * u_hat) for symbol in self.gradient)
        square = sum(rest, first) if rest else first
        return self.operator * self.band.to_band(square)

    def _square(self, slopes: Array) -> Array:
        return _square_sum(self.band.to_grid(slopes), self.band.grid.dims)


@register_tree(static=("band",))
@dataclass(frozen=True)
class Quadratic:
    """N̂ = a F[u²] + c F[|∇u|²] for one channel: one transform of u and its slopes, one of both.

    ``inputs`` (1 + D, *M) are the identity and ∂_j, ``outputs`` (2, *M) are a and c.
    """

    inputs: Array
    outputs: Array
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., 1, *M)."""
        xp, dims = namespace_of(u_hat), self.band.grid.dims
        fields = self.band.to_grid(self.inputs * u_hat)
        u, slopes = channels(fields, 0, 1, dims), channels(fields, 1, 1 + dims, dims)
        products = xp.concat([u * u, _square_sum(slopes, dims)], axis=-dims - 1)
        parts = self.outputs * self.band.to_band(products)
        return channels(parts, 0, 1, dims) + channels(parts, 1, 2, dims)


@register_tree(static=("lowest", "band"))
@dataclass(frozen=True)
class Polynomial:
    """N̂ = a F[u^m (c_m + c_{m+1} u + ...)] per channel; Horner in physical space.

    ``coefficients`` begin at ``lowest`` = m, so that powers which do not occur cost nothing.
    """

    coefficients: tuple[Any, ...]
    mask: Array | None
    operator: Array | None
    lowest: int
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., C, *M)."""
        u_hat = masked(self.mask, u_hat)
        if is_large(self.band) and not any(getattr(c, "ndim", 0) for c in self.coefficients):
            rate = product_to_band(self.band, self._rate, u_hat)
        else:  # coefficients that vary in space need the shape of the grid
            rate = self.band.to_band(self._rate(self.band.to_grid(u_hat)))
        return masked(self.operator, rate)

    def _rate(self, u: Array) -> Array:
        *lower, value = self.coefficients
        for coefficient in reversed(lower):
            value = value * u + coefficient
        for _ in range(self.lowest):
            value = u * value
        if not lower and not self.lowest:
            value = namespace_of(u).ones_like(u) * value
        return value


@register_tree(static=("fn", "band", "seen"))
@dataclass(frozen=True)
class Pointwise:
    """N̂ = Σ_o a_o F[f_o(s_1 û, s_2 û, ...)] for any function of values at the grid points.

    ``inputs`` are symbols before the products (the identity, derivatives, ...), each applied to
    all channels; ``fn(values, parameters, dims)`` gets one array (..., C, *N) per input, the tree
    of parameters and D, and returns one array per output; ``outputs`` are the symbols a_o after
    them, None for the identity. Keep ``fn`` a function of a module: a program is compiled for each.
    ``seen`` is the number of leading channels that the inputs hold, None for all.
    """

    inputs: tuple[Array | None, ...]
    outputs: tuple[Array | None, ...]
    parameters: Any
    fn: Callable[[list[Array], Any, int], Sequence[Array]]
    band: Band
    seen: int | None = None

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., C, *M)."""
        if self.seen is not None:
            u_hat = channels(u_hat, 0, self.seen, self.band.grid.dims)
        values = to_grids(self.band, [masked(s, u_hat) for s in self.inputs])
        rates = self.fn(values, self.parameters, self.band.grid.dims)
        rates = to_bands(self.band, list(rates))
        parts = [masked(a, rate) for a, rate in zip(self.outputs, rates, strict=True)]
        return sum(parts[1:], parts[0])


@register_tree()
@dataclass(frozen=True)
class Affine:
    """N̂ = (another term, or none) + a û + f̂: what stays explicit but needs no transform.

    ETDRK integrates a constant f̂ exactly.
    """

    term: Term
    linear: Array | None
    forcing: Array

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., C, *M)."""
        rest = self.forcing if self.linear is None else self.linear * u_hat + self.forcing
        return rest + u_hat * 0.0 if self.term is None else self.term(u_hat) + rest


def _square_sum(fields: Array, dims: int) -> Array:
    """Σ_c u_c² as one channel."""
    square = fields * fields
    parts = [channels(square, j, j + 1, dims) for j in range(square.shape[-dims - 1])]
    return sum(parts[1:], parts[0])
