"""The triangle of a matrix as a splitting: Gauss-Seidel in the order of the unknowns."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.operator import LinearOperator
from xpde.solvers.splitting import Splitting

__all__ = ["Triangle"]

Array = Any

_LARGEST = 4096
"""Most unknowns whose dense triangle is formed: 128 MiB in float64."""


@register_tree(static=("lower",))
@dataclass(frozen=True, eq=False)
class Triangle(Splitting):
    """B = (D/ω + L)⁻¹ for A = L + D + U: one sweep through the unknowns from first to last.

    Backward it is (D/ω + U)⁻¹. Bᵀ = (D/ω + Lᵀ)⁻¹ is the backward sweep for Aᵀ.

    Attributes
    ----------
    operator
        A.
    entries
        D/ω + L or D/ω + U, (..., n, n), whose other triangle is not read.
    lower
        Whether it is the lower one.
    """

    operator: LinearOperator
    entries: Array
    lower: bool = True

    @classmethod
    def build(cls, operator: LinearOperator, omega: float = 1.0, lower: bool = True) -> "Triangle":
        """Return the splitting of an operator, whose matrix is formed.

        Raises
        ------
        InvalidInput
            If there are too many unknowns for it.
        """
        n = operator.size
        if n > _LARGEST:
            raise InvalidInput(
                f"lexicographic order: expected at most {_LARGEST} unknowns, whose matrix is "
                f"formed, got {n}; use order='red-black'"
            )
        matrix = operator.matrix()
        scale = np.where(np.eye(n) > 0, 1.0 / omega, 1.0)
        return cls(operator, matrix * backend_of(matrix).asarray(scale, like=matrix), lower)

    def __call__(self, r: Array) -> Array:
        """Return B r by substitution."""
        verbs, ndim = backend_of(r, self.entries), len(self.domain)
        xp, lead = namespace_of(r, self.entries), r.shape[: r.ndim - ndim]
        if self.entries.ndim == 2:  # one triangle: all vectors are columns
            flat = xp.matrix_transpose(xp.reshape(r, (math.prod(lead), self.size)))
            x = verbs.triangular_solve(self.entries, flat, lower=self.lower)
            return xp.reshape(xp.matrix_transpose(x), r.shape)
        flat = xp.reshape(r, (*lead, self.size, 1))
        lead = np.broadcast_shapes(tuple(lead), self.batch)
        flat = xp.broadcast_to(flat, (*lead, self.size, 1))
        entries = xp.broadcast_to(self.entries, (*lead, self.size, self.size))
        x = verbs.triangular_solve(entries, flat, lower=self.lower)
        return xp.reshape(x, (*lead, *self.domain))

    def relaxed(self, x: Array, b: Array) -> Array:
        """Return x + B (b - A x)."""
        return x + self(b - self.operator(x))

    def transpose(self) -> LinearOperator:
        """Return Bᵀ."""
        turned = namespace_of(self.entries).matrix_transpose(self.entries)
        return replace(self, operator=self.operator.T, entries=turned, lower=not self.lower)
