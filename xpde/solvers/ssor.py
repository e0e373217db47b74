"""Symmetric successive over-relaxation."""

from dataclasses import dataclass

from xpde.core import register_tree
from xpde.solvers.method import ITERATIVE
from xpde.solvers.operator import LinearOperator
from xpde.solvers.sor import check_sweep, sweep
from xpde.solvers.splitting import Splitting
from xpde.solvers.stationary import Stationary

__all__ = ["SSOR"]


@register_tree(static=(*ITERATIVE, "omega", "order"))
@dataclass(frozen=True, eq=False)
class SSOR(Stationary):
    """A forward sweep of SOR, then a backward one: B = ω (2 - ω) (D + ωU)⁻¹ D (D + ωL)⁻¹.

    B is symmetric for symmetric A, definite too for definite A and 0 < ω < 2: as a preconditioner
    of CG it is :class:`~xpde.solvers.SSORPreconditioner`.

    Attributes
    ----------
    omega, order
        As for :class:`~xpde.solvers.SOR`.

    Raises
    ------
    InvalidInput
        As :class:`~xpde.solvers.SOR`.

    Reference: Saad, Iterative Methods for Sparse Linear Systems (2nd ed.), section 4.1.
    """

    omega: float = 1.0
    order: str = "lexicographic"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_sweep(self.omega, self.order)

    def splitting(self, operator: LinearOperator) -> Splitting:
        """Return a forward and a backward sweep."""
        return sweep(operator, self.omega, self.order, symmetric=True)
