"""Nonlinear terms of flows: a velocity that carries itself, its vorticity, or a scalar.

The conventions are those of :mod:`xpde.pde.terms`.
"""

from dataclasses import dataclass

from xpde.core import namespace_of, register_tree
from xpde.core.backend import Array
from xpde.pde.fields import channels, each_to_grid, joined_to_band, masked, to_bands
from xpde.space import Band, project

__all__ = ["Carried", "Projected", "Rotational", "Vorticity"]


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
        u, cross = _lamb(self.band, u_hat, self.curl, self.mask)
        square = sum((a * a for a in u[1:]), u[0] * u[0])
        products = joined_to_band(self.band, [*cross, square])
        square_hat = channels(products, dims, dims + 1, dims)
        slope = xp.concat([g * square_hat for g in self.gradient], axis=-dims - 1)
        return masked(self.mask, channels(products, 0, dims, dims)) + slope


@register_tree(static=("band",))
@dataclass(frozen=True)
class Projected:
    """Convection of an incompressible velocity, N̂ = P F[b u × ω], C = D in 2 or 3.

    P v = v - ∇Δ⁻¹∇·v removes the gradient, so -b (u·∇)u and b u × ω have the same projection for
    any u. 2D: 3 inverse and 2 forward transforms, 3D: 6 and 3. ``curl`` is b ∂_j before products,
    ``unit`` the wavevectors of :func:`xpde.space.project` after them.
    """

    curl: tuple[Array, ...]
    unit: Array
    mask: Array | None
    mask_after: Array | None
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., D, *M)."""
        _, cross = _lamb(self.band, u_hat, self.curl, self.mask)
        products = joined_to_band(self.band, cross)
        return project(masked(self.mask_after, products), self.unit)


@register_tree(static=("band",))
@dataclass(frozen=True)
class Vorticity:
    """Convection of 2D vorticity in Basdevant's form, two inverse and two forward transforms.

    ψ = Δ⁻¹ω, (U, V) = (∂_1 ψ, -∂_0 ψ), ω = ∂_1 U - ∂_0 V (clockwise rotation is positive)

    -b (U ∂_0 + V ∂_1) ω = -b (∂_0 ∂_1 (U² - V²) + (∂_1² - ∂_0²) UV)

    ``velocity`` (2, *M) holds the symbols from ω to (U, V), ``stress`` (2, *M) those of the
    products.

    Reference: Basdevant, J. Comput. Phys. 50 (1983), 209-214.
    """

    velocity: Array
    stress: Array
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., 1, *M)."""
        xp = namespace_of(u_hat)
        fields = self.band.to_grid(self.velocity * u_hat)
        u, v = channels(fields, 0, 1, 2), channels(fields, 1, 2, 2)
        products = self.band.to_band(xp.concat([(u - v) * (u + v), u * v], axis=-3))
        parts = self.stress * products
        return channels(parts, 0, 1, 2) + channels(parts, 1, 2, 2)


@register_tree(static=("band",))
@dataclass(frozen=True)
class Carried:
    """A passive scalar θ in a 2D flow: channels (ω, θ), the velocity from ω.

    N̂ = (:class:`Vorticity`, -b (∂_0 F[U θ] + ∂_1 F[V θ])); 3 inverse and 4 forward transforms.
    ``transport`` are -b ∂_j.
    """

    velocity: Array
    stress: Array
    transport: tuple[Array, Array]
    mask: Array | None
    band: Band

    def __call__(self, u_hat: Array) -> Array:
        """Return N̂ (..., 2, *M)."""
        xp = namespace_of(u_hat)
        omega, theta = channels(u_hat, 0, 1, 2), channels(u_hat, 1, 2, 2)
        fields = [self.velocity * omega, masked(self.mask, theta)]
        u, v, carried = each_to_grid(self.band, fields)
        products = [(u - v) * (u + v), u * v, u * carried, v * carried]
        first, second, east, north = to_bands(self.band, products)
        turning = channels(self.stress, 0, 1, 2) * first + channels(self.stress, 1, 2, 2) * second
        moving = self.transport[0] * east + self.transport[1] * north
        return xp.concat([turning, moving], axis=-3)


def _lamb(
    band: Band, u_hat: Array, curl: tuple[Array, ...], mask: Array | None
) -> tuple[list[Array], list[Array]]:
    """Return u and b u × ω at the grid points, a list of D components each."""
    dims = band.grid.dims
    part = [channels(u_hat, i, i + 1, dims) for i in range(dims)]
    planes = [(0, 1)] if dims == 2 else [(1, 2), (2, 0), (0, 1)]
    omega = [curl[i] * part[j] - curl[j] * part[i] for i, j in planes]
    fields = each_to_grid(band, [masked(mask, u_hat), *omega])
    u, w = fields[:dims], fields[dims:]
    if dims == 2:
        return u, [u[1] * w[0], -u[0] * w[0]]
    return u, [u[i] * w[j] - u[j] * w[i] for i, j in planes]
