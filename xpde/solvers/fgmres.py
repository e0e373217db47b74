"""Flexible GMRES: the preconditioner may be another at every step."""

from dataclasses import dataclass
from typing import Any, ClassVar

from xpde.core import namespace_of, register_tree
from xpde.solvers.arnoldi import Arnoldi, combination, reshape
from xpde.solvers.gmres import GMRES
from xpde.solvers.method import ITERATIVE

__all__ = ["FGMRES"]

Array = Any


@register_tree(static=(*ITERATIVE, "restart"))
@dataclass(frozen=True, eq=False)
class FGMRES(GMRES):
    """GMRES(m) whose preconditioner need not be linear.

    x ← x + Σ_j y_j z_j,  z_j = M_j v_j,  y such that ‖b - A x‖₂ is least

    An iteration with a tolerance, or a Krylov method, is such a preconditioner
    (:class:`~xpde.solvers.Inner`). With a linear M it is GMRES, which needs half the memory.

    Reference: Saad, Iterative Methods for Sparse Linear Systems (2nd ed.), algorithm 9.6.
    """

    flexible: ClassVar[bool] = True

    def _combined(self, space: Arnoldi, y: Array, shape: tuple[int, ...]) -> Array:
        """Return Σ_j y_j z_j."""
        basis, images = space.basis, space.images
        xp, count = namespace_of(images), int(basis.shape[-2])
        rows = reshape(images, (count, *basis.shape[:-2], int(basis.shape[-1])))
        return reshape(combination(xp.moveaxis(rows, 0, -2), y), shape)
