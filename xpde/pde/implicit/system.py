"""The linear system of one implicit step, as an operator."""

from dataclasses import dataclass
from typing import Any

from xpde.core import register_tree
from xpde.solvers import LinearOperator, Tags

__all__ = ["Shifted"]

Array = Any


@register_tree()
@dataclass(frozen=True, eq=False)
class Shifted(LinearOperator):
    """I - c A, c > 0: the matrix of a step of size h with c = h β₀.

    It is symmetric if A is, and positive definite if A is negative.

    Attributes
    ----------
    operator
        A.
    factor
        c, a number or a scalar array; only its being positive is used beforehand. An array also
        says where the diagonal is computed, of an A that holds none.
    """

    operator: LinearOperator
    factor: Any

    @property
    def domain(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.domain

    @property
    def batch(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.batch

    @property
    def tags(self) -> Tags:
        """Symmetric as A is; positive if A is negative."""
        known = self.operator.tags
        return Tags(known.symmetric, 1 if known.sign == -1 else None)

    def __call__(self, x: Array) -> Array:
        """Return x - c A x."""
        return x - self.factor * self.operator(x)

    def transpose(self) -> LinearOperator:
        """Return I - c Aᵀ."""
        return self if self.tags.symmetric else Shifted(self.operator.T, self.factor)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return 1 - c A_ii."""
        return 1.0 - self.factor * self.operator.diagonal(self._near(like)[0])
