"""Difference formulas along one axis, with ghosts at walls folded in, and their transposes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse

from xpde.core import namespace_of
from xpde.core.zeros import zeros_beside

__all__ = ["Lift", "Line"]

Array = Any
Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Line:
    """y_i = Σ_k c_k ū_{i + k}: a stencil on u with ghosts, ū = (ghosts, u, ghosts).

    A ghost is a combination of the points next to its wall; on a periodic axis it is the point at
    the other end. Everything is numbers of the host: a line holds no array and is hashable, so
    that compiled programs have it as a constant. It acts on any axis of any array.

    Attributes
    ----------
    points, rows
        Lengths of the axis before and after.
    taps
        Pairs (k, c_k), k counted from the first ghost.
    before, after
        Weights of each ghost, the first of a row belonging to the point next to the wall; ghosts
        in the order of the axis. Empty if ``wrap``.
    wrap
        (l, r): numbers of ghosts taken from the other end.
    ends
        Factors of the first and the last entry of y.
    turned
        Whether the transpose is meant; ``points`` and ``rows`` stay those of the line itself.
    """

    points: int
    rows: int
    taps: tuple[tuple[int, float], ...]
    before: Rows = ()
    after: Rows = ()
    wrap: tuple[int, int] = (0, 0)
    ends: tuple[float, float] = (1.0, 1.0)
    turned: bool = False

    @property
    def takes(self) -> int:
        """Length of the axis that it takes."""
        return self.rows if self.turned else self.points

    @property
    def gives(self) -> int:
        """Length of the axis that it gives."""
        return self.points if self.turned else self.rows

    @property
    def T(self) -> "Line":
        """The transpose."""
        return replace(self, turned=not self.turned)

    def __call__(self, x: Array, axis: int) -> Array:
        """Return the line applied along a negative axis."""
        if self.turned:
            return self._folded(self._spread(_scaled(x, axis, self.ends), axis), axis)
        wide = self._extended(x, axis)
        y = _sum(wide, axis, [(k, c) for k, c in self.taps], self.rows)
        return _scaled(y, axis, self.ends)

    def sparse(self) -> scipy.sparse.csr_array:
        """Return the matrix (gives, takes) on the host, for diagonals and inspection."""
        n, (left, right) = self.points, self.wrap
        eye = scipy.sparse.eye_array
        blocks = [eye(left, n, k=n - left)] if left else []
        blocks += [_row(row, n) for row in self.before] + [eye(n, n)]
        blocks += [_row(row, n)[:, ::-1] for row in self.after]
        blocks += [eye(right, n)] if right else []
        extension = scipy.sparse.vstack(blocks, format="csr")
        stencil = sum(c * eye(self.rows, extension.shape[0], k=k) for k, c in self.taps)
        scale = np.ones(self.rows)
        scale[0] *= self.ends[0]
        scale[-1] *= self.ends[1]
        matrix = scipy.sparse.csr_array(scipy.sparse.diags_array(scale) @ stencil @ extension)
        return matrix.T.tocsr() if self.turned else matrix

    def _extended(self, x: Array, axis: int) -> Array:
        """Return (ghosts, x, ghosts)."""
        xp, n = namespace_of(x), self.points
        left, right = self.wrap
        pieces = [_cut(x, axis, n - left, n)] if left else []
        pieces += [*_ghosts(x, axis, self.before, 0), x, *_ghosts(x, axis, self.after, 1)]
        pieces += [_cut(x, axis, 0, right)] if right else []
        return x if len(pieces) == 1 else xp.concat(pieces, axis=axis)

    def _spread(self, y: Array, axis: int) -> Array:
        """Return the transpose of the stencil: (ghosts, points, ghosts) from the results."""
        xp = namespace_of(y)
        width = self.points + sum(self.wrap) + len(self.before) + len(self.after)
        reach = width - self.rows
        if reach == 0:
            return _sum(y, axis, list(self.taps), width)
        pad = zeros_beside(xp, y, axis, reach)
        wide = xp.concat([pad, y, pad], axis=axis)
        return _sum(wide, axis, [(reach - k, c) for k, c in self.taps], width)

    def _folded(self, wide: Array, axis: int) -> Array:
        """Return the transpose of the extension: what ghosts collected goes to their points."""
        n, left = self.points, self.wrap[0] + len(self.before)
        x = _cut(wide, axis, left, left + n)
        if self.wrap[0]:
            x = _added(x, axis, _cut(wide, axis, 0, left), n - left)
        if self.wrap[1]:
            x = _added(x, axis, _cut(wide, axis, left + n, left + n + self.wrap[1]), 0)
        for side, rows, at in ((0, self.before, 0), (1, self.after, left + n)):
            for i, row in enumerate(rows):
                if not any(row):
                    continue
                ghost = _cut(wide, axis, at + i, at + i + 1)
                ordered = row if side == 0 else row[::-1]
                block = namespace_of(x).concat([w * ghost for w in ordered], axis=axis)
                x = _added(x, axis, block, 0 if side == 0 else n - len(row))
        return x


@dataclass(frozen=True)
class Lift:
    """y_i = e_i v: what one value given at a wall adds along the axis; zero far from the wall.

    Attributes
    ----------
    rows
        Length of the axis of y; that of v is 1.
    start, entries
        e is zero but for ``entries`` from ``start`` on.
    turned
        Whether the transpose is meant: v = Σ e_i y_i.
    """

    rows: int
    start: int
    entries: tuple[float, ...]
    turned: bool = False

    @property
    def takes(self) -> int:
        """Length of the axis that it takes."""
        return self.rows if self.turned else 1

    @property
    def gives(self) -> int:
        """Length of the axis that it gives."""
        return 1 if self.turned else self.rows

    @property
    def T(self) -> "Lift":
        """The transpose."""
        return replace(self, turned=not self.turned)

    def __call__(self, x: Array, axis: int) -> Array:
        """Return the lift applied along a negative axis."""
        xp, stop = namespace_of(x), self.start + len(self.entries)
        if self.turned:
            return _sum(x, axis, [(self.start + k, e) for k, e in enumerate(self.entries)], 1)
        pieces = [e * x for e in self.entries]
        if self.start:
            pieces.insert(0, zeros_beside(xp, x, axis, self.start))
        if stop < self.rows:
            pieces.append(zeros_beside(xp, x, axis, self.rows - stop))
        return xp.concat(pieces, axis=axis)

    def sparse(self) -> scipy.sparse.csr_array:
        """Return the matrix (gives, takes) on the host."""
        column = np.zeros((self.rows, 1))
        column[self.start : self.start + len(self.entries), 0] = self.entries
        return scipy.sparse.csr_array(column.T if self.turned else column)


def _row(weights: tuple[float, ...], n: int) -> scipy.sparse.csr_array:
    """Return a ghost as a row of a matrix, its first weight in the first column."""
    return scipy.sparse.csr_array(np.pad([weights], ((0, 0), (0, n - len(weights)))))


def _cut(x: Array, axis: int, start: int, stop: int) -> Array:
    """Return the entries start .. stop - 1 of a negative axis."""
    return x[(..., slice(start, stop), *[slice(None)] * (-axis - 1))]


def _sum(x: Array, axis: int, taps: Sequence[tuple[int, float]], rows: int) -> Array:
    """Return Σ c x[k : k + rows] along an axis."""
    total = None
    for k, c in taps:
        part = _cut(x, axis, k, k + rows)
        part = part if c == 1.0 else c * part
        total = part if total is None else total + part
    return total


def _ghosts(x: Array, axis: int, rows: Rows, side: int) -> list[Array]:
    """Return the ghosts of one wall, each of length 1 along the axis."""
    n = x.shape[axis]
    found = []
    for row in rows:
        taps = [(j if side == 0 else n - 1 - j, w) for j, w in enumerate(row) if w != 0.0]
        if taps:
            found.append(_sum(x, axis, taps, 1))
        else:
            found.append(zeros_beside(namespace_of(x), x, axis, 1))
    return found


def _added(x: Array, axis: int, block: Array, start: int) -> Array:
    """Return x with a block added from ``start`` on."""
    n, stop = x.shape[axis], start + block.shape[axis]
    pieces = [_cut(x, axis, start, stop) + block]
    if start:
        pieces.insert(0, _cut(x, axis, 0, start))
    if stop < n:
        pieces.append(_cut(x, axis, stop, n))
    return pieces[0] if len(pieces) == 1 else namespace_of(x).concat(pieces, axis=axis)


def _scaled(x: Array, axis: int, ends: tuple[float, float]) -> Array:
    """Return x with its first and last entry multiplied."""
    if ends == (1.0, 1.0):
        return x
    n, (first, last) = x.shape[axis], ends
    pieces = [first * _cut(x, axis, 0, 1), _cut(x, axis, 1, n - 1), last * _cut(x, axis, n - 1, n)]
    return namespace_of(x).concat(pieces, axis=axis)
