"""Formulas between cells and the faces that are unknowns: those between the walls."""

from fractions import Fraction

from xpde.space.finite.axis import Axis
from xpde.space.finite.formulas import Formula, Ghosts, ghosts, walled, wrapped
from xpde.space.finite.line import Line

__all__ = ["backward", "corners", "forward"]


def forward(axis: Axis, derivative: int) -> Line:
    """Return cells to faces: mean (0) or difference quotient (1) of the cells i and i + 1."""
    low, high = _weights(axis, derivative)
    if axis.periodic:
        return wrapped(axis.points, (0, 1), (low, high))
    return Line(axis.points, axis.points - 1, ((0, low), (1, high)))


def backward(axis: Axis, derivative: int) -> Formula:
    """Return faces to cells: mean or difference quotient of the faces i - 1 and i, with the walls.

    The axis is that of the faces between the walls (layout ``nodes``).
    """
    low, high = _weights(axis, derivative)
    if axis.periodic:
        return Formula(wrapped(axis.points, (-1, 0), (low, high)))
    at_walls = tuple(ghosts(axis, side, [Fraction(0)], 0) for side in (0, 1))
    taps = [(0, low), (1, high)]
    return walled(axis, axis.points + 1, taps, (at_walls[0], at_walls[1]))


def corners(axis: Axis, behind: bool = False) -> Formula:
    """Return cells to corners: (u_{i+1} - u_i)/h, at a wall with the ghost behind it.

    ``behind`` takes (u_i - u_{i-1})/h instead, on periodic axes.
    """
    low, high = _weights(axis, 1)
    if axis.periodic:
        return Formula(wrapped(axis.points, (-1, 0) if behind else (0, 1), (low, high)))
    none = Ghosts((), ())
    outside = ghosts(axis, 1, [Fraction(-1, 2)], 1)
    return walled(axis, axis.points, [(0, low), (1, high)], (none, outside))


def _weights(axis: Axis, derivative: int) -> tuple[float, float]:
    h = axis.spacing
    return (0.5, 0.5) if derivative == 0 else (-1.0 / h, 1.0 / h)
