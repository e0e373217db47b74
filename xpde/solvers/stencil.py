"""A stencil: a linear operator on a grid that couples every point to the same neighbors."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree
from xpde.core.zeros import zeros_beside
from xpde.errors import InvalidInput
from xpde.solvers.operator import GENERAL, POSITIVE, LinearOperator, Tags

__all__ = ["Stencil", "negative_laplacian"]

Array = Any
Offset = tuple[int, ...]


@register_tree(static=("offsets", "shape", "periodic", "known", "cells"))
@dataclass(frozen=True, eq=False)
class Stencil(LinearOperator):
    """(A x)(i) = Σ_j c_j(i) x(i + o_j) on arrays (..., *shape).

    Beyond the ends of an axis that is not periodic x is 0: the nodes just outside are those of a
    homogeneous Dirichlet condition. (Where c_j(i) = 0 there, nothing
    is said of the outside.)

    Attributes
    ----------
    offsets
        o_j, J tuples of d integers, all different.
    coefficients
        c, (J,) if they are the same everywhere, else (..., J, *shape), whose leading axes are a
        batch of operators; axes of length 1 repeat. Derivatives with respect to them exist.
    shape
        Points N of the d axes.
    periodic
        Whether each axis is.
    known
        What is known of it; it is not checked.
    cells
        Whether unknowns belong to cells, so that a coarse cell is 2ᵈ fine ones; else they are
        nodes, and those of the coarse grid are every second of the fine one. Nothing but
        :meth:`coarsened` asks. (For it, write a wall where x = 0 as the coupling -2k/h² with the
        outside, which has no other effect, and a wall without flux as none.)

    Raises
    ------
    InvalidInput
        If the lengths do not match, or an offset is longer than its axis.
    """

    offsets: tuple[Offset, ...]
    coefficients: Array
    shape: tuple[int, ...]
    periodic: tuple[bool, ...]
    known: Tags = GENERAL
    cells: bool = False

    def __post_init__(self) -> None:
        d, offsets = len(self.shape), self.offsets
        if len(self.periodic) != d or any(len(o) != d for o in offsets):
            raise InvalidInput(
                f"stencil: expected {d} entries in periodic and in every offset for the shape "
                f"{self.shape}, got periodic={self.periodic}, offsets={offsets}"
            )
        if not offsets or len(set(offsets)) != len(offsets):
            raise InvalidInput(f"stencil: expected one or more offsets that differ, got {offsets}")
        if any(abs(k) > n for o in offsets for k, n in zip(o, self.shape, strict=True)):
            raise InvalidInput(
                f"stencil: expected offsets of at most one period of {self.shape}, got {offsets}"
            )
        own = tuple(self.coefficients.shape)
        if own != (len(offsets),) and not _fits(own, (len(offsets), *self.shape)):
            raise InvalidInput(
                f"stencil: expected coefficients ({len(offsets)},) or (..., {len(offsets)}, "
                f"{', '.join(map(str, self.shape))}), got {own}"
            )

    @property
    def domain(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape

    @property
    def batch(self) -> tuple[int, ...]:
        """Leading axes of the coefficients."""
        return () if self.coefficients.ndim == 1 else tuple(self.coefficients.shape[: self._lead])

    @property
    def tags(self) -> Tags:
        """What was said to be known."""
        return self.known

    @property
    def constant(self) -> bool:
        """Whether the coefficients are the same everywhere."""
        c = self.coefficients
        return c.ndim == 1 or all(n == 1 for n in c.shape[-len(self.shape) :])

    @property
    def _lead(self) -> int:
        return self.coefficients.ndim - len(self.shape) - 1

    def __call__(self, x: Array) -> Array:
        """Return A x: one copy of x for each axis that is reached over, then views of it."""
        before, behind = self._reach()
        wide = _widened(x, before, behind, self.periodic)
        out = None
        for j, offset in enumerate(self.offsets):
            starts = [b + k for b, k in zip(before, offset, strict=True)]
            ends = [s + n for s, n in zip(starts, self.shape, strict=True)]
            term = self.coefficient(j) * wide[(..., *map(slice, starts, ends))]
            out = term if out is None else out + term
        return out

    def coefficient(self, j: int) -> Array:
        """Return c_j: a scalar, or an array (..., *shape) with axes of length 1 that repeat."""
        c = self.coefficients
        return c[j] if c.ndim == 1 else c[(..., j, *(slice(None),) * len(self.shape))]

    def transpose(self) -> LinearOperator:
        """Return Aᵀ, a stencil: Aᵀ has c_j(i - o_j) at the offset -o_j."""
        if self.known.symmetric:
            return self
        turned = tuple(tuple(-k for k in offset) for offset in self.offsets)
        c = self.coefficients
        if not self.constant:
            rows = [self._moved(j, offset) for j, offset in enumerate(turned)]
            c = namespace_of(c).stack(rows, axis=-len(self.shape) - 1)
        return replace(self, offsets=turned, coefficients=c)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return the coefficients of offsets that lead back to the point itself."""
        ends = list(zip(self.shape, self.periodic, strict=True))
        total = 0.0 * self.coefficient(0)
        for j, offset in enumerate(self.offsets):
            if all(k % n == 0 if p else k == 0 for k, (n, p) in zip(offset, ends, strict=True)):
                total = total + self.coefficient(j)
        return namespace_of(total).broadcast_to(total, (*self.batch, *self.shape))

    def shifted(self, shift: Any, factor: Any = 1.0) -> "Stencil":
        """Return s I + f A as a stencil, such as I - dt ν Δ, for numbers or scalar arrays s, f.

        What is known is kept if s ≥ 0 and f > 0 are Python numbers and A is not negative; else
        nothing but the symmetry is.
        """
        center = (0,) * len(self.shape)
        offsets, c = self.offsets, factor * self.coefficients
        axis = 0 if c.ndim == 1 else self._lead
        xp = namespace_of(c)
        if center not in offsets:
            new = zeros_beside(xp, c, axis - c.ndim, 1)
            offsets, c = (*offsets, center), xp.concat([c, new], axis=axis)
        unit = np.asarray([o == center for o in offsets], dtype=np.float64)
        unit = np.reshape(unit, (-1, *(1,) * (c.ndim - axis - 1)))
        c = c + shift * backend_of(c).asarray(unit, like=c)
        plain = all(isinstance(v, (int, float)) for v in (shift, factor))
        same = plain and shift >= 0 and factor > 0 and self.known.sign == 1
        known = self.known if same else Tags(self.known.symmetric)
        return replace(self, offsets=offsets, coefficients=c, known=known)

    def coarsened(self) -> "Stencil | None":
        """Return the operator on the grid of twice the spacing; None if there is none.

        See :func:`~xpde.solvers.coarsening.coarse_stencil`.
        """
        from xpde.solvers.coarsening import coarse_stencil

        return coarse_stencil(self)

    def prolongation(self) -> LinearOperator:
        """Return the interpolation from the coarse grid, :class:`~xpde.solvers.Prolongation`."""
        from xpde.solvers.transfer import Prolongation

        return Prolongation(self.shape, self.periodic, self.cells)

    def _reach(self) -> tuple[list[int], list[int]]:
        """Return how far the offsets reach before and behind a point, by axis."""
        columns = list(zip(*self.offsets, strict=True))
        return [max(0, -min(k)) for k in columns], [max(0, *k) for k in columns]

    def _moved(self, j: int, offset: Offset) -> Array:
        """Return c_j(i + offset) on the whole grid."""
        c = self.coefficient(j)
        c = namespace_of(c).broadcast_to(c, (*self.batch, *self.shape))
        return replace(self, offsets=(offset,), coefficients=_unit(c))(c)


def negative_laplacian(
    shape: tuple[int, ...],
    spacing: float | tuple[float, ...],
    periodic: bool | tuple[bool, ...] = True,
    *,
    like: Array,
) -> Stencil:
    """Return -Δ of second order, (2 x(i) - x(i - 1) - x(i + 1))/h² summed over axes.

    It is positive: definite if an axis is not periodic, else its null space are the constants
    (state it: ``Singular(negative_laplacian(...))``). The points of an axis that is not periodic
    are those inside: h = L/(N + 1), and x is 0 on the nodes just outside.

    Parameters
    ----------
    shape, periodic
        Points of every axis, and whether it is periodic.
    spacing
        h, one number or one for each axis.
    like
        An array of the framework, precision and device to use.
    """
    d = len(shape)
    steps = tuple(spacing) if isinstance(spacing, tuple) else (spacing,) * d
    ends = tuple(periodic) if isinstance(periodic, tuple) else (periodic,) * d
    if len(steps) != d or not all(h > 0 for h in steps):
        raise InvalidInput(
            f"negative_laplacian: expected {d} positive spacings for the shape {shape}, got "
            f"{spacing!r}"
        )
    offsets, weights = [(0,) * d], [sum(2.0 / h**2 for h in steps)]
    for axis, h in enumerate(steps):
        for k in (-1, 1):
            offsets.append(tuple(k if a == axis else 0 for a in range(d)))
            weights.append(-1.0 / h**2)
    c = backend_of(like).asarray(np.asarray(weights), like=like)
    return Stencil(tuple(offsets), c, tuple(shape), ends, known=POSITIVE)


def _widened(x: Array, before: list[int], behind: list[int], periodic: tuple[bool, ...]) -> Array:
    """Continue x over the ends of its last axes: periodically, or by zeros."""
    xp, d = namespace_of(x), len(periodic)
    for a, (low, high, wraps) in enumerate(zip(before, behind, periodic, strict=True)):
        axis, n = a - d, x.shape[a - d]
        rest = (slice(None),) * (d - a - 1)
        parts = [x]
        if low:
            end = x[(..., slice(n - low, n), *rest)]
            parts.insert(0, end if wraps else zeros_beside(xp, x, axis, low))
        if high:
            end = x[(..., slice(0, high), *rest)]
            parts.append(end if wraps else zeros_beside(xp, x, axis, high))
        x = xp.concat(parts, axis=axis) if len(parts) > 1 else x
    return x


def _unit(like: Array) -> Array:
    """Return [1] beside an array."""
    return backend_of(like).asarray(np.ones(1), like=like)


def _fits(own: tuple[int, ...], full: tuple[int, ...]) -> bool:
    """Tell whether trailing axes repeat to ``full``; the first of them has to be there."""
    tail = own[-len(full) :]
    return (
        len(tail) == len(full)
        and tail[0] == full[0]
        and all(m in (1, n) for m, n in zip(tail[1:], full[1:], strict=True))
    )
