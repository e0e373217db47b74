"""Diffusion with coefficients that vary in space, in conservative form."""

from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of
from xpde.errors import unknown_name
from xpde.solvers import NEGATIVE
from xpde.solvers.inner import quotient
from xpde.space.finite.affine import Affine
from xpde.space.finite.box import Box
from xpde.space.finite.differences import NOT_SYMMETRIC, Piece, assembled
from xpde.space.finite.formulas import at_faces, face_difference

__all__ = ["MEANS", "diffusion", "face_values"]

Array = Any
Coefficient = Any
"""A number, an array at the points, or a host function of the points."""

MEANS = ("arithmetic", "harmonic")
"""How the coefficient of a face comes from the two points beside it."""


def diffusion(
    box: Box,
    nu: Coefficient | tuple[Coefficient, ...],
    *,
    mean: str = "arithmetic",
    channels: int | None = None,
    like: Array | None = None,
) -> Affine:
    """Return u ↦ ∇·(ν ∇u): differences of the fluxes ν_f (u_right - u_left)/h through the faces.

    What leaves a point through a face enters its neighbor, so Σ volume · A u is the flux through
    the walls; their conditions give it. Symmetric and negative under the conditions of
    :func:`laplacian`, which it is for ν = 1.

    Parameters
    ----------
    box
        Points and walls; states are (..., *N) of any leading axes.
    nu
        ν ≥ 0 (not checked): a number, a scalar array, an array (..., *N) of its values at the
        points (derivatives with respect to it exist), a host function of the points x (D, *M),
        which is then taken at the faces themselves, or a tuple of D of these, one for each axis.
    mean
        ``arithmetic``: (ν_l + ν_r)/2. ``harmonic``: 2 ν_l ν_r/(ν_l + ν_r), right where ν jumps
        between the points. At a wall half a spacing away from its point it is ν_0²/((ν_0 +
        ν_1)/2), of second order and never negative.
    channels
        See :class:`~xpde.space.finite.AxisSum`.
    like
        An array of the framework, precision and device on which values of a host function are
        placed, NumPy in double precision if None; see also :class:`~xpde.space.finite.AxisSum`.

    Raises
    ------
    InvalidInput
        If the mean has another name.
    """
    if mean not in MEANS:
        raise unknown_name("mean", str(mean), MEANS)
    each = nu if isinstance(nu, tuple) else (nu,) * box.dims
    pieces: list[Piece] = []
    for j, (axis, own) in enumerate(zip(box.axes, each, strict=True)):
        factor = face_values(box, j, own, mean, like)
        pieces.append((j, face_difference(axis), at_faces(axis, 1), factor))
    symmetric = not any(axis.open(side) for axis in box.axes for side in (0, 1))
    return assembled(box, pieces, channels, NEGATIVE if symmetric else NOT_SYMMETRIC, like)


def face_values(
    box: Box, axis: int, nu: Coefficient, mean: str = "arithmetic", like: Array | None = None
) -> Any:
    """Return a coefficient at the faces of an axis, see :func:`diffusion`."""
    if callable(nu):
        host = np.asarray(nu(box.faces(axis)), dtype=np.float64)
        return host if like is None else backend_of(like).asarray(host, like=like)
    own, negative = box.axes[axis], axis - box.dims
    if not getattr(nu, "shape", ()) or nu.shape[negative] == 1:
        return nu
    xp, rest = namespace_of(nu), [slice(None)] * (-negative - 1)

    def cut(start: int, stop: int | None) -> Array:
        return nu[(..., slice(start, stop), *rest)]

    n = own.points
    if own.periodic:
        return _mean(nu, xp.roll(nu, -1, axis=negative), mean)
    inner = _mean(cut(0, n - 1), cut(1, n), mean)
    first, last = cut(0, 1), cut(n - 1, n)
    second, before = (cut(1, 2), cut(n - 2, n - 1)) if n > 1 else (first, last)
    at_left = first if own.open(0) else first * quotient(first, 0.5 * (first + second))
    at_right = last if own.open(1) else last * quotient(last, 0.5 * (last + before))
    return xp.concat([at_left, inner, at_right], axis=negative)


def _mean(a: Array, b: Array, mean: str) -> Array:
    return 0.5 * (a + b) if mean == "arithmetic" else 2.0 * a * quotient(b, a + b)
