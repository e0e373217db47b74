"""Formulas of one axis: derivatives and means at the points and at the faces, walls included."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from xpde.errors import InvalidInput
from xpde.space.finite.axis import Axis
from xpde.space.finite.line import Lift, Line
from xpde.space.finite.stencils import Functional, fitted, stencil_weights

__all__ = [
    "Formula",
    "Ghosts",
    "at_faces",
    "at_points",
    "copied_mean",
    "face_difference",
    "ghosts",
    "upwind_sides",
    "walled",
    "wrapped",
]


class Formula(NamedTuple):
    """A u + g on one axis: the line A, and what is given at the left and right wall in g."""

    line: Line
    lifts: tuple[Lift | None, Lift | None] = (None, None)


class Ghosts(NamedTuple):
    """Ghosts of one wall, outward: weights of the points next to it and of what is given there."""

    weights: tuple[tuple[float, ...], ...]
    given: tuple[float, ...]


def ghosts(axis: Axis, side: int, positions: Sequence[Fraction], degree: int) -> Ghosts:
    """Return values at ``positions`` of the polynomial through points and the wall's condition.

    The polynomial has the given degree p: it has the values of the p points next to the wall and
    fulfils a u + b ∂ₙu = v at the wall. Positions are distances from the wall into the box in
    units of h, so those of ghosts are negative or zero. With p = 1 the ghost behind a wall
    between two points is 2v - u_0 (Dirichlet) or u_0 + h v (Neumann).
    """
    if degree > axis.points:
        raise InvalidInput(
            f"finite differences: expected {degree} points or more between the walls of an axis, "
            f"got {axis.points}"
        )
    inset, (a, b) = Fraction(axis.inset(side)), axis.condition(side)
    one = Fraction(1)
    # inward coordinate s = distance / h, hence ∂ₙ = -(1/h) d/ds
    wall: Functional = (
        (Fraction(0), 0, Fraction(a)),
        (Fraction(0), 1, -Fraction(b / axis.spacing)),
    )
    data = (*(((inset + j, 0, one),) for j in range(degree)), wall)
    rows = [fitted(((s, 0, one),), data) for s in positions]
    weights = tuple(tuple(float(w) for w in row[:-1]) for row in rows)
    return Ghosts(weights, tuple(float(row[-1]) for row in rows))


def copied(count: int) -> Ghosts:
    """Return ghosts equal to the point next to the wall, whatever its condition."""
    return Ghosts(((1.0,),) * count, (0.0,) * count)


def walled(
    axis: Axis,
    rows: int,
    taps: Sequence[tuple[int, float]],
    walls: tuple[Ghosts, Ghosts],
    ends: tuple[float, float] = (1.0, 1.0),
) -> Formula:
    """Put a stencil and the ghosts of both walls together; taps count from the first ghost."""
    left, right = walls
    before, after = left.weights[::-1], right.weights
    line = Line(axis.points, rows, tuple(taps), before, after, ends=ends)
    first = len(before) + axis.points
    at_left = [(len(before) - 1 - g, w) for g, w in enumerate(left.given)]
    at_right = [(first + g, w) for g, w in enumerate(right.given)]
    return Formula(line, (_lift(line, at_left), _lift(line, at_right)))


def _lift(line: Line, given: list[tuple[int, float]]) -> Lift | None:
    """Return what unit data at one wall add to the results, from their weights in the ghosts."""
    sums: dict[int, float] = {}
    for position, weight in given:
        for k, c in line.taps:
            row = position - k
            if weight * c != 0.0 and 0 <= row < line.rows:
                sums[row] = sums.get(row, 0.0) + weight * c
    if not sums:
        return None
    start, stop = min(sums), max(sums) + 1
    for row, factor in ((0, line.ends[0]), (line.rows - 1, line.ends[1])):
        if row in sums:
            sums[row] *= factor
    return Lift(line.rows, start, tuple(sums.get(i, 0.0) for i in range(start, stop)))


def wrapped(points: int, offsets: Sequence[int], weights: Sequence[float]) -> Line:
    """Return a periodic line; offsets are taken modulo the number of points."""
    sums: dict[int, float] = {}
    for s, w in zip(offsets, weights, strict=True):
        near = (s + points // 2) % points - points // 2
        sums[near] = sums.get(near, 0.0) + w
    left = max(0, -min(sums))
    right = max(0, *sums)
    taps = tuple((left + s, w) for s, w in sorted(sums.items()))
    return Line(points, points, taps, wrap=(left, right))


def at_points(
    axis: Axis, derivative: int, offsets: Sequence[int], closure: int, factor: float = 1.0
) -> Formula:
    """Return ``factor`` times a derivative at the points from the points at ``offsets``.

    Points behind a wall are those of a polynomial of degree ``closure``, see :func:`ghosts`.
    """
    scale = factor / axis.spacing**derivative
    weights = [float(w) * scale for w in stencil_weights(offsets, derivative)]
    taps = [(s, w) for s, w in zip(offsets, weights, strict=True) if w != 0.0]
    if axis.periodic:
        return Formula(wrapped(axis.points, *zip(*taps, strict=True)))
    used = [s for s, _ in taps]
    left, right = max(0, -min(used)), max(0, *used)
    walls = tuple(
        ghosts(axis, side, [Fraction(axis.inset(side)) - 1 - g for g in range(count)], closure)
        for side, count in ((0, left), (1, right))
    )
    return walled(axis, axis.points, [(left + s, w) for s, w in taps], walls)  # type: ignore[arg-type]


def at_faces(axis: Axis, derivative: int) -> Formula:
    """Return the mean (0) or the difference quotient (1) of the two points beside every face.

    At a wall the condition gives it. Where the wall's node is an unknown, its mean is that node.
    """
    h = axis.spacing
    low, high = (0.5, 0.5) if derivative == 0 else (-1.0 / h, 1.0 / h)
    if axis.periodic:
        return Formula(wrapped(axis.points, (0, 1), (low, high)))
    walls = []
    for side in (0, 1):
        copy = derivative == 0 and axis.open(side)
        outside = [Fraction(axis.inset(side)) - 1]
        walls.append(copied(1) if copy else ghosts(axis, side, outside, 1))
    return walled(axis, axis.points + 1, [(0, low), (1, high)], (walls[0], walls[1]))


def face_difference(axis: Axis) -> Line:
    """Return (f_right - f_left) / volume at the points from values at the faces."""
    h, n = axis.spacing, axis.points
    if axis.periodic:
        return wrapped(n, (-1, 0), (-1.0 / h, 1.0 / h))
    first, last = (2.0 if axis.open(side) else 1.0 for side in (0, 1))
    return Line(n + 1, n, ((0, -1.0 / h), (1, 1.0 / h)), ends=(first, last))


def copied_mean(axis: Axis) -> Line:
    """Return the mean of the two points beside every face; behind a wall a copy of the point."""
    if axis.periodic:
        return at_faces(axis, 0).line
    one, n = copied(1).weights, axis.points
    return Line(n, n + 1, ((0, 0.5), (1, 0.5)), before=one, after=one)


def upwind_sides(axis: Axis) -> tuple[Formula, Formula]:
    """Return the value left and right of every face; outside of a wall that of the wall."""
    n = axis.points
    if axis.periodic:
        return Formula(wrapped(n, (0,), (1.0,))), Formula(wrapped(n, (1,), (1.0,)))
    none = Ghosts((), ())
    walls = [
        copied(1) if axis.open(side) else ghosts(axis, side, [Fraction(0)], 1) for side in (0, 1)
    ]
    left = walled(axis, n + 1, [(0, 1.0)], (walls[0], none))
    right = walled(axis, n + 1, [(0, 1.0)], (none, walls[1]))
    return left, right
