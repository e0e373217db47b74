"""The staggered (marker-and-cell) grid: velocities on faces, pressure in cells."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xpde.core import namespace_of, register_tree
from xpde.errors import InvalidInput, unknown_name
from xpde.solvers import GENERAL, NEGATIVE
from xpde.space.finite.affine import Affine
from xpde.space.finite.axis import Axis
from xpde.space.finite.blocks import blocks
from xpde.space.finite.box import Box
from xpde.space.finite.differences import NOT_SYMMETRIC, assembled, laplacian
from xpde.space.finite.embedded import embedded
from xpde.space.finite.faces import backward, corners, forward
from xpde.space.finite.formulas import Formula
from xpde.space.finite.sides import Dirichlet, Neumann, Periodic
from xpde.space.finite.transport import upwind

__all__ = ["CROSS", "Staggered", "Wall"]

Array = Any

CROSS = ("exact", "implicax")
"""Which faces a mean over four of them takes: those around its point, or the reference's."""


@register_tree()
@dataclass(frozen=True, eq=False)
class Wall:
    """A wall that moves, or lets something through.

    Attributes
    ----------
    velocity
        One number for all components or one entry for each: a number, a host function of the points
        x (D, *side), or an array along the wall, as for :class:`~xpde.space.finite.Dirichlet`. Its
        component along the normal is a flow through the wall, 0 for a closed one.
    """

    velocity: Any = 0.0


@register_tree(static=("points", "extent"))
@dataclass(frozen=True, eq=False)
class Staggered:
    """N cells of a box of 2 or 3 axes; component d of a velocity lives on the faces of axis d.

    Pressure is (..., 1, *N) in the cells, velocity (..., D, *N): entry i of component d is the face
    right of cell i, half a cell ahead on axis d. Cells are at i h on a periodic axis (as ``Grid``)
    and at (i + ½) h between walls. There the last face is the right wall; its entry is not an
    unknown: operators do not read it and give 0 for it, and the velocity of the wall is what is
    stated here. With the plain sums over entries ⟨div u, p⟩ = -⟨u, grad p⟩ holds exactly, and div
    grad is the compact Laplacian.

    Attributes
    ----------
    points, extent
        N_j and L_j.
    components
        A box for each component: its faces that are unknowns, and the velocity of the walls.

    Make it with :meth:`build`.

    Reference: Harlow & Welch, Numerical calculation of time-dependent viscous incompressible flow,
    Phys. Fluids 8 (1965).
    """

    points: tuple[int, ...]
    extent: tuple[float, ...]
    components: tuple[Box, ...]

    @classmethod
    def build(cls, points: tuple[int, ...], extent: Any = 1.0, walls: Any = None) -> "Staggered":
        """Return the grid.

        Parameters
        ----------
        points
            Cells per axis, 2 or 3 axes, 2 or more between walls.
        extent
            Lengths, or one for all.
        walls
            None: periodic. A ``Wall()`` at all sides. Or an entry for each axis: None (periodic), a
            wall for both sides, or a pair (left, right).

        Raises
        ------
        InvalidInput
            If shapes or numbers of axes do not fit.
        """
        plain = Box(points, extent)
        dims = plain.dims
        if dims == 1:
            raise InvalidInput("staggered: expected 2 or 3 axes, got 1; in 1D use Box")
        pairs = _pairs(walls, dims)
        for j, pair in enumerate(pairs):
            if pair is not None and plain.points[j] < 2:
                raise InvalidInput(
                    f"staggered: expected 2 cells or more between walls, got 1 ({j})"
                )
        components = tuple(_component(plain, pairs, d) for d in range(dims))
        return cls(plain.points, plain.extent, components)

    @property
    def dims(self) -> int:
        """D, 2 or 3."""
        return len(self.points)

    @property
    def cells(self) -> Box:
        """The box of the pressure, with zero slope at the walls."""
        sides = [Periodic() if a.periodic else Neumann() for a in self._axes]
        return Box(self.points, self.extent, sides)

    def coordinates(self, component: int) -> np.ndarray:
        """Return the points of a component, (D, *N), host float64; those of a right wall too."""
        h = self.cells.spacing
        shift = [0.5 * h[j] if j == component else 0.0 for j in range(self.dims)]
        return self.cells.coordinates() + np.reshape(shift, (-1, *(1,) * self.dims))

    def divergence(self) -> Affine:
        """Return u ↦ ∇·u, (..., D, *N) to (..., 1, *N): differences of the faces of each cell."""
        row = [
            self._full(assembled(b, [(d, None, backward(b.axes[d], 1), None)], 1, NOT_SYMMETRIC))
            for d, b in enumerate(self.components)
        ]
        return blocks([row])

    def gradient(self) -> Affine:
        """Return p ↦ ∇p at the faces, (..., 1, *N) to (..., D, *N); 0 at walls."""
        column = []
        for d in range(self.dims):
            formula = Formula(forward(self._cell_axis(d), 1))
            column.append([self._full(self._along(d, formula))])
        return blocks(column)

    def laplacian(self, like: Array | None = None) -> Affine:
        """Return u ↦ Δu of every component, (..., D, *N): symmetric and negative.

        Walls give the component along their normal at their faces, and the others half a cell
        outside of the last points, by a ghost.

        Parameters
        ----------
        like
            See :func:`~xpde.space.finite.derivative`.
        """
        own = [self._full(laplacian(box, channels=1, like=like)) for box in self.components]
        return _diagonal(own, known=NEGATIVE)

    def vorticity(self, cross: str = "exact") -> Affine:
        """Return u ↦ ω at the edges right of each cell, of the signs of :func:`xpde.space.curl`.

        D = 2: ω = ∂_1 u_0 - ∂_0 u_1 at the corners (i + ½, j + ½), (..., 1, *N)

        D = 3: ω = ∇ × u, (..., 3, *N), component k half a cell ahead on the two other axes

        At the edges on a right wall the slope along the wall of the velocity through the wall is
        left out (it vanishes where that velocity is the same all over the wall).

        Parameters
        ----------
        cross
            ``exact``; ``implicax`` takes differences from the other side, which is half a cell off
            in each term. Periodic grids only.
        """
        self._check_cross(cross)

        def slope(d: int, j: int) -> Affine:
            box = self.components[d]
            formula = corners(box.axes[j], behind=cross == "implicax")
            return self._full(assembled(box, [(j, None, formula, None)], 1, NOT_SYMMETRIC))

        if self.dims == 2:
            return blocks([[slope(0, 1), -slope(1, 0)]])
        rows: list[list[Affine | None]] = []
        for i, j in ((1, 2), (2, 0), (0, 1)):
            row: list[Affine | None] = [None, None, None]
            row[j], row[i] = slope(j, i), -slope(i, j)
            rows.append(row)
        return blocks(rows)

    def average(self, source: int, target: int, cross: str = "exact") -> Affine:
        """Return the mean of component ``source`` over the four faces around those of ``target``.

        (..., 1, *N) to (..., 1, *N). Around face i + ½ on axis d = ``target`` of cell j on
        axis s = ``source`` lie the faces of s of the cells {i, i + 1} x {j, j - 1}.

        Parameters
        ----------
        source, target
            Components that differ.
        cross
            ``exact``; ``implicax`` takes the cells {i, i - 1} x {j, j + 1}, which lie around the
            faces left of cells: one cell off in each direction, a first-order error. Periodic grids
            only.
        """
        self._check_cross(cross)
        if source == target or not {source, target} <= set(range(self.dims)):
            raise InvalidInput(
                f"average: expected two components from 0 to {self.dims - 1}, got {source} and "
                f"{target}"
            )
        box, flip = self.components[source], cross == "implicax"
        axis = box.axes[source]
        first = Formula(forward(axis, 0)) if flip else backward(axis, 0)
        onto = self._cell_axis(target)
        second = backward(onto, 0) if flip else Formula(forward(onto, 0))
        across = assembled(box, [(source, None, first, None)], 1, GENERAL)
        return self._full(self._along(target, second) @ across)

    def winds(self, velocity: Array, target: int, cross: str = "exact") -> Array:
        """Return all components of a velocity (..., D, *N) at the faces of one, (..., D, *M).

        M is the shape of the unknowns of the component: one less on its axis if that has walls.
        """
        found = []
        for j in range(self.dims):
            w = velocity[(..., slice(j, j + 1), *[slice(None)] * self.dims)]
            found.append(w if j == target else self.average(j, target, cross)(w))
        box, xp = self.components[target], namespace_of(velocity)
        return xp.concat(found, axis=-self.dims - 1)[(..., *[slice(0, n) for n in box.points])]

    def upwind(
        self, wind: Array, *, variant: str = "zero-fixed", cross: str = "exact", accuracy: int = 1
    ) -> Affine:
        """Return u ↦ (w·∇)u of every component, (..., D, *N), against a frozen wind (..., D, *N).

        The other components of the wind are means of four faces, :meth:`average`; see
        :func:`~xpde.space.finite.upwind`. Derivatives with respect to the wind exist.
        """
        own = []
        for d, box in enumerate(self.components):
            winds, walls = self.winds(wind, d, cross), self._wind_walls(d)
            made = upwind(box, winds, variant=variant, walls=walls, accuracy=accuracy, channels=1)
            own.append(self._full(made))
        return _diagonal(own, known=NOT_SYMMETRIC)

    @property
    def _axes(self) -> tuple[Axis, ...]:
        """An axis of each kind: that of the faces."""
        return tuple(box.axes[d] for d, box in enumerate(self.components))

    def _cell_axis(self, axis: int) -> Axis:
        return self.cells.axes[axis]

    def _along(self, axis: int, formula: Formula) -> Affine:
        return assembled(self.cells, [(axis, None, formula, None)], 1, NOT_SYMMETRIC)

    def _full(self, inner: Affine) -> Affine:
        full = (1, *self.points)
        return embedded(inner, full, full)

    def _wind_walls(self, target: int) -> Box:
        """Return the box of a component with the flow through each wall given at it."""
        box = self.components[target]
        sides: list[Any] = []
        for j, pair in enumerate(box.sides):
            given = self.components[j].given(j)
            if given is None:
                sides.append(pair)
                continue
            own = [self._onto(value, target) if j != target else value for value in given]
            sides.append(tuple(replace(s, value=v) for s, v in zip(pair, own, strict=True)))
        return Box(box.points, box.extent, sides, box.layout)

    def _onto(self, value: Any, target: int) -> Any:
        """Return a value along a wall at the faces of an axis in the wall."""
        negative = target - self.dims
        if not getattr(value, "shape", ()) or value.shape[negative] == 1:
            return value
        return forward(self._cell_axis(target), 0)(value, negative)

    def _check_cross(self, cross: str) -> None:
        if cross not in CROSS:
            raise unknown_name("cross", str(cross), CROSS)
        if cross != "exact" and not all(axis.periodic for axis in self._axes):
            raise InvalidInput(
                f"staggered: expected a periodic grid for cross={cross!r}, got walls"
            )


def _diagonal(entries: list[Affine], known: Any) -> Affine:
    rows = [[a if i == j else None for j in range(len(entries))] for i, a in enumerate(entries)]
    return blocks(rows, known)


def _pairs(walls: Any, dims: int) -> list[tuple[Wall, Wall] | None]:
    """Return None or (left, right) for every axis."""
    each = (walls,) * dims if walls is None or isinstance(walls, Wall) else tuple(walls)
    pairs = [(w, w) if isinstance(w, Wall) else w for w in each]
    fits = [p is None or (len(p) == 2 and all(isinstance(w, Wall) for w in p)) for p in pairs]
    if len(pairs) != dims or not all(fits):
        raise InvalidInput(
            f"staggered: expected None, a Wall or a pair of walls for each of {dims} axes, got "
            f"{walls!r}"
        )
    return pairs


def _component(plain: Box, pairs: list[tuple[Wall, Wall] | None], d: int) -> Box:
    """Return the box of the faces of axis d, with the d-th velocity of every wall."""
    points, layouts = list(plain.points), []
    sides: list[Any] = []
    for j, pair in enumerate(pairs):
        layouts.append("nodes" if j == d else "cells")
        if pair is None:
            sides.append((Periodic(), Periodic()))
            continue
        points[j] -= j == d
        given = [_entry(wall.velocity, d, plain.dims) for wall in pair]
        if pairs[d] is None:
            given = [_ahead(value, d, plain.spacing[d]) for value in given]
        sides.append(tuple(Dirichlet(value) for value in given))
    return Box(tuple(points), plain.extent, sides, layouts)


def _entry(velocity: Any, d: int, dims: int) -> Any:
    if not isinstance(velocity, (tuple, list)):
        return velocity
    if len(velocity) != dims:
        raise InvalidInput(f"wall: expected a velocity of {dims} components, got {len(velocity)}")
    return velocity[d]


def _ahead(value: Any, d: int, h: float) -> Any:
    """Return a function of points that is read half a cell ahead on a periodic axis."""
    if not callable(value):
        return value

    def shifted(x: np.ndarray) -> Any:
        unit = np.reshape(np.arange(len(x)) == d, (-1, *(1,) * (x.ndim - 1)))
        return value(x + 0.5 * h * unit)

    return shifted
