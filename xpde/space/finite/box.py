"""The box: axes that are periodic or bounded, and what is given at their walls."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np

from xpde.core import register_tree
from xpde.errors import InvalidInput
from xpde.space.finite.axis import Axis
from xpde.space.finite.sides import Dirichlet, Neumann, Periodic, Robin, Side

__all__ = ["Box"]

Pair = tuple[Side, Side]
_KINDS = (Dirichlet, Neumann, Robin)
_CLOSED = Periodic()


@register_tree(static=("points", "extent", "layout"))
@dataclass(frozen=True, eq=False)
class Box:
    """A box of 1 to 3 axes with a condition at every wall, the domain of finite differences.

    Attributes
    ----------
    points
        N_j: unknowns per axis.
    extent
        L_j: length per axis; one number for all.
    sides
        One entry for all axes or one for each: a side, which then holds at both ends, or a pair
        (left, right). ``Periodic()`` closes an axis.
    layout
        ``cells`` (x_i = (i + ½) h) or ``nodes`` (x_i = (i + 1) h between Dirichlet walls; the node
        of a Neumann or Robin wall is an unknown), for all axes or for each; see
        :class:`~xpde.space.finite.Axis`. Periodic axes have x_i = i h, as ``Grid``.

    Raises
    ------
    InvalidInput
        If numbers of axes differ, sizes are not positive, one end alone is periodic, or what is
        given at a wall does not have its shape.
    """

    points: tuple[int, ...]
    extent: Any = 1.0
    sides: Any = _CLOSED
    layout: Any = "cells"

    def __post_init__(self) -> None:
        points = tuple(self.points)
        dims = len(points)
        if not 1 <= dims <= 3 or not all(isinstance(n, Integral) and n > 0 for n in points):
            raise InvalidInput(f"box: expected 1 to 3 positive integers for points, got {points}")
        extent = tuple(float(x) for x in _each("extent", self.extent, dims))
        if not all(math.isfinite(x) and x > 0 for x in extent):
            raise InvalidInput(f"box: expected positive lengths for extent, got {extent}")
        object.__setattr__(self, "points", tuple(int(n) for n in points))
        object.__setattr__(self, "extent", extent)
        object.__setattr__(self, "layout", tuple(_each("layout", self.layout, dims)))
        object.__setattr__(self, "sides", tuple(_pairs(self.sides, dims)))
        _ = self.axes  # each checks itself
        held = [
            tuple(self._placed(side, axis, end) for end, side in enumerate(pair))
            for axis, pair in enumerate(self.sides)
        ]
        object.__setattr__(self, "sides", tuple(held))

    @property
    def dims(self) -> int:
        """D, the number of axes."""
        return len(self.points)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes without what is given at their walls."""
        found = []
        for n, length, layout, (left, right) in zip(
            self.points, self.extent, self.layout, self.sides, strict=True
        ):
            if isinstance(left, Periodic) or isinstance(right, Periodic):
                found.append(Axis(n, length, layout))
            else:
                found.append(Axis(n, length, layout, left.condition, right.condition))
        return tuple(found)

    @property
    def spacing(self) -> tuple[float, ...]:
        """h_j for every axis."""
        return tuple(axis.spacing for axis in self.axes)

    def coordinates(self) -> np.ndarray:
        """Return x as (D, *N), host float64, ``indexing="ij"``."""
        return _mesh([axis.coordinates() for axis in self.axes])

    def faces(self, axis: int) -> np.ndarray:
        """Return the centers of the faces of an axis as (D, *M), host float64."""
        lines = [a.faces() if j == axis else a.coordinates() for j, a in enumerate(self.axes)]
        return _mesh(lines)

    def wall(self, axis: int, side: int) -> np.ndarray:
        """Return the points of a left (0) or right (1) wall, (D, *N) with length 1 on its axis."""
        lines = [a.coordinates() for a in self.axes]
        lines[axis] = np.asarray([self.extent[axis] * side])
        return _mesh(lines)

    def volumes(self) -> np.ndarray:
        """Return the volume of each point relative to ∏h: 1, halved at unknown nodes of walls."""
        return np.prod(_mesh([axis.volumes() for axis in self.axes]), axis=0)

    def given(self, axis: int) -> tuple[Any, Any] | None:
        """Return what is given at the left and the right wall; None for a periodic axis."""
        if self.axes[axis].periodic:
            return None
        left, right = self.sides[axis]
        return left.value, right.value

    def scaled(self, factor: Any) -> "Box":
        """Return the box with ``factor`` times what is given at every wall."""
        sides = tuple(
            tuple(
                side if isinstance(side, Periodic) else replace(side, value=factor * side.value)
                for side in pair
            )
            for pair in self.sides
        )
        return Box(self.points, self.extent, sides, self.layout)

    def _placed(self, side: Side, axis: int, end: int) -> Side:
        """Evaluate a function at the points of its wall, and check the shape of an array."""
        if isinstance(side, Periodic):
            return side
        value = side.value
        if callable(value):
            wall = self.wall(axis, end)
            value = np.asarray(value(wall), dtype=np.float64)
            if value.ndim < self.dims:
                value = np.broadcast_to(value, wall.shape[1:])
            side = replace(side, value=value)
        shape = tuple(getattr(value, "shape", ()))
        wanted = tuple(1 if j == axis else n for j, n in enumerate(self.points))
        own = shape[-self.dims :]
        if shape and (
            len(own) < self.dims or any(m not in (1, n) for m, n in zip(own, wanted, strict=True))
        ):
            raise InvalidInput(
                f"box: expected a number or an array (..., {', '.join(map(str, wanted))}) given at "
                f"a wall of axis {axis}, got shape {shape}"
            )
        return side


def _each(name: str, given: Any, dims: int) -> Sequence[Any]:
    """Return one entry per axis from one for all or one for each."""
    entries = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if len(entries) == 1:
        entries = entries * dims
    if len(entries) != dims:
        raise InvalidInput(f"box: expected {name} for {dims} axes or for all, got {len(entries)}")
    return entries


def _pairs(given: Any, dims: int) -> list[Pair]:
    """Return (left, right) for every axis."""
    if isinstance(given, (Periodic, *_KINDS)):
        given = (given,) * dims
    if dims == 1 and len(given) == 2:  # the pair itself
        given = (tuple(given),)
    pairs = [entry if isinstance(entry, (tuple, list)) else (entry, entry) for entry in given]
    if len(pairs) != dims or any(len(pair) != 2 for pair in pairs):
        raise InvalidInput(
            f"box: expected a side or a pair of sides for each of {dims} axes, got {len(pairs)}"
        )
    for axis, pair in enumerate(pairs):
        if not all(isinstance(side, (Periodic, *_KINDS)) for side in pair):
            raise InvalidInput(
                f"box: expected Periodic, Dirichlet, Neumann or Robin at axis {axis}, got {pair!r}"
            )
        if len({isinstance(side, Periodic) for side in pair}) > 1:
            raise InvalidInput(
                f"box: expected both ends of axis {axis} to be periodic or none, got one"
            )
    return [tuple(pair) for pair in pairs]


def _mesh(lines: list[np.ndarray]) -> np.ndarray:
    return np.stack(np.meshgrid(*lines, indexing="ij"))
