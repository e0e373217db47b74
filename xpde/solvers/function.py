"""A function as an operator: nothing but its application is known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xpde.core import Tree, register_tree
from xpde.solvers.operator import GENERAL, LinearOperator, Tags

__all__ = ["Function"]

Array = Any


@register_tree(static=("fn", "shape", "known", "shape_out", "lead"))
@dataclass(frozen=True, eq=False)
class Function(LinearOperator):
    """A x = fn(params, x), matrix-free.

    Attributes
    ----------
    fn
        Linear in x, of arrays (..., *shape) to arrays (..., *shape_out); a function of module
        level, or one that is kept, so that compiled programs are found again.
    shape
        Shape of the vectors.
    params
        A tree of arrays; derivatives with respect to them exist, those of arrays that ``fn``
        closes over do not.
    known
        What is known of it; it is not checked.
    shape_out
        Shape of the results, that of the vectors if None.
    lead
        Batch of operators that ``params`` describe.
    """

    fn: Callable[[Tree, Array], Array]
    shape: tuple[int, ...]
    params: Tree = None
    known: Tags = GENERAL
    shape_out: tuple[int, ...] | None = None
    lead: tuple[int, ...] = ()

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
        """What was said."""
        return self.lead

    @property
    def tags(self) -> Tags:
        """What was said to be known."""
        return self.known

    def __call__(self, x: Array) -> Array:
        """Return fn(params, x)."""
        return self.fn(self.params, x)
