"""Operators made of operators: identity, multiple, sum, product, and one with a null space."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.inner import zeros
from xpde.solvers.operator import POSITIVE, LinearOperator, Tags

__all__ = ["Identity", "Product", "Scaled", "Sum"]

Array = Any


@register_tree(static=("shape",))
@dataclass(frozen=True, eq=False)
class Identity(LinearOperator):
    """I on arrays (..., *shape)."""

    shape: tuple[int, ...]

    @property
    def domain(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape

    @property
    def tags(self) -> Tags:
        """Symmetric, positive definite."""
        return POSITIVE

    def __call__(self, x: Array) -> Array:
        """Return x."""
        return x

    def diagonal(self, like: Array | None = None) -> Array:
        """Return ones."""
        near = self._near(like)[0]
        return namespace_of(near).ones_like(zeros(near, self.shape))


@register_tree()
@dataclass(frozen=True, eq=False)
class Scaled(LinearOperator):
    """c A for a number c, or one for each operator of a batch.

    Attributes
    ----------
    operator
        A.
    factor
        c: a Python number, a scalar array, or an array (..., 1, ..., 1) with as many trailing
        axes as the codomain.
    """

    operator: LinearOperator
    factor: Any

    @property
    def domain(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.domain

    @property
    def codomain(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.codomain

    @property
    def batch(self) -> tuple[int, ...]:
        """That of A, with the leading axes of c."""
        own = tuple(getattr(self.factor, "shape", ()))[: -len(self.codomain) or None]
        return np.broadcast_shapes(self.operator.batch, own)

    @property
    def tags(self) -> Tags:
        """Symmetric as A is; the sign is known for a Python number c."""
        known, factor = self.operator.tags, self.factor
        sign = None
        if known.sign is not None and isinstance(factor, (int, float)) and factor != 0:
            sign = known.sign if factor > 0 else -known.sign
        return Tags(known.symmetric, sign)

    def __call__(self, x: Array) -> Array:
        """Return c A x."""
        return self.factor * self.operator(x)

    def transpose(self) -> LinearOperator:
        """Return c Aᵀ."""
        return Scaled(self.operator.T, self.factor)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return c times the diagonal of A."""
        return self.factor * self.operator.diagonal(self._near(like)[0])


@register_tree()
@dataclass(frozen=True, eq=False)
class Sum(LinearOperator):
    """A + B.

    Raises
    ------
    InvalidInput
        If the shapes differ.
    """

    left: LinearOperator
    right: LinearOperator

    def __post_init__(self) -> None:
        a, b = self.left, self.right
        if (a.domain, a.codomain) != (b.domain, b.codomain):
            raise InvalidInput(
                f"sum of operators: expected {a.domain} -> {a.codomain} twice, got "
                f"{b.domain} -> {b.codomain}"
            )

    @property
    def domain(self) -> tuple[int, ...]:
        """That of both."""
        return self.left.domain

    @property
    def codomain(self) -> tuple[int, ...]:
        """That of both."""
        return self.left.codomain

    @property
    def batch(self) -> tuple[int, ...]:
        """Both batches, broadcast."""
        return np.broadcast_shapes(self.left.batch, self.right.batch)

    @property
    def tags(self) -> Tags:
        """What is known of both."""
        a, b = self.left.tags, self.right.tags
        both = True if a.symmetric and b.symmetric else None
        return Tags(both, a.sign if a.sign == b.sign else None)

    def __call__(self, x: Array) -> Array:
        """Return A x + B x."""
        return self.left(x) + self.right(x)

    def transpose(self) -> LinearOperator:
        """Return Aᵀ + Bᵀ."""
        return self if self.tags.symmetric else Sum(self.left.T, self.right.T)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return the sum of both diagonals."""
        near = self._near(like)[0]
        return self.left.diagonal(near) + self.right.diagonal(near)


@register_tree()
@dataclass(frozen=True, eq=False)
class Product(LinearOperator):
    """A B: first B, then A.

    Raises
    ------
    InvalidInput
        If A does not take what B gives.
    """

    left: LinearOperator
    right: LinearOperator

    def __post_init__(self) -> None:
        if self.left.domain != self.right.codomain:
            raise InvalidInput(
                f"product of operators: expected a right factor into {self.left.domain}, got one "
                f"into {self.right.codomain}"
            )

    @property
    def domain(self) -> tuple[int, ...]:
        """That of B."""
        return self.right.domain

    @property
    def codomain(self) -> tuple[int, ...]:
        """That of A."""
        return self.left.codomain

    @property
    def batch(self) -> tuple[int, ...]:
        """Both batches, broadcast."""
        return np.broadcast_shapes(self.left.batch, self.right.batch)

    def __call__(self, x: Array) -> Array:
        """Return A (B x)."""
        return self.left(self.right(x))

    def transpose(self) -> LinearOperator:
        """Return Bᵀ Aᵀ."""
        return Product(self.right.T, self.left.T)
