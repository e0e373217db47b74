"""Transport by a frozen wind: advective, conservative and skew, centered and upwind."""

from typing import Any

from xpde.errors import unknown_name
from xpde.space.finite.affine import Affine
from xpde.space.finite.box import Box
from xpde.space.finite.differences import NOT_SYMMETRIC, Piece, assembled
from xpde.space.finite.formulas import Formula, at_faces, at_points, face_difference, upwind_sides
from xpde.space.finite.line import Line
from xpde.space.finite.stencils import centered, one_sided
from xpde.space.finite.wind import beside, component, face_wind, parts

__all__ = ["FORMS", "WINDS", "advection", "convection", "upwind"]

Wind = Any

FORMS = ("advective", "conservative", "skew")
"""(w·∇)u, ∇·(w u), and their mean."""

WINDS = ("zero-fixed", "plain")
"""Where upwind differences read the wind: at the faces beside a point, or at the point."""


def upwind(
    box: Box,
    wind: Wind,
    *,
    variant: str = "zero-fixed",
    accuracy: int = 1,
    walls: Box | None = None,
    channels: int | None = None,
) -> Affine:
    """Return u ↦ (w·∇)u with differences against the wind: Σ_d w_d⁺ D_d⁻u + w_d⁻ D_d⁺u.

    =============  ==================================  ==================================
    variant        w⁺                                  w⁻
    =============  ==================================  ==================================
    ``zero-fixed`` max((w_i + w_{i-1})/2, 0)           min((w_i + w_{i+1})/2, 0)
    ``plain``      max(w_i, 0)                         min(w_i, 0)
    =============  ==================================  ==================================

    With w = u of one channel the first is the difference of the flux u²/2 through the faces: Σ_i
    of it vanishes on a periodic axis, and shocks have the right speed; that of the second does not.
    With a wind that is frozen at another state neither is conservative. Where the zero-fixed
    wind changes its sign from minus to plus, at the middle of a rarefaction, no term acts on the
    point (there is no entropy fix).

    Parameters
    ----------
    box
        Points and walls; states are (..., C, *N), each channel carried by the same wind.
    wind
        w: an array (..., D, *N), derivatives with respect to which exist, or a tuple of D numbers.
    variant
        One of ``WINDS``.
    accuracy
        Order of the one-sided differences: 1 (monotone) or more.
    walls
        A box whose conditions are those of the wind, for its value at the walls; None: that of
        the point next to them. ``walls=box`` if the wind is a state itself.
    channels
        See :class:`~xpde.space.finite.AxisSum`; C if the channels are one system.

    Raises
    ------
    InvalidInput
        If the variant has another name or the wind another shape.

    Reference: Roe, Approximate Riemann solvers, J. Comput. Phys. 43 (1981), for a scalar law.
    """
    if variant not in WINDS:
        raise unknown_name("variant", str(variant), WINDS)
    pieces: list[Piece] = []
    for d, axis in enumerate(box.axes):
        if variant == "plain":
            left = right = component(box, wind, d)
        else:
            left, right = beside(box, face_wind(box, wind, d, walls), d)
        for side, factor in ((-1, parts(left)[0]), (1, parts(right)[1])):
            formula = at_points(axis, 1, one_sided(1, accuracy, side), accuracy)
            pieces.append((d, None, formula, factor))
    return assembled(box, pieces, channels, NOT_SYMMETRIC)


def convection(box: Box, wind: Wind, factor: Any = -1.0, **how: Any) -> Affine:
    """Return u ↦ b (w·∇)u upwind, b = ``factor``, as it stands in u_t = b (w·∇)u.

    The velocity is c = -b w, and differences are taken against it: b (w·∇)u = -(c⁺D⁻ + c⁻D⁺)u, for
    b of both signs. b may be a number or a scalar array.

    Parameters
    ----------
    box, wind
        See :func:`upwind`.
    factor
        b.
    how
        ``variant``, ``accuracy``, ``walls``, ``channels`` of :func:`upwind`.
    """
    if isinstance(wind, (tuple, list)):
        velocity: Any = tuple(-1.0 * factor * w for w in wind)
    else:
        velocity = -1.0 * factor * wind
    if how.get("walls") is not None:
        how = {**how, "walls": how["walls"].scaled(-1.0 * factor)}
    return -upwind(box, velocity, **how)


def advection(
    box: Box,
    wind: Wind,
    *,
    form: str = "advective",
    scheme: str = "centered",
    accuracy: int = 2,
    walls: Box | None = None,
    channels: int | None = None,
) -> Affine:
    """Return u ↦ the transport of u by a wind.

    ================  =====================================  ===============================
    form              continuous                             discrete, w_f = mean of w
    ================  =====================================  ===============================
    ``advective``     (w·∇)u                                 w_i D u, or :func:`upwind`
    ``conservative``  ∇·(w u)                                D_f (w_f u_f)
    ``skew``          (w·∇)u + ½ u ∇·w = ∇·(w u) - ½ u ∇·w   D_f (w_f u_f) - ½ u D_f w_f
    ================  =====================================  ===============================

    u_f is the mean of the points beside a face (centered), or the one against the wind (upwind).
    Σ volume · A u of the conservative form is the flux through the walls. The skew form with
    centered means is antisymmetric on periodic axes for every wind, so that ⟨u, A u⟩ = 0.

    Parameters
    ----------
    box, wind, walls, channels
        See :func:`upwind`.
    form
        One of ``FORMS``.
    scheme
        ``centered`` or ``upwind``.
    accuracy
        Of the centered advective form, even; the others have 2, and 1 upwind.

    Raises
    ------
    InvalidInput
        If a name is another one or the wind has another shape.
    """
    if form not in FORMS:
        raise unknown_name("form", str(form), FORMS)
    if scheme not in ("centered", "upwind"):
        raise unknown_name("scheme", str(scheme), ("centered", "upwind"))
    pieces: list[Piece] = []
    if form == "advective":
        if scheme == "upwind":
            return upwind(box, wind, walls=walls, channels=channels)
        for d, axis in enumerate(box.axes):
            formula = at_points(axis, 1, centered(1, accuracy), accuracy)
            pieces.append((d, None, formula, component(box, wind, d)))
        return assembled(box, pieces, channels, NOT_SYMMETRIC)
    for d, axis in enumerate(box.axes):
        w, difference = face_wind(box, wind, d, walls), face_difference(axis)
        if scheme == "centered":
            pieces.append((d, difference, at_faces(axis, 0), w))
        else:
            sides = zip(upwind_sides(axis), parts(w), strict=True)
            pieces += [(d, difference, formula, part) for formula, part in sides]
        if form == "skew":
            change = difference(w, d - box.dims) if getattr(w, "shape", ()) else 0.0
            identity = Line(axis.points, axis.points, ((0, 1.0),))
            pieces.append((d, None, Formula(identity), -0.5 * change))
    return assembled(box, pieces, channels, NOT_SYMMETRIC)
