"""An equation discretized in space: what implicit schemes need to know of it."""

from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

from xpde.core import register_tree
from xpde.solvers import LinearOperator
from xpde.space.finite import Affine, Box, affine

__all__ = ["Evolution", "Term"]

Array = Any


class Term(Protocol):
    """A part of the right-hand side whose coefficients depend on the state."""

    def frozen(self, box: Box, channels: int, w: Array) -> Affine | LinearOperator:
        """Return u ↦ A(w) u + g(w) on states (..., C, *N), such that u = w gives the term."""


@register_tree(static=("name", "channels"))
@dataclass(frozen=True, eq=False)
class Evolution:
    """u_t = F(u) = A₀ u + g₀ + Σ_k (A_k(u) u + g_k(u)) in finite differences on a box.

    It is quasilinear: for a frozen w, u ↦ F(u; w) is affine. A tree: its arrays are differentiable
    and arguments of compiled programs.

    Attributes
    ----------
    constant
        The affine map A₀ u + g₀ on states (..., C, *N), or None.
    box
        Points and walls.
    terms
        Those whose coefficients depend on the state.
    name, channels
        Name for messages, and C.
    """

    constant: Affine | None
    box: Box
    terms: tuple[Term, ...]
    name: str
    channels: int = 1

    @property
    def linear(self) -> bool:
        """Whether nothing is to be frozen."""
        return not self.terms

    def frozen(self, w: Array) -> Affine:
        """Return u ↦ F(u; w)."""
        parts = [affine(term.frozen(self.box, self.channels, w)) for term in self.terms]
        first = [] if self.constant is None else [self.constant]
        return reduce(lambda a, b: a + b, first + parts)

    def rate(self, u: Array) -> Array:
        """Return F(u)."""
        return self.frozen(u)(u)
