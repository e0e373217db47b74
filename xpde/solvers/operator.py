"""Linear operators: maps of arrays that know their shapes, their transpose and their structure."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, leaves, namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.inner import zeros
from xpde.solvers.parts import fixed_leaves, is_float, parted, pulled, summed

__all__ = [
    "GENERAL",
    "NEGATIVE",
    "POSITIVE",
    "SYMMETRIC",
    "LinearOperator",
    "Tags",
    "Transposed",
    "is_float",
]

Array = Any


@dataclass(frozen=True)
class Tags:
    """What is known of an operator beforehand; methods are chosen, and refused, by it.

    Attributes
    ----------
    symmetric
        Whether A = Aᵀ; None if it is not known.
    sign
        1 if xᵀAx ≥ 0 for all x, -1 if xᵀAx ≤ 0; None if neither is known. Where the null space is
        trivial (or stated, see :class:`~xpde.solvers.Singular`) and A symmetric, A is definite.
    """

    symmetric: bool | None = None
    sign: int | None = None

    def __post_init__(self) -> None:
        if self.sign not in (None, 1, -1):
            raise InvalidInput(f"tags: expected sign 1, -1 or None, got {self.sign!r}")


GENERAL = Tags()
"""Nothing is known."""
SYMMETRIC = Tags(symmetric=True)
"""A = Aᵀ, of any sign."""
POSITIVE = Tags(symmetric=True, sign=1)
"""Symmetric and positive (semi)definite."""
NEGATIVE = Tags(symmetric=True, sign=-1)
"""Symmetric and negative (semi)definite."""


@dataclass(frozen=True, eq=False)
class LinearOperator(ABC):
    """A linear map of arrays (..., *domain) to arrays (..., *codomain).

    Subclasses are frozen dataclasses made trees by :func:`xpde.core.register_tree`: their arrays
    are leaves, so that compiled programs take them as arguments and derivatives with respect to
    them exist. Leading axes of these arrays are a batch of operators, which broadcasts with the
    leading axes of the vectors: sample i of the operators acts on sample i of the vectors.

    ``A(x)`` applies it; ``A.T``, ``A + B``, ``A - B``, ``c * A``, ``-A``, ``A @ B`` are operators.
    With an array c write ``A * c``: some frameworks do not let an array stand on the left.
    """

    __array_ufunc__ = None  # NumPy's operators step aside

    @property
    @abstractmethod
    def domain(self) -> tuple[int, ...]:
        """Shape of the vectors that it takes, without the batch."""

    @property
    def codomain(self) -> tuple[int, ...]:
        """Shape of the vectors that it gives; that of the domain unless a subclass differs."""
        return self.domain

    @property
    def batch(self) -> tuple[int, ...]:
        """Leading axes of the operator's own arrays; () for one operator."""
        return ()

    @property
    def tags(self) -> Tags:
        """What is known beforehand."""
        return GENERAL

    @abstractmethod
    def __call__(self, x: Array) -> Array:
        """Return A x for x of shape (..., *domain); shapes are not checked."""

    def transpose(self) -> "LinearOperator":
        """Return Aᵀ: ⟨Aᵀy, x⟩ = ⟨y, A x⟩ with the plain sum over all entries.

        The operator itself if it is known to be symmetric; else by the pullback of the
        application, which every backend has. Subclasses override it to be faster.
        """
        return self if self.tags.symmetric else Transposed(self)

    def linear(self, x: Array) -> "LinearOperator":
        """Return the derivative of x ↦ A x: A itself, wherever it is taken."""
        return self

    def diagonal(self, like: Array | None = None) -> Array:
        """Return the entries A_ii in the shape (..., *domain).

        Subclasses that know it without forming the matrix override it.
        """
        xp, matrix = namespace_of(*self._near(like)), self.matrix(like)
        chosen = xp.stack([matrix[..., i, i] for i in range(self.size)], axis=-1)
        return xp.reshape(chosen, (*chosen.shape[:-1], *self.domain))

    def matrix(self, like: Array | None = None) -> Array:
        """Return the dense matrix (..., m, n), m = ∏codomain, n = ∏domain, column by column.

        For inspection, tests and direct solves of small systems; it costs n applications.

        Parameters
        ----------
        like
            An array of the framework, precision and device to use; needed only by an operator
            that holds no array of its own.
        """
        near = self._near(like)
        verbs = backend_of(*near)
        xp, lead = verbs.xp, len(self.batch)
        unit = verbs.asarray(np.eye(self.size), like=near[0])
        unit = xp.reshape(unit, (self.size, *(1,) * lead, *self.domain))
        columns = self(unit)
        flat = xp.reshape(columns, (self.size, *columns.shape[1 : lead + 1], self.cosize))
        return xp.moveaxis(flat, 0, -1)

    @property
    def size(self) -> int:
        """Number of unknowns n."""
        return math.prod(self.domain)

    @property
    def cosize(self) -> int:
        """Number of equations m."""
        return math.prod(self.codomain)

    @property
    def T(self) -> "LinearOperator":
        """The transpose."""
        return self.transpose()

    def __add__(self, other: "LinearOperator") -> "LinearOperator":
        from xpde.solvers.algebra import Sum

        return Sum(self, other)

    def __sub__(self, other: "LinearOperator") -> "LinearOperator":
        return self + (-other)

    def __matmul__(self, other: "LinearOperator") -> "LinearOperator":
        from xpde.solvers.algebra import Product

        return Product(self, other)

    def __mul__(self, factor: Any) -> "LinearOperator":
        from xpde.solvers.algebra import Scaled

        return Scaled(self, factor)

    def __rmul__(self, factor: Any) -> "LinearOperator":
        return self * factor

    def __neg__(self) -> "LinearOperator":
        return -1.0 * self

    def _near(self, like: Array | None) -> list[Array]:
        """Return arrays that say where this operator lives, the own ones before ``like``."""
        own = [leaf for leaf in leaves(self) if is_float(leaf)]
        if like is None and not own:
            raise InvalidInput(
                f"{type(self).__name__}: expected an array that says where to compute, got none; "
                "pass like=b"
            )
        return own if like is None else [like, *own]


@register_tree()
@dataclass(frozen=True, eq=False)
class Transposed(LinearOperator):
    """Aᵀ of any operator, by the pullback of x ↦ A x.

    Attributes
    ----------
    operator
        A.
    """

    operator: LinearOperator

    @property
    def domain(self) -> tuple[int, ...]:
        """The codomain of A."""
        return self.operator.codomain

    @property
    def codomain(self) -> tuple[int, ...]:
        """The domain of A."""
        return self.operator.domain

    @property
    def batch(self) -> tuple[int, ...]:
        """That of A."""
        return self.operator.batch

    @property
    def tags(self) -> Tags:
        """Those of A: xᵀAᵀx = xᵀAx."""
        return self.operator.tags

    def __call__(self, y: Array) -> Array:
        """Return Aᵀy.

        Its derivative is stated, ∇_A ⟨g, Aᵀy⟩ = ∇_A ⟨y, A g⟩ and ȳ = A g: a pullback of a pullback
        is not recorded on every backend where A alone, and not y, is differentiated.
        """
        floats, rebuild = parted(self.operator)
        verbs, ndim = backend_of(*self.operator._near(y)), len(self.domain)
        lead = np.broadcast_shapes(tuple(y.shape[: y.ndim - ndim]), self.batch)
        shape = (*lead, *self.codomain)

        def plain(floats: Tree, y: Array, fixed: Tree) -> Array:
            out, pull = backend_of(y, *floats).vjp(rebuild(floats, fixed), zeros(y, shape))
            return pull(namespace_of(y).broadcast_to(y, out.shape))[0]

        def forward(floats: Tree, y: Array, fixed: Tree) -> tuple[Array, Tree]:
            return plain(floats, y, fixed), (floats, y, fixed)

        def backward(residuals: Tree, g: Array) -> tuple[Tree, ...]:
            floats, y, fixed = residuals
            Ag = rebuild(floats, fixed)(g)
            w = namespace_of(y).broadcast_to(y, Ag.shape)
            own = pulled(lambda own: rebuild(own, fixed)(g), floats, w)
            return own, summed(Ag, y.shape), None

        return verbs.custom_vjp(plain, forward, backward)(floats, y, fixed_leaves(self.operator))

    def transpose(self) -> LinearOperator:
        """Return A."""
        return self.operator

    def diagonal(self, like: Array | None = None) -> Array:
        """Return the diagonal of A."""
        return self.operator.diagonal(like)
