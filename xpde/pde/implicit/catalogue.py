"""Equations in finite differences, by name; coefficients and signs are those of ``xpde.pde``."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from xpde.core import Tree
from xpde.errors import InvalidInput
from xpde.pde.implicit.evolution import Evolution
from xpde.pde.implicit.terms import Conductivity, Convection, Reaction, SlopeNorm
from xpde.solvers import Identity
from xpde.space.finite import Affine, Box, advection, derivative, diffusion, laplacian

__all__ = [
    "advection_diffusion",
    "burgers",
    "fisher_kpp",
    "generic",
    "heat",
    "kdv",
    "kuramoto_sivashinsky",
    "kuramoto_sivashinsky_conservative",
    "nonlinear_heat",
    "reaction_diffusion",
]

Array = Any


def heat(box: Box, diffusivity: Any = 1e-2, *, mean: str = "arithmetic") -> Evolution:
    """u_t = ∇·(ν ∇u).

    ``diffusivity`` is what :func:`xpde.space.finite.diffusion` takes: a number, a scalar array, a
    field of values at the points, or a host function of the points.
    """
    return Evolution(diffusion(box, diffusivity, mean=mean, channels=1), box, (), "heat")


def nonlinear_heat(
    box: Box, conductivity: Callable[[Tree, Array], Array], params: Tree = None
) -> Evolution:
    """u_t = ∇·(k(u) ∇u) with k(params, u) ≥ 0, a function of module level or one that is kept."""
    return Evolution(None, box, (Conductivity(conductivity, params),), "nonlinear_heat")


def advection_diffusion(
    box: Box, velocity: Any = 1.0, diffusivity: Any = 1e-2, *, scheme: str = "upwind"
) -> Evolution:
    """u_t + c·∇u = ν Δu.

    ``velocity`` is one number for all axes, a tuple of D numbers, or an array (..., D, *N);
    ``scheme`` is ``upwind`` (first order) or ``centered`` (second).
    """
    wind = (velocity,) * box.dims if isinstance(velocity, (int, float)) else velocity
    moved = advection(box, wind, scheme=scheme, channels=1)
    return Evolution(
        diffusion(box, diffusivity, channels=1) - moved, box, (), "advection_diffusion"
    )


def burgers(
    box: Box,
    diffusivity: Any = 1e-2,
    scale: Any = 1.0,
    *,
    form: str = "advective",
    scheme: str = "upwind",
    single_channel: bool = False,
) -> Evolution:
    """u_t + b (u·∇)u = ν Δu; see :class:`~xpde.pde.implicit.Convection` for form and scheme."""
    channels = 1 if single_channel else box.dims
    spread = diffusion(box, diffusivity, channels=channels)
    return Evolution(spread, box, (Convection(scale, form, scheme),), "burgers", channels)


def kdv(
    box: Box,
    scale: Any = -6.0,
    dispersivity: Any = 1.0,
    diffusivity: Any = 0.0,
    hyper_diffusivity: Any = 0.0,
    *,
    form: str = "conservative",
    scheme: str = "centered",
) -> Evolution:
    """u_t + b (u·∇)u + ξ Σ_j ∂_j³ u = ν Δu - ζ Σ_j ∂_j⁴ u, of one channel, centered differences."""
    line = (0.0, 0.0, diffusivity, -1.0 * dispersivity, -1.0 * hyper_diffusivity)
    return Evolution(_series(box, line), box, (Convection(scale, form, scheme),), "kdv")


def kuramoto_sivashinsky(
    box: Box, scale: Any = 1.0, second_order: Any = 1.0, fourth_order: Any = 1.0
) -> Evolution:
    """u_t + b/2 (|∇u|² - mean) + p_1 Δu + p_2 Σ_j ∂_j⁴ u = 0, the combustion form."""
    line = (0.0, 0.0, -1.0 * second_order, 0.0, -1.0 * fourth_order)
    return Evolution(_series(box, line), box, (SlopeNorm(scale),), "kuramoto_sivashinsky")


def kuramoto_sivashinsky_conservative(
    box: Box,
    scale: Any = 1.0,
    second_order: Any = 1.0,
    fourth_order: Any = 1.0,
    *,
    form: str = "conservative",
    scheme: str = "centered",
) -> Evolution:
    """u_t + b/2 ∇·(u ⊗ u) + p_1 Δu + p_2 Σ_j ∂_j⁴ u = 0, of one channel."""
    line = (0.0, 0.0, -1.0 * second_order, 0.0, -1.0 * fourth_order)
    terms = (Convection(scale, form, scheme),)
    return Evolution(_series(box, line), box, terms, "kuramoto_sivashinsky_conservative")


def fisher_kpp(box: Box, diffusivity: Any = 1e-2, reactivity: Any = 1.0) -> Evolution:
    """u_t = ν Δu + r u (1 - u)."""
    return reaction_diffusion(
        box, diffusivity, (0.0, reactivity, -1.0 * reactivity), name="fisher_kpp"
    )


def reaction_diffusion(
    box: Box,
    diffusivity: Any,
    reaction: Sequence[Any],
    *,
    channels: int = 1,
    name: str = "reaction_diffusion",
) -> Evolution:
    """u_t = ∇·(ν ∇u) + Σ_i c_i u^i."""
    spread = diffusion(box, diffusivity, channels=channels)
    return Evolution(spread, box, (Reaction(tuple(reaction)),), name, channels)


def generic(
    box: Box,
    linear: Sequence[Any] = (0.0, 0.0, 0.01),
    convection: Any = 0.0,
    *,
    channels: int = 1,
    form: str = "advective",
    scheme: str = "upwind",
) -> Evolution:
    """u_t = a_0 u + Σ_j (a_1 ∂_j + a_2 ∂_j² + a_3 ∂_j³ + a_4 ∂_j⁴) u + b (u·∇)u.

    Odd derivatives are one-sided and of first order with ``scheme="upwind"``, taken against their
    direction of transport; with ``centered``, all are of second order.

    Reference: Koehler & Thuerey (2025), the finite-difference stepper of the generic families.
    """
    terms = () if _is_zero(convection) else (Convection(-1.0 * convection, form, scheme),)
    constant = _series(box, tuple(linear), scheme, channels)
    return Evolution(constant, box, terms, "generic", channels)


def _series(
    box: Box, linear: Sequence[Any], scheme: str = "centered", channels: int = 1
) -> Affine | None:
    """Return Σ_i a_i Σ_j ∂_j^i as an affine map; None if all a_i are zero."""
    if len(linear) > 5:
        raise InvalidInput(f"generic: expected a_0 to a_4, got {len(linear)} coefficients")
    parts = []
    for order, a in enumerate(linear):
        if _is_zero(a):
            continue
        parts.append(_operator(box, order, a, scheme, channels) * a)
    return reduce(lambda x, y: x + y, parts) if parts else None


def _operator(box: Box, order: int, a: Any, scheme: str, channels: int) -> Affine:
    """Return Σ_j ∂_j^order."""
    if order == 0:
        return Affine(Identity((channels, *box.points)))
    if order == 2:
        return laplacian(box, channels=channels)
    if order % 2 == 0 or scheme == "centered":
        sums = [derivative(box, j, order, channels=channels) for j in range(box.dims)]
        return reduce(lambda x, y: x + y, sums)
    if not isinstance(a, (int, float)):
        raise InvalidInput(
            "generic: expected a number for an odd coefficient that is upwinded, got an array; "
            "use scheme='centered'"
        )
    # +a₁ u_x moves to the left, so a₁ > 0 looks ahead; the slope of u_xx in +a₃ u_xxx looks behind.
    side = 1 if (a > 0) == (order == 1) else -1
    sums = []
    for j in range(box.dims):
        slope = derivative(box, j, 1, accuracy=1, side=side, channels=channels)
        bend = derivative(box, j, 2, channels=channels)
        sums.append(slope if order == 1 else slope @ bend)
    return reduce(lambda x, y: x + y, sums)


def _is_zero(x: Any) -> bool:
    return isinstance(x, (int, float)) and x == 0
