"""Operators times the volumes of the points: what makes them symmetric where nodes are on walls."""

from dataclasses import dataclass
from typing import Any

from xpde.core import register_tree
from xpde.solvers import NEGATIVE, LinearOperator, Tags
from xpde.space.finite.affine import Affine, Source
from xpde.space.finite.box import Box
from xpde.space.finite.line import Line
from xpde.space.finite.sums import AxisSum, Term

__all__ = ["Weighted", "volumes", "weighted"]

Array = Any


@register_tree(static=("known",))
@dataclass(frozen=True, eq=False)
class Weighted(LinearOperator):
    """V A, V the diagonal of the volumes.

    Attributes
    ----------
    volumes, operator
        V and A.
    known
        What is known of V A; it is not checked.
    """

    volumes: LinearOperator
    operator: LinearOperator
    known: Tags

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
        """What was said to be known."""
        return self.known

    def __call__(self, x: Array) -> Array:
        """Return V A x."""
        return self.volumes(self.operator(x))

    def transpose(self) -> LinearOperator:
        """Return Aᵀ V, the operator itself if it is symmetric."""
        return self if self.known.symmetric else self.operator.T @ self.volumes

    def diagonal(self, like: Array | None = None) -> Array:
        """Return V_ii A_ii."""
        return self.volumes(self.operator.diagonal(like))


def volumes(box: Box, channels: int | None = None) -> LinearOperator:
    """Return u ↦ V u, V the volumes of the points relative to ∏h: ½ at nodes on a wall, else 1.

    Σ V u ∏h is the trapezoidal rule on nodes and the midpoint rule on cells.
    """
    found: LinearOperator | None = None
    for j, axis in enumerate(box.axes):
        n, ends = axis.points, tuple(0.5 if axis.open(side) else 1.0 for side in (0, 1))
        term = Term(j - box.dims, None, Line(n, n, ((0, 1.0),), ends=(ends[0], ends[1])))
        own = AxisSum(box.points, (term,), (None,), channels, Tags(True, 1))
        found = own if found is None else own @ found
    assert found is not None
    return found


def weighted(box: Box, operator: Affine, known: Tags = NEGATIVE) -> Affine:
    """Return V (A u + g) for a Laplacian or a diffusion: symmetric and negative on every box.

    A u + g = f has the solution of V A u = V (f - g), for which conjugate gradients converge.

    Parameters
    ----------
    box
        That of the operator.
    operator
        A u + g.
    known
        What is known of V A.
    """
    channels = getattr(operator.linear, "channels", None)
    v = volumes(box, channels)
    sources = tuple(Source(v @ s.operator, s.value) for s in operator.sources)
    return Affine(Weighted(v, operator.linear, known), sources)
