"""Transfers between a grid and the one of twice the spacing."""

from dataclasses import dataclass
from typing import Any

from xpde.core import namespace_of, register_tree
from xpde.core.zeros import zeros_beside
from xpde.errors import InvalidInput
from xpde.solvers.operator import LinearOperator

__all__ = ["Prolongation", "Restriction", "coarse_points"]

Array = Any


def coarse_points(n: int, periodic: bool, cells: bool = False) -> int | None:
    """Return the points of the coarse axis, at least two (one between walls); None if n has none.

    n/2 of an even periodic axis and of an even number of cells, (n - 1)/2 of an odd number of
    nodes between walls.
    """
    if periodic or cells:
        return n // 2 if n % 2 == 0 and n >= 4 else None
    return (n - 1) // 2 if n % 2 == 1 and n >= 3 else None


@register_tree(static=("fine", "periodic", "cells"))
@dataclass(frozen=True, eq=False)
class Prolongation(LinearOperator):
    """P: linear interpolation from the coarse grid to the fine one, axis by axis.

    Nodes, periodic: coarse node I is fine node 2I; between walls it is 2I + 1, and x is 0 on the
    walls. Fine nodes between get the mean of their neighbors. Cells: fine cells 2I and 2I + 1 get
    3/4 of coarse cell I and 1/4 of the next one on their side, which at a wall is I itself.

    Pᵀ is exact; Pᵀ/2ᵈ is full weighting, :class:`Restriction`.

    Attributes
    ----------
    fine
        Points of the fine grid.
    periodic
        Whether each axis is.
    cells
        Whether unknowns belong to cells and not to nodes.

    Raises
    ------
    InvalidInput
        If an axis has no coarse one.
    """

    fine: tuple[int, ...]
    periodic: tuple[bool, ...]
    cells: bool = False

    def __post_init__(self) -> None:
        ends = zip(self.fine, self.periodic, strict=True)
        if None in [coarse_points(n, p, self.cells) for n, p in ends]:
            raise InvalidInput(
                "prolongation: expected even periodic axes and odd axes between walls (cells: "
                f"even axes), got {self.fine} with periodic={self.periodic}"
            )

    @property
    def domain(self) -> tuple[int, ...]:
        """Points of the coarse grid."""
        ends = zip(self.fine, self.periodic, strict=True)
        return tuple(coarse_points(n, p, self.cells) or 0 for n, p in ends)

    @property
    def codomain(self) -> tuple[int, ...]:
        """Points of the fine grid."""
        return self.fine

    def __call__(self, x: Array) -> Array:
        """Return P x."""
        d = len(self.fine)
        for a, wraps in enumerate(self.periodic):
            x = _spread_cells(x, a - d, wraps) if self.cells else _spread(x, a - d, wraps)
        return x

    def weighting(self) -> LinearOperator:
        """Return R = Pᵀ/2ᵈ."""
        return Restriction(self.fine, self.periodic, self.cells)

    def transpose(self) -> LinearOperator:
        """Return Pᵀ."""
        return Restriction(self.fine, self.periodic, self.cells, scale=2.0)


@register_tree(static=("fine", "periodic", "cells", "scale"))
@dataclass(frozen=True, eq=False)
class Restriction(LinearOperator):
    """R = (s/2)ᵈ Pᵀ: full weighting for s = 1, the transpose of interpolation for s = 2.

    Full weighting of nodes is 1/4, 1/2, 1/4 on every axis, of cells (away from walls)
    1/8, 3/8, 3/8, 1/8; constants stay what they are.

    Attributes
    ----------
    fine, periodic, cells
        As for :class:`Prolongation`.
    scale
        s.
    """

    fine: tuple[int, ...]
    periodic: tuple[bool, ...]
    cells: bool = False
    scale: float = 1.0

    @property
    def domain(self) -> tuple[int, ...]:
        """Points of the fine grid."""
        return self.fine

    @property
    def codomain(self) -> tuple[int, ...]:
        """Points of the coarse grid."""
        return Prolongation(self.fine, self.periodic, self.cells).domain

    def __call__(self, x: Array) -> Array:
        """Return R x."""
        d = len(self.fine)
        for a, wraps in enumerate(self.periodic):
            if self.cells:
                x = _gather_cells(x, a - d, wraps, self.scale)
            else:
                x = _gather(x, a - d, wraps, self.scale)
        return x

    def transpose(self) -> LinearOperator:
        """Return (s/2)ᵈ P."""
        return (0.5 * self.scale) ** len(self.fine) * Prolongation(
            self.fine, self.periodic, self.cells
        )


def _spread(x: Array, axis: int, wraps: bool) -> Array:
    """Interpolate nodes along one axis."""
    n = x.shape[axis]
    if wraps:
        return _interleaved(x, 0.5 * (x + _next(x, axis)), axis)
    zero = zeros_beside(namespace_of(x), x, axis, 1)
    wide = namespace_of(x).concat([zero, x, zero], axis=axis)
    between = 0.5 * (_cut(wide, axis, 0, n + 1) + _cut(wide, axis, 1, n + 2))
    full = _interleaved(between, _cut(wide, axis, 1, n + 2), axis)
    return _cut(full, axis, 0, 2 * n + 1)


def _gather(x: Array, axis: int, wraps: bool, scale: float) -> Array:
    """Weight nodes along one axis by s/4, s/2, s/4."""
    n = x.shape[axis]
    here = _cut(x, axis, 0 if wraps else 1, n, 2)
    if wraps:
        behind = _cut(x, axis, 1, n, 2)
        before = _previous(behind, axis)
    else:
        before, behind = _cut(x, axis, 0, n - 1, 2), _cut(x, axis, 2, n, 2)
    return 0.5 * scale * here + 0.25 * scale * (before + behind)


def _spread_cells(x: Array, axis: int, wraps: bool) -> Array:
    """Interpolate cells along one axis."""
    own = 0.75 * x
    low = own + 0.25 * _previous(x, axis, wraps)
    return _interleaved(low, own + 0.25 * _next(x, axis, wraps), axis)


def _gather_cells(x: Array, axis: int, wraps: bool, scale: float) -> Array:
    """Weight cells along one axis: the transpose of the interpolation, by s/2."""
    n = x.shape[axis]
    low, high = _cut(x, axis, 0, n, 2), _cut(x, axis, 1, n, 2)
    outer = _handed_back(low, axis, wraps) + _handed_on(high, axis, wraps)
    return 0.375 * scale * (low + high) + 0.125 * scale * outer


def _cut(x: Array, axis: int, start: int, stop: int, step: int = 1) -> Array:
    return x[(..., slice(start, stop, step), *(slice(None),) * (-axis - 1))]


def _interleaved(even: Array, odd: Array, axis: int) -> Array:
    """Return even[0], odd[0], even[1], odd[1], ... along one axis."""
    xp, shape = namespace_of(even, odd), [*even.shape]
    shape[axis] = 2 * shape[axis]
    pairs = xp.stack([even, odd], axis=even.ndim + axis + 1)
    return xp.reshape(pairs, tuple(shape))


def _next(x: Array, axis: int, wraps: bool = True) -> Array:
    """Return x(i + 1); at the last i the first one, or the last one again."""
    n = x.shape[axis]
    end = _cut(x, axis, 0, 1) if wraps else _cut(x, axis, n - 1, n)
    return namespace_of(x).concat([_cut(x, axis, 1, n), end], axis=axis)


def _previous(x: Array, axis: int, wraps: bool = True) -> Array:
    """Return x(i - 1); at the first i the last one, or the first one again."""
    n = x.shape[axis]
    end = _cut(x, axis, n - 1, n) if wraps else _cut(x, axis, 0, 1)
    return namespace_of(x).concat([end, _cut(x, axis, 0, n - 1)], axis=axis)


def _handed_back(x: Array, axis: int, wraps: bool) -> Array:
    """Transpose of :func:`_previous`."""
    n = x.shape[axis]
    if wraps:
        return _next(x, axis)
    zero = zeros_beside(namespace_of(x), x, axis, 1)
    moved = namespace_of(x).concat([_cut(x, axis, 1, n), zero], axis=axis)
    return moved + namespace_of(x).concat(
        [_cut(x, axis, 0, 1), zeros_beside(namespace_of(x), x, axis, n - 1)], axis=axis
    )


def _handed_on(x: Array, axis: int, wraps: bool) -> Array:
    """Transpose of :func:`_next`."""
    return namespace_of(x).flip(
        _handed_back(namespace_of(x).flip(x, axis=axis), axis, wraps), axis=axis
    )
