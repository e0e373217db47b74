"""An operator with a null space that is stated, so that systems with it have one solution."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree
from xpde.solvers.operator import LinearOperator, Tags
from xpde.solvers.solution import Solution

__all__ = ["Singular"]

Array = Any


@register_tree(static=("axes",))
@dataclass(frozen=True, eq=False)
class Singular(LinearOperator):
    """A with A n = 0: solves are for the x of least norm that A x = P b has.

    P is the orthogonal projection on what A reaches. Without it, an iteration on the periodic
    Poisson equation drifts along the constants, as far as rounding or the right-hand side pushes.

    Attributes
    ----------
    operator
        A.
    null
        None: the null space is the constants over ``axes``, of A and of Aᵀ. Else orthonormal
        vectors (k, *domain) that span it.
    null_left
        Orthonormal vectors (k, *codomain) that span the null space of Aᵀ; None is ``null``.
    axes
        Negative axes over which constants are the null space; None is all of the domain.
    """

    operator: LinearOperator
    null: Array | None = None
    null_left: Array | None = None
    axes: tuple[int, ...] | None = None

    @property
    def domain(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.domain

    @property
    def codomain(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.codomain

    @property
    def batch(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.batch

    @property
    def tags(self) -> Tags:
        """Those of A."""
        return self.operator.tags

    def __call__(self, x: Array) -> Array:
        """Return A x."""
        return self.operator(x)

    def transpose(self) -> LinearOperator:
        """Return Aᵀ, with both null spaces exchanged."""
        if self.tags.symmetric:
            return self
        left = self.null if self.null_left is None else self.null_left
        return Singular(self.operator.T, left, self.null, self.axes)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return the diagonal of A."""
        return self.operator.diagonal(like)

    def restricted(self, b: Array, x0: Array | None) -> tuple[Array, Array | None]:
        """Return P b, and the guess without its part in the null space."""
        left = self.null if self.null_left is None else self.null_left
        return self._without(b, left), None if x0 is None else self._without(x0, self.null)

    def centered(self, found: Solution) -> Solution:
        """Return a solution whose value has no part in the null space."""
        return replace(found, value=self._without(found.value, self.null))

    def completion(self, like: Array) -> Array:
        """Return Σ uᵢ vᵢᵀ as a matrix (n, n): with it A is regular, and (A + Σ uᵢ vᵢᵀ) x = P b.

        uᵢ and vᵢ are the orthonormal vectors that span the null spaces of Aᵀ and of A; x is the
        solution of A x = P b without a part in the null space, since uᵢᵀ P b = 0 = vᵢᵀ x.
        """
        if self.null is None:
            verbs, n = backend_of(like), self.size
            unit = verbs.xp.reshape(verbs.asarray(np.eye(n), like=like), (n, *self.domain))
            return verbs.xp.reshape(unit - self._without(unit, None), (n, n))
        xp = namespace_of(like, self.null)
        left = self.null if self.null_left is None else self.null_left
        rows = xp.reshape(left, (left.shape[0], self.cosize))
        return xp.matmul(xp.matrix_transpose(rows), xp.reshape(self.null, (-1, self.size)))

    def _without(self, x: Array, basis: Array | None) -> Array:
        if basis is None:
            axes = self.axes or tuple(range(-len(self.domain), 0))
            return x - namespace_of(x).mean(x, axis=axes, keepdims=True)
        xp, ndim = namespace_of(x, basis), len(self.domain)
        rows = xp.reshape(basis, (basis.shape[0], -1))
        flat = xp.reshape(x, (*x.shape[: x.ndim - ndim], int(np.prod(self.domain))))
        parts = xp.matmul(flat, xp.matrix_transpose(rows))
        return x - xp.reshape(xp.matmul(parts, rows), x.shape)
