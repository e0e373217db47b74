"""Sweeps over the points of a grid color by color: Gauss-Seidel without a matrix."""

from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from typing import Any

import numpy as np

from xpde.core import backend_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.algebra import Scaled, Sum
from xpde.solvers.jacobi import inverse_diagonal
from xpde.solvers.operator import LinearOperator
from xpde.solvers.singular import Singular
from xpde.solvers.splitting import Splitting
from xpde.solvers.stencil import Stencil

__all__ = ["Colored", "coloring"]

Array = Any


def coloring(operator: LinearOperator) -> np.ndarray:
    """Return the colors of a grid as masks (k, *domain) on the host, in the order of a sweep.

    Red points, whose indices have an even sum, and black ones. A stencil that couples points of
    one of these has 2ᵈ colors instead: by the parity of every index. No neighbors have the same,
    but those across the ends of a periodic axis with an odd number of points.

    Raises
    ------
    InvalidInput
        If a stencil couples points two apart on every axis, which have the same color.
    """
    shape, d = operator.domain, len(operator.domain)
    odd = [np.reshape(np.arange(n) % 2 == 1, (n, *(1,) * (d - a - 1))) for a, n in enumerate(shape)]
    offsets = [o for o in _offsets(operator) if any(o)]
    if all(sum(o) % 2 for o in offsets):
        black = reduce(np.logical_xor, odd)
        return np.stack([~black, black])
    if not all(any(k % 2 for k in o) for o in offsets):
        raise InvalidInput(
            "red-black order: expected a stencil that couples no points two apart on every axis, "
            f"got offsets {offsets}; use Jacobi, or order='lexicographic'"
        )
    classes = product((False, True), repeat=d)
    return np.stack(
        [reduce(np.logical_and, [o == k for o, k in zip(odd, c, strict=True)]) for c in classes]
    )


@register_tree(static=("order",))
@dataclass(frozen=True, eq=False)
class Colored(Splitting):
    """One color after the other: x ← x + E_c (b - A x) for c in the order, E_c = ω D⁻¹ on it.

    I - B A is the product of all I - E_c A. Where no points of one color are neighbors it is
    Gauss-Seidel (SOR) in the order of the colors. Bᵀ is the sweep for Aᵀ in the reversed order, so
    that an order which reads the same backward gives a symmetric B for a symmetric A.

    Attributes
    ----------
    operator
        A.
    weights
        E_c, arrays (..., *domain) that are 0 on other colors.
    order
        The colors of the sweep, such as (0, 1), or (0, 1, 1, 0).
    """

    operator: LinearOperator
    weights: tuple[Array, ...]
    order: tuple[int, ...]

    @classmethod
    def build(
        cls, operator: LinearOperator, omega: float = 1.0, symmetric: bool = False
    ) -> "Colored":
        """Return one sweep through all colors, and back with ``symmetric``."""
        inverse = inverse_diagonal(operator, omega).entries
        masks = backend_of(inverse).asarray(coloring(operator).astype(np.float64), like=inverse)
        count = masks.shape[0]
        weights = tuple(masks[c, ...] * inverse for c in range(count))
        there = tuple(range(count))
        return cls(operator, weights, (*there, *reversed(there)) if symmetric else there)

    def __call__(self, r: Array) -> Array:
        """Return B r; the first color costs no application."""
        first, *others = self.order
        return self._swept(self.weights[first] * r, r, others)

    def relaxed(self, x: Array, b: Array) -> Array:
        """Return x + B (b - A x)."""
        return self._swept(x, b, self.order)

    def transpose(self) -> LinearOperator:
        """Return Bᵀ."""
        return replace(self, operator=self.operator.T, order=self.order[::-1])

    def repeated(self, count: int) -> Splitting:
        """Return ``count`` sweeps as one."""
        return replace(self, order=self.order * count)

    def _swept(self, x: Array, b: Array, order: Any) -> Array:
        for c in order:
            x = x + self.weights[c] * (b - self.operator(x))
        return x


def _offsets(operator: LinearOperator) -> tuple[tuple[int, ...], ...]:
    """Return those of stencils, also inside of multiples, sums and stated null spaces."""
    if isinstance(operator, Stencil):
        return operator.offsets
    if isinstance(operator, Sum):
        return _offsets(operator.left) + _offsets(operator.right)
    return _offsets(operator.operator) if isinstance(operator, (Scaled, Singular)) else ()
