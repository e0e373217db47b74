"""A matrix as an operator."""

from dataclasses import dataclass
from typing import Any

from xpde.core import namespace_of, register_tree
from xpde.solvers.operator import GENERAL, LinearOperator, Tags

__all__ = ["Dense"]

Array = Any


@register_tree(static=("known",))
@dataclass(frozen=True, eq=False)
class Dense(LinearOperator):
    """(A x)_i = Σ_j A_ij x_j.

    Attributes
    ----------
    entries
        The matrix (..., m, n); leading axes are a batch of operators.
    known
        What is known of it; it is not checked.
    """

    entries: Array
    known: Tags = GENERAL

    @property
    def domain(self) -> tuple[int, ...]:
        """(n,)."""
        return (int(self.entries.shape[-1]),)

    @property
    def codomain(self) -> tuple[int, ...]:
        """(m,)."""
        return (int(self.entries.shape[-2]),)

    @property
    def batch(self) -> tuple[int, ...]:
        """The leading axes of the matrix."""
        return tuple(self.entries.shape[:-2])

    @property
    def tags(self) -> Tags:
        """What was said to be known."""
        return self.known

    def __call__(self, x: Array) -> Array:
        """Return A x for x (..., n)."""
        xp = namespace_of(x, self.entries)
        if not self.batch:  # one matrix: one product for all vectors
            return xp.matmul(x, xp.matrix_transpose(self.entries))
        return xp.matmul(self.entries, x[..., None])[..., 0]

    def transpose(self) -> LinearOperator:
        """Return Aᵀ."""
        if self.known.symmetric:
            return self
        return Dense(namespace_of(self.entries).matrix_transpose(self.entries), self.known)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return A_ii."""
        xp, n = namespace_of(self.entries), self.size
        return xp.stack([self.entries[..., i, i] for i in range(n)], axis=-1)

    def matrix(self, like: Array | None = None) -> Array:
        """Return the matrix itself."""
        return self.entries
