"""Preconditioners that are made of the operator they are for: A ↦ M ≈ A⁻¹."""

from dataclasses import dataclass

from xpde.core import register_tree
from xpde.errors import InvalidInput
from xpde.solvers.jacobi import inverse_diagonal
from xpde.solvers.operator import LinearOperator
from xpde.solvers.sor import check_sweep, sweep

__all__ = ["JacobiPreconditioner", "SORPreconditioner", "SSORPreconditioner"]


@register_tree(static=("omega",))
@dataclass(frozen=True)
class JacobiPreconditioner:
    """M = ω D⁻¹: symmetric; as a smoother 2/3 (1D), 4/5 (2D), 6/7 (3D) is best for the Laplacian.

    Attributes
    ----------
    omega
        ω > 0.
    """

    omega: float = 1.0

    def __post_init__(self) -> None:
        if not self.omega > 0:
            raise InvalidInput(f"JacobiPreconditioner: expected omega > 0, got {self.omega!r}")

    def __call__(self, operator: LinearOperator) -> LinearOperator:
        """Return M for A."""
        return inverse_diagonal(operator, self.omega)


@register_tree(static=("omega", "order"))
@dataclass(frozen=True)
class SORPreconditioner:
    """M = (D/ω + L)⁻¹: one forward sweep, not symmetric; the smoother of multigrid.

    Attributes
    ----------
    omega, order
        As for :class:`~xpde.solvers.SOR`; grids have the order ``red-black``.
    """

    omega: float = 1.0
    order: str = "red-black"

    def __post_init__(self) -> None:
        check_sweep(self.omega, self.order)

    def __call__(self, operator: LinearOperator) -> LinearOperator:
        """Return M for A."""
        return sweep(operator, self.omega, self.order)


@register_tree(static=("omega", "order"))
@dataclass(frozen=True)
class SSORPreconditioner:
    """M = ω (2 - ω) (D + ωU)⁻¹ D (D + ωL)⁻¹: a forward and a backward sweep.

    Symmetric for symmetric A, definite too for definite A.

    Attributes
    ----------
    omega, order
        As for :class:`~xpde.solvers.SOR`.
    """

    omega: float = 1.0
    order: str = "red-black"

    def __post_init__(self) -> None:
        check_sweep(self.omega, self.order)

    def __call__(self, operator: LinearOperator) -> LinearOperator:
        """Return M for A."""
        return sweep(operator, self.omega, self.order, symmetric=True)
