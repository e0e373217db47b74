"""Constant couplings of nearest neighbors on a box with zeros around it."""

from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np

from xpde.core import Backend, namespace_of, register_tree
from xpde.solvers import SYMMETRIC, LinearOperator, Tags
from xpde.solvers.inner import zeros

__all__ = ["Lattice", "eigenvalues", "solved"]

Array = Any


@register_tree(static=("center", "coupling", "points", "known"))
@dataclass(frozen=True, eq=False)
class Lattice(LinearOperator):
    """(A x)_i = c x_i + k Σ_{|i - j| = 1} x_j on N₁ × ... × N_D points, x = 0 outside.

    With k = -r, c = 1 + 2Dr it is I - r h² Δ; with k = 1/h², c = -2D/h² it is Δ. Sums along an
    axis are products with a matrix of zeros and ones, which is fastest for tens of points.

    Attributes
    ----------
    center, coupling
        c and k.
    shifts
        For every axis the matrix (N_j, N_j) of its neighbors.
    points
        (N₁, ..., N_D).
    known
        What is known of it.
    """

    center: float
    coupling: float
    shifts: tuple[Array, ...]
    points: tuple[int, ...]
    known: Tags = SYMMETRIC

    @classmethod
    def build(
        cls, bk: Backend, points: tuple[int, ...], center: float, coupling: float, known: Tags
    ) -> Self:
        """Place the operator on a backend."""
        shifts = tuple(bk.asarray(_neighbors(n)) for n in points)
        return cls(float(center), float(coupling), shifts, points, known)

    @property
    def domain(self) -> tuple[int, ...]:
        """The points of the axes."""
        return self.points

    @property
    def tags(self) -> Tags:
        """What was said to be known; symmetric in any case."""
        return self.known

    def __call__(self, x: Array) -> Array:
        """Return A x for x (..., N₁, ..., N_D)."""
        xp, ndim = namespace_of(x, self.shifts[-1]), len(self.points)
        total = xp.matmul(x, self.shifts[-1])
        lead = x.shape[: x.ndim - ndim]
        for axis in range(ndim - 1):
            rows = (prod((1, *self.points[:axis])), self.points[axis], -1)
            flat = xp.reshape(x, (*lead, *rows))
            total = total + xp.reshape(xp.matmul(self.shifts[axis], flat), x.shape)
        return self.center * x + self.coupling * total

    def diagonal(self, like: Array | None = None) -> Array:
        """Return c everywhere."""
        return zeros(self.shifts[0], self.points) + self.center


def _neighbors(n: int) -> np.ndarray:
    return np.eye(n, k=1) + np.eye(n, k=-1)


def eigenvalues(points: tuple[int, ...], center: float, coupling: float) -> np.ndarray:
    """Return c + 2k Σ_j cos(π m_j h_j), h_j = 1/(N_j + 1), m_j = 1..N_j, of shape ``points``."""
    cosines = [2 * np.cos(np.pi * np.arange(1, n + 1) / (n + 1)) for n in points]
    return np.asarray(center + coupling * sum(np.ix_(*cosines)))


def solved(b: np.ndarray, center: float, coupling: float, dims: int) -> np.ndarray:
    """Return A⁻¹ b for b (..., N₁, ..., N_D) on the host, by sines, which diagonalize A."""
    points = b.shape[-dims:]
    x = _sines(b, points)
    return _sines(x / eigenvalues(points, center, coupling), points)


def _sines(x: np.ndarray, points: tuple[int, ...]) -> np.ndarray:
    """Return the orthonormal sine transform over the last axes; it is its own inverse."""
    for axis, n in enumerate(points, start=-len(points)):
        m = np.arange(1, n + 1)
        basis = np.sqrt(2 / (n + 1)) * np.sin(np.pi * np.outer(m, m) / (n + 1))
        x = np.moveaxis(np.moveaxis(x, axis, -1) @ basis, -1, axis)
    return x
