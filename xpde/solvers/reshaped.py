"""An operator on flattened vectors, acting on arrays with several axes."""

import math
from dataclasses import dataclass
from typing import Any

from xpde.core import namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.operator import LinearOperator, Tags

__all__ = ["Reshaped"]

Array = Any


@register_tree(static=("shape", "shape_out"))
@dataclass(frozen=True, eq=False)
class Reshaped(LinearOperator):
    """A on arrays (..., *shape), whose entries it takes in the order of their index.

    Attributes
    ----------
    operator
        A, (n,) -> (m,): a matrix, dense or sparse.
    shape
        Shape of the vectors, n = ∏shape.
    shape_out
        Shape of the results, that of the vectors if None.

    Raises
    ------
    InvalidInput
        If the sizes differ.
    """

    operator: LinearOperator
    shape: tuple[int, ...]
    shape_out: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        wanted = ((math.prod(self.domain),), (math.prod(self.codomain),))
        if (self.operator.domain, self.operator.codomain) != wanted:
            raise InvalidInput(
                f"reshaped: expected an operator {wanted[0]} -> {wanted[1]} for vectors "
                f"{self.domain} -> {self.codomain}, got {self.operator.domain} -> "
                f"{self.operator.codomain}"
            )

    @property
    def domain(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape

    @property
    def codomain(self) -> tuple[int, ...]:
        """The shape of the results."""
        return self.shape if self.shape_out is None else self.shape_out

    @property
    def batch(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.batch

    @property
    def tags(self) -> Tags:
        """Those of A."""
        return self.operator.tags

    def __call__(self, x: Array) -> Array:
        """Return A x."""
        xp = namespace_of(x)
        y = self.operator(xp.reshape(x, (*x.shape[: x.ndim - len(self.domain)], self.size)))
        return namespace_of(y).reshape(y, (*y.shape[:-1], *self.codomain))

    def transpose(self) -> LinearOperator:
        """Return Aᵀ."""
        return Reshaped(self.operator.T, self.codomain, self.domain)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return the diagonal of A."""
        flat = self.operator.diagonal(like)
        return namespace_of(flat).reshape(flat, (*flat.shape[:-1], *self.domain))

    def matrix(self, like: Array | None = None) -> Array:
        """Return the matrix of A."""
        return self.operator.matrix(like)
