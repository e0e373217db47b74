"""Derivatives of constant coefficients on a box: one axis, gradient, divergence, Laplacian."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from xpde.core import backend_of
from xpde.errors import InvalidInput
from xpde.solvers import NEGATIVE, POSITIVE, Tags
from xpde.space.finite.affine import Affine, Source
from xpde.space.finite.axis import Axis
from xpde.space.finite.blocks import blocks
from xpde.space.finite.box import Box
from xpde.space.finite.formulas import Formula, at_points
from xpde.space.finite.line import Line
from xpde.space.finite.stencils import centered, one_sided
from xpde.space.finite.sums import AxisSum, Term

__all__ = ["assembled", "derivative", "divergence", "gradient", "laplacian", "second_derivative"]

Array = Any
Piece = tuple[int, Line | None, Formula, Any]
"""Axis, L, R with what is given at the walls, and the factor between them."""

NOT_SYMMETRIC = Tags(symmetric=False)


def derivative(
    box: Box,
    axis: int,
    order: int = 1,
    *,
    accuracy: int = 2,
    side: int = 0,
    closure: int | None = None,
    channels: int | None = None,
    like: Array | None = None,
) -> Affine:
    """Return u ↦ ∂_axis^order u at the points.

    Parameters
    ----------
    box
        Points and walls; states are (..., *N) of any leading axes.
    axis
        Space axis, counted from 0.
    order
        m ≥ 1.
    accuracy
        q, the order of the error where points are not next to a wall; even for centered stencils.
    side
        0: centered; 1: the points ahead (forward); -1: those behind (backward).
    closure
        Degree p of the polynomials that give points behind a wall; next to a wall the error is of
        order p + 1 - m. None is m + q - 1, hence order q everywhere; but for m = q = 2 it is 1
        between cells and 2 at nodes, the classical one that keeps second derivatives symmetric.
        Solutions of elliptic equations are of second order with it all the same.
    channels, like
        See :class:`~xpde.space.finite.AxisSum`; ``like`` gives it a home.

    Raises
    ------
    InvalidInput
        If there is no such axis or stencil, or fewer than p points between walls.
    """
    _check_axis(box, axis)
    line = _line(box.axes[axis], order, accuracy, side, closure)
    known = NOT_SYMMETRIC
    if order % 2 == 0 and side == 0 and _symmetric(box.axes[axis], order, accuracy, closure):
        known = POSITIVE if order % 4 == 0 else NEGATIVE
    return assembled(box, [(axis, None, line, None)], channels, known, like)


def second_derivative(axis: Axis, accuracy: int = 2, closure: int | None = None) -> Formula:
    """Return u ↦ ∂²u along an axis, see :func:`derivative`."""
    return _line(axis, 2, accuracy, 0, closure)


def laplacian(
    box: Box,
    *,
    accuracy: int = 2,
    closure: int | None = None,
    channels: int | None = None,
    like: Array | None = None,
) -> Affine:
    """Return u ↦ Δu = Σ_j ∂_j² u at the points.

    Of accuracy 2 it is symmetric and negative, but where the node of a wall is an unknown (layout
    ``nodes``, Neumann or Robin): there the product with the volumes of the points is, see
    :func:`~xpde.space.finite.weighted`. Constants are its null space if no wall is of Dirichlet or
    Robin kind: state it with ``Singular``.

    Parameters
    ----------
    box, accuracy, closure, channels, like
        See :func:`derivative`.
    """
    pieces: list[Piece] = [
        (j, None, second_derivative(axis, accuracy, closure), None)
        for j, axis in enumerate(box.axes)
    ]
    both = all(_symmetric(axis, 2, accuracy, closure) for axis in box.axes)
    return assembled(box, pieces, channels, NEGATIVE if both else NOT_SYMMETRIC, like)


def gradient(box: Box, *, accuracy: int = 2, closure: int | None = None) -> Affine:
    """Return u ↦ ∇u, (..., 1, *N) to (..., D, *N), centered, see :func:`derivative`."""
    how: dict[str, Any] = {"accuracy": accuracy, "closure": closure, "channels": 1}
    return blocks([[derivative(box, j, **how)] for j in range(box.dims)])


def divergence(
    boxes: Box | Sequence[Box], *, accuracy: int = 2, closure: int | None = None
) -> Affine:
    """Return u ↦ ∇·u, (..., D, *N) to (..., 1, *N), centered at the points.

    Parameters
    ----------
    boxes
        One for all components, or one for each, which may differ in what holds at the walls.
    accuracy, closure
        See :func:`derivative`.
    """
    each = [boxes] * boxes.dims if isinstance(boxes, Box) else list(boxes)
    if len(each) != each[0].dims:
        raise InvalidInput(
            f"divergence: expected a box for each of {each[0].dims} components, got {len(each)}"
        )
    how: dict[str, Any] = {"accuracy": accuracy, "closure": closure, "channels": 1}
    return blocks([[derivative(b, j, **how) for j, b in enumerate(each)]])


def assembled(
    box: Box,
    pieces: Sequence[Piece],
    channels: int | None,
    known: Tags,
    like: Array | None = None,
) -> Affine:
    """Put formulas of axes and what is given at the walls together."""
    home = None if like is None else backend_of(like).asarray(np.zeros(1), like=like)
    terms, factors, sources = [], [], []
    for axis, left, formula, factor in pieces:
        negative = axis - box.dims
        terms.append(Term(negative, left, formula.line))
        factors.append(factor)
        for lift, value in zip(formula.lifts, box.given(axis) or (0.0, 0.0), strict=True):
            if lift is None or (isinstance(value, (int, float)) and value == 0):
                continue
            side = tuple(1 if j == axis else n for j, n in enumerate(box.points))
            adds = AxisSum(side, (Term(negative, left, lift),), (factor,), channels)
            sources.append(Source(adds, value))
    linear = AxisSum(box.points, tuple(terms), tuple(factors), channels, known, home)
    return Affine(linear, tuple(sources))


def _line(axis: Axis, order: int, accuracy: int, side: int, closure: int | None) -> Formula:
    if order < 1:
        raise InvalidInput(f"derivative: expected an order of 1 or more, got {order}")
    offsets = one_sided(order, accuracy, side) if side else centered(order, accuracy)
    if closure is None:
        closure = _classical(axis) if (order, accuracy) == (2, 2) else order + accuracy - 1
    return at_points(axis, order, offsets, closure)


def _classical(axis: Axis) -> int:
    return 2 if axis.open(0) or axis.open(1) else 1


def _symmetric(axis: Axis, order: int, accuracy: int, closure: int | None) -> bool:
    """Tell whether a centered derivative of even order is symmetric."""
    if axis.periodic:
        return True
    classical = (order, accuracy) == (2, 2) and closure in (None, 1)
    return classical and not (axis.open(0) or axis.open(1))


def _check_axis(box: Box, axis: int) -> None:
    if axis not in range(box.dims):
        raise InvalidInput(f"derivative: expected an axis from 0 to {box.dims - 1}, got {axis}")
