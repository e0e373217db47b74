"""Affine maps A u + g: a linear operator and what the walls add."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree
from xpde.solvers import LinearOperator
from xpde.solvers.inner import zeros

__all__ = ["Affine", "Source", "affine"]

Array = Any


@register_tree()
@dataclass(frozen=True, eq=False)
class Source:
    """B v: what a value v given at a wall adds.

    Attributes
    ----------
    operator
        B, of arrays along the wall, (*side) or (C, *side), length 1 on its axis.
    value
        v: a number, or an array that broadcasts to the domain of B behind any leading axes.
    """

    operator: LinearOperator
    value: Any

    def __call__(self, like: Array) -> Array:
        """Return B v beside an array."""
        value, side = self.value, self.operator.domain
        if isinstance(value, np.ndarray):
            value = backend_of(like).asarray(value, like=like)
        shape = tuple(getattr(value, "shape", ()))
        lead = shape[: max(0, len(shape) - len(side))]
        if not shape:
            return self.operator(zeros(like, side) + value)
        return self.operator(namespace_of(value).broadcast_to(value, (*lead, *side)))


@register_tree()
@dataclass(frozen=True, eq=False)
class Affine:
    """F(u) = A u + g with g = Σ B_k v_k linear in what is given at the walls.

    Call it with a state; solve F(u) = f as A u = f - g with ``linear_solve(F.linear, f -
    F.offset(f), ...)``. Affine maps are added, subtracted, multiplied by numbers or scalar arrays,
    and composed with ``@``; the right one of two may be a linear operator.

    Attributes
    ----------
    linear
        A, a :class:`~xpde.solvers.LinearOperator`.
    sources
        The B_k and v_k; derivatives with respect to the v_k exist.
    """

    linear: LinearOperator
    sources: tuple[Source, ...] = ()

    def __call__(self, u: Array) -> Array:
        """Return A u + g for u (..., *domain)."""
        out = self.linear(u)
        for source in self.sources:
            out = out + source(u)
        return out

    def offset(self, like: Array) -> Array:
        """Return g, of the type and on the device of an array: (..., *codomain)."""
        total = zeros(like, self.linear.codomain)
        for source in self.sources:
            total = total + source(like)
        return total

    def __add__(self, other: "Affine | LinearOperator") -> "Affine":
        more = affine(other)
        return Affine(self.linear + more.linear, (*self.sources, *more.sources))

    def __sub__(self, other: "Affine | LinearOperator") -> "Affine":
        return self + (-1.0 * affine(other))

    def __neg__(self) -> "Affine":
        return -1.0 * self

    def __rmul__(self, factor: Any) -> "Affine":
        return self * factor

    def __mul__(self, factor: Any) -> "Affine":
        sources = tuple(Source(s.operator * factor, s.value) for s in self.sources)
        return Affine(self.linear * factor, sources)

    def __matmul__(self, inner: "Affine | LinearOperator") -> "Affine":
        first = affine(inner)
        through = tuple(Source(self.linear @ s.operator, s.value) for s in first.sources)
        return Affine(self.linear @ first.linear, (*through, *self.sources))


def affine(operator: Affine | LinearOperator) -> Affine:
    """Return a linear operator as an affine map with g = 0; an affine map as it is."""
    return operator if isinstance(operator, Affine) else Affine(operator)
