"""Weighted Jacobi iteration."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import backend_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.diagonal import Diagonal
from xpde.solvers.method import ITERATIVE
from xpde.solvers.operator import LinearOperator
from xpde.solvers.stationary import Stationary

__all__ = ["Jacobi", "inverse_diagonal"]

Array = Any


@register_tree(static=(*ITERATIVE, "omega"))
@dataclass(frozen=True, eq=False)
class Jacobi(Stationary):
    """x ← x + ω D⁻¹(b - A x), D the diagonal of A.

    The error is multiplied by I - ω D⁻¹A. It converges for strictly diagonally dominant A with
    ω ≤ 1, and for symmetric definite A if ω < 2/λ_max(D⁻¹A).

    Attributes
    ----------
    omega
        ω; 1 is the classical method, 2/3 (1D), 4/5 (2D), 6/7 (3D) smooth best for the Laplacian.

    Raises
    ------
    InvalidInput
        If the diagonal has a zero.

    Reference: Saad, Iterative Methods for Sparse Linear Systems (2nd ed.), section 4.1.
    """

    omega: float = 1.0

    def splitting(self, operator: LinearOperator) -> Diagonal:
        """Invert the diagonal."""
        return inverse_diagonal(operator, self.omega)


def inverse_diagonal(operator: LinearOperator, omega: float = 1.0) -> Diagonal:
    """Return ω D⁻¹ as an operator; InvalidInput if an entry is zero (where that can be seen)."""
    entries = operator.diagonal()
    verbs = backend_of(entries)
    if verbs.is_concrete(entries) and np.any(verbs.to_numpy(entries) == 0):
        raise InvalidInput(
            "Jacobi: expected a diagonal without zeros, got one with a zero; use GMRES or another "
            "preconditioner"
        )
    return Diagonal(omega / entries, operator.domain)
