"""Successive over-relaxation."""

from dataclasses import dataclass
from typing import Any

from xpde.core import register_tree
from xpde.errors import InvalidInput, unknown_name
from xpde.solvers.colored import Colored
from xpde.solvers.method import ITERATIVE
from xpde.solvers.operator import LinearOperator
from xpde.solvers.splitting import Composed, Splitting
from xpde.solvers.stationary import Stationary
from xpde.solvers.triangle import Triangle

__all__ = ["ORDERS", "SOR", "sweep"]

Array = Any

ORDERS = ("lexicographic", "red-black")
"""From the first unknown to the last, by the matrix; or color by color, matrix-free."""


@register_tree(static=(*ITERATIVE, "omega", "order"))
@dataclass(frozen=True, eq=False)
class SOR(Stationary):
    """x ← x + (D/ω + L)⁻¹ (b - A x), unknown by unknown: x_i ← (1 - ω) x_i + ω x_i^GS.

    It converges for symmetric definite A if 0 < ω < 2. Where A is consistently ordered and μ is
    the spectral radius of Jacobi's matrix, ω = 2/(1 + √(1 - μ²)) is best and contracts by ω - 1;
    for the Laplacian with N points between the walls of a cube μ = cos(π/(N + 1)).

    Attributes
    ----------
    omega
        ω; 1 is Gauss-Seidel.
    order
        ``lexicographic``: substitution with the triangle of the matrix, which is formed; for small
        systems. ``red-black``: points of a grid color by color, without a matrix, see
        :func:`~xpde.solvers.colored.coloring`.

    Raises
    ------
    InvalidInput
        If ω is not in (0, 2), the order is unknown, or the diagonal has a zero.

    Reference: Saad, Iterative Methods for Sparse Linear Systems (2nd ed.), sections 4.1, 4.2.5.
    """

    omega: float = 1.0
    order: str = "lexicographic"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_sweep(self.omega, self.order)

    def splitting(self, operator: LinearOperator) -> Splitting:
        """Return one forward sweep."""
        return sweep(operator, self.omega, self.order)


def sweep(operator: LinearOperator, omega: float, order: str, symmetric: bool = False) -> Splitting:
    """Return one forward sweep of SOR, and a backward one after it with ``symmetric``."""
    if order == "red-black":
        return Colored.build(operator, omega, symmetric)
    forward = Triangle.build(operator, omega)
    if not symmetric:
        return forward
    return Composed(operator, forward, Triangle.build(operator, omega, lower=False))


def check_sweep(omega: float, order: str) -> None:
    """Raise :class:`~xpde.errors.InvalidInput` for a weight or an order that makes no sweep."""
    if not 0 < omega < 2:
        raise InvalidInput(f"SOR: expected 0 < omega < 2, got {omega!r}")
    if order not in ORDERS:
        raise unknown_name("order of unknowns", order, ORDERS)
