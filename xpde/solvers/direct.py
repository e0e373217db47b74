"""The direct method for matrices of moderate size."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import backend_of, register_tree
from xpde.solvers.dense import Dense
from xpde.solvers.exact import Exact
from xpde.solvers.operator import LinearOperator
from xpde.solvers.reshaped import Reshaped
from xpde.solvers.singular import Singular

__all__ = ["Direct"]

Array = Any


@register_tree()
@dataclass(frozen=True, eq=False)
class Direct(Exact):
    """The inverse of the matrix of A, by an LU factorization with pivoting.

    A⁻¹ is made once, for all right-hand sides and for the adjoint solve: about 8/3 n³ operations
    and two arrays of n² numbers; the matrix of an operator that is not :class:`~xpde.solvers.Dense`
    costs n applications besides. Meant for n up to a few thousand, for the coarsest grid of a
    hierarchy and for tests.

    Of a :class:`~xpde.solvers.Singular` operator the pseudo-solution is found: A is completed on
    its null space. A matrix that is singular otherwise gives NaN and the status ``SINGULAR``, on
    every backend.
    """

    def inverse(self, operator: LinearOperator, like: Array | None = None) -> LinearOperator:
        """Return A⁻¹ as a dense matrix over the flattened vectors."""
        matrix = operator.matrix(like)
        if isinstance(operator, Singular):
            matrix = matrix + _scale(matrix) * operator.completion(matrix)
        verbs = backend_of(matrix)
        xp, plain = verbs.xp, verbs.stop_gradient(matrix)
        # A pivot that is exactly 0 makes some frameworks raise; its determinant never does.
        sign = backend_of(plain).xp.linalg.slogdet(plain)[0]
        regular = (sign != 0)[..., None, None]
        one = verbs.asarray(np.eye(operator.size), like=plain)
        one = xp.broadcast_to(one, matrix.shape)
        made = xp.linalg.solve(xp.where(regular, matrix, one), one)
        return Reshaped(Dense(xp.where(regular, made, float("nan"))), operator.domain)


def _scale(matrix: Array) -> Array:
    """Return the largest entry of each matrix, so that the completion is of its size."""
    verbs = backend_of(matrix)
    plain = verbs.stop_gradient(matrix)
    xp = backend_of(plain).xp
    return xp.max(xp.abs(plain), axis=(-2, -1), keepdims=True)
