"""Systems with circulant operators, solved mode by mode."""

from dataclasses import dataclass
from typing import Any

from xpde.core import register_tree
from xpde.errors import InvalidInput
from xpde.solvers.circulant import Circulant
from xpde.solvers.exact import Exact
from xpde.solvers.operator import LinearOperator

__all__ = ["FFTSolve"]

Array = Any


@register_tree()
@dataclass(frozen=True, eq=False)
class FFTSolve(Exact):
    """x̂ = b̂ / s, for a :class:`~xpde.solvers.Circulant` and sums, products and multiples of them.

    Modes with s = 0 get 0. The status is ``SINGULAR`` if b has such modes, which it has not where
    :func:`~xpde.solvers.linear_solve` took them out: for a circulant that knows of its zeros, and
    for one in a :class:`~xpde.solvers.Singular`.

    Raises
    ------
    InvalidInput
        If the operator is none of these.
    """

    def check(self, operator: LinearOperator) -> None:
        """Refuse what is not circulant."""
        self.inverse(operator)

    def inverse(self, operator: LinearOperator, like: Array | None = None) -> LinearOperator:
        """Return the pseudo-inverse."""
        found = Circulant.of(operator)
        if found is None:
            raise InvalidInput(
                "FFTSolve: expected a circulant operator, or sums and products of such, got "
                f"{type(operator).__name__}; use Direct, or CG with Circulant.inverse() as the "
                "preconditioner"
            )
        return found.inverse()
