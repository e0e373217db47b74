"""Fourth derivatives: their sum over the axes, and the square of the Laplacian."""

from dataclasses import dataclass
from typing import Any

from xpde.core import register_tree
from xpde.errors import InvalidInput, unknown_name
from xpde.solvers import POSITIVE, LinearOperator, Tags
from xpde.space.finite.affine import Affine
from xpde.space.finite.box import Box
from xpde.space.finite.differences import (
    NOT_SYMMETRIC,
    Piece,
    assembled,
    laplacian,
    second_derivative,
)
from xpde.space.finite.sums import AxisSum

__all__ = ["Biharmonic", "biharmonic"]

Array = Any

KINDS = ("true", "pure")


@register_tree(static=("known",))
@dataclass(frozen=True, eq=False)
class Biharmonic(LinearOperator):
    """A u = Δ_o (Δ_i u): one Laplacian after another, with the walls of each.

    Attributes
    ----------
    outer, inner
        Δ_o and Δ_i, sums of second derivatives along the same axes.
    known
        Symmetric and positive if both are the same symmetric operator.
    """

    outer: AxisSum
    inner: AxisSum
    known: Tags

    @property
    def domain(self) -> tuple[int, ...]:
        """That of the Laplacian."""
        return self.inner.domain

    @property
    def tags(self) -> Tags:
        """What was said to be known."""
        return self.known

    def __call__(self, x: Array) -> Array:
        """Return A x."""
        return self.outer(self.inner(x))

    def transpose(self) -> LinearOperator:
        """Return Aᵀ = Δ_iᵀ Δ_oᵀ."""
        return self if self.known.symmetric else self.inner.T @ self.outer.T

    def diagonal(self, like: Array | None = None) -> Array:
        """Return Σ_jk (∂_j²∂_k²)_ii; along different axes it is the product of both diagonals."""
        outer, inner = self.outer, self.inner
        total: Any = 0.0
        for j, one in enumerate(outer.terms):
            for k, other in enumerate(inner.terms):
                if j == k:
                    part = _only(outer, one._replace(left=one.right, right=other.right))
                    total = total + part.diagonal(like)
                else:
                    a, b = _only(outer, one), _only(inner, other)
                    total = total + a.diagonal(like) * b.diagonal(like)
        return total


def biharmonic(
    box: Box,
    kind: str = "true",
    *,
    outer: Box | None = None,
    channels: int | None = None,
    like: Array | None = None,
) -> Affine:
    """Return u ↦ Δ²u (``true``) or u ↦ Σ_j ∂_j⁴u (``pure``), second order, on a box.

    Second derivatives are taken twice. Two conditions hold at every wall: that of ``box`` for u,
    and that of ``outer`` for the second derivative (Δu, or ∂_j²u). The default of the latter is the
    kind of the former with zero given: a simply supported plate (u and Δu given) for Dirichlet
    walls. The operators are symmetric and positive wherever the Laplacian is symmetric. They are
    equal in one dimension; in more the true one has mixed derivatives.

    Parameters
    ----------
    box
        Points and the conditions of u.
    kind
        ``true`` or ``pure``.
    outer
        The same points, and conditions of the second derivative.
    channels, like
        See :func:`~xpde.space.finite.derivative`.

    Raises
    ------
    InvalidInput
        If the kind has another name, or the boxes differ in points or lengths.
    """
    if kind not in KINDS:
        raise unknown_name("kind", str(kind), KINDS)
    again = box.scaled(0.0) if outer is None else outer
    if (again.points, again.extent, again.layout) != (box.points, box.extent, box.layout):
        raise InvalidInput(
            f"biharmonic: expected an outer box of the same points, extent and layout, got "
            f"{again.points}, {again.extent} and {again.layout}"
        )
    second = laplacian(again, channels=channels, like=like)
    first = laplacian(box, channels=channels, like=like)
    same = again.axes == box.axes and first.linear.tags.symmetric
    known = POSITIVE if same else NOT_SYMMETRIC
    if kind == "true":
        square = Biharmonic(second.linear, first.linear, known)  # type: ignore[arg-type]
        return Affine(square, (second @ first).sources)
    pieces: list[Piece] = []
    for j, (low, high) in enumerate(zip(box.axes, again.axes, strict=True)):
        pieces.append((j, second_derivative(high).line, second_derivative(low), None))
    found = assembled(box, pieces, channels, known, like)
    return Affine(found.linear, (*found.sources, *second.sources))


def _only(operator: AxisSum, term: Any) -> AxisSum:
    return AxisSum(operator.shape, (term,), (None,), operator.channels, home=operator.home)
