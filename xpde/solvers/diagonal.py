"""A diagonal operator."""

from dataclasses import dataclass
from typing import Any

from xpde.core import register_tree
from xpde.errors import InvalidInput
from xpde.solvers.operator import SYMMETRIC, LinearOperator, Tags

__all__ = ["Diagonal"]

Array = Any


@register_tree(static=("shape", "known"))
@dataclass(frozen=True, eq=False)
class Diagonal(LinearOperator):
    """(A x)_i = d_i x_i on arrays (..., *shape).

    Attributes
    ----------
    entries
        d, (..., *shape); leading axes are a batch of operators. Axes of length 1 repeat.
    shape
        Shape of the vectors.
    known
        Symmetric of any sign unless more is said.
    """

    entries: Array
    shape: tuple[int, ...]
    known: Tags = SYMMETRIC

    def __post_init__(self) -> None:
        own = tuple(self.entries.shape[-len(self.shape) :])
        if len(own) != len(self.shape) or any(
            m not in (1, n) for m, n in zip(own, self.shape, strict=True)
        ):
            raise InvalidInput(
                f"diagonal: expected entries (..., {', '.join(map(str, self.shape))}), got "
                f"{tuple(self.entries.shape)}"
            )

    @property
    def domain(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape

    @property
    def batch(self) -> tuple[int, ...]:
        """The leading axes of the entries."""
        return tuple(self.entries.shape[: -len(self.shape)])

    @property
    def tags(self) -> Tags:
        """What was said to be known."""
        return self.known

    def __call__(self, x: Array) -> Array:
        """Return d x."""
        return self.entries * x

    def transpose(self) -> LinearOperator:
        """Return the operator itself."""
        return self

    def diagonal(self, like: Array | None = None) -> Array:
        """Return d."""
        return self.entries
