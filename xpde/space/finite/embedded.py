"""An operator that acts on a part of larger arrays; the rest is not read and gets 0."""

from dataclasses import dataclass
from typing import Any

from xpde.core import namespace_of, register_tree
from xpde.core.zeros import zeros_beside
from xpde.errors import InvalidInput
from xpde.solvers import LinearOperator, Tags
from xpde.space.finite.affine import Affine, Source

__all__ = ["Embedded", "embedded"]

Array = Any
Shape = tuple[int, ...]


@register_tree(static=("takes", "gives", "takes_at", "gives_at"))
@dataclass(frozen=True, eq=False)
class Embedded(LinearOperator):
    """A' = E A Rᵀ: R and E put arrays into larger ones, filled up with zeros.

    Attributes
    ----------
    operator
        A.
    takes, gives
        Shapes of the larger arrays before and after.
    takes_at, gives_at
        Where the arrays of A begin in them; None is (0, ..., 0).

    Raises
    ------
    InvalidInput
        If the arrays of A do not fit.
    """

    operator: LinearOperator
    takes: Shape
    gives: Shape
    takes_at: Shape | None = None
    gives_at: Shape | None = None

    def __post_init__(self) -> None:
        for small, large, at in (
            (self.operator.domain, self.takes, self.takes_at),
            (self.operator.codomain, self.gives, self.gives_at),
        ):
            start = at or (0,) * len(small)
            if not len(small) == len(large) == len(start) or any(
                s + m > n for s, m, n in zip(start, small, large, strict=True)
            ):
                raise InvalidInput(
                    f"embedded: expected a shape that holds {small} at {start}, got {large}"
                )

    @property
    def domain(self) -> Shape:
        """The larger shape before."""
        return self.takes

    @property
    def codomain(self) -> Shape:
        """The larger shape after."""
        return self.gives

    @property
    def batch(self) -> Shape:
        """That of A."""
        return self.operator.batch

    @property
    def tags(self) -> Tags:
        """Those of A if it reads where it writes: zeros keep them; else nothing."""
        return self.operator.tags if self._square else Tags(symmetric=False)

    @property
    def _square(self) -> bool:
        inner = self.operator
        before = (inner.domain, self.takes, self.takes_at)
        return before == (inner.codomain, self.gives, self.gives_at)

    def __call__(self, x: Array) -> Array:
        """Return A' x."""
        small = self.operator.domain
        start = self.takes_at or (0,) * len(small)
        spot = tuple(slice(s, s + n) for s, n in zip(start, small, strict=True))
        return _padded(self.operator(x[(..., *spot)]), self.gives, self.gives_at)

    def transpose(self) -> LinearOperator:
        """Return R Aᵀ Eᵀ."""
        if self.tags.symmetric:
            return self
        return Embedded(self.operator.T, self.gives, self.takes, self.gives_at, self.takes_at)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return the diagonal of A, and zeros."""
        if not self._square:
            return super().diagonal(like)
        return _padded(self.operator.diagonal(like), self.takes, self.takes_at)


def embedded(inner: Affine, takes: Shape, gives: Shape) -> Affine:
    """Return an affine map in the first corner of larger arrays."""
    sources = tuple(
        Source(Embedded(s.operator, s.operator.domain, gives), s.value) for s in inner.sources
    )
    return Affine(Embedded(inner.linear, takes, gives), sources)


def _padded(x: Array, shape: Shape, at: Shape | None) -> Array:
    """Return x from an index on in zeros of a shape."""
    xp, d = namespace_of(x), len(shape)
    for j, (n, start) in enumerate(zip(shape, at or (0,) * d, strict=True)):
        axis = j - d
        behind = n - start - x.shape[axis]
        pieces = [x]
        if start:
            pieces.insert(0, zeros_beside(xp, x, axis, start))
        if behind:
            pieces.append(zeros_beside(xp, x, axis, behind))
        x = pieces[0] if len(pieces) == 1 else xp.concat(pieces, axis=axis)
    return x
