"""Gauss-Seidel iteration."""

from dataclasses import dataclass

from xpde.core import register_tree
from xpde.solvers.method import ITERATIVE
from xpde.solvers.operator import LinearOperator
from xpde.solvers.sor import check_sweep, sweep
from xpde.solvers.splitting import Splitting
from xpde.solvers.stationary import Stationary

__all__ = ["GaussSeidel"]


@register_tree(static=(*ITERATIVE, "order", "symmetric"))
@dataclass(frozen=True, eq=False)
class GaussSeidel(Stationary):
    """x ← x + (D + L)⁻¹ (b - A x): every equation is solved for its own unknown, one by one.

    It is :class:`~xpde.solvers.SOR` with ω = 1, with ``symmetric`` :class:`~xpde.solvers.SSOR`. It
    converges for strictly diagonally dominant and for symmetric definite A; for the Laplacian
    its factor is the square of Jacobi's.

    Attributes
    ----------
    order
        ``lexicographic`` or ``red-black``, see :class:`~xpde.solvers.SOR`.
    symmetric
        Whether a step is a forward and a backward sweep.

    Raises
    ------
    InvalidInput
        If the order is unknown, or the diagonal has a zero.

    Reference: Saad, Iterative Methods for Sparse Linear Systems (2nd ed.), section 4.1.
    """

    order: str = "lexicographic"
    symmetric: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_sweep(1.0, self.order)

    def splitting(self, operator: LinearOperator) -> Splitting:
        """Return a sweep, or two."""
        return sweep(operator, 1.0, self.order, self.symmetric)
