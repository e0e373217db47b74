"""An operator made of blocks, one for each pair of groups of channels."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.inner import zeros
from xpde.solvers.operator import GENERAL, LinearOperator, Tags

__all__ = ["Block"]

Array = Any


@register_tree(static=("known",))
@dataclass(frozen=True, eq=False)
class Block(LinearOperator):
    """(A x)_i = Σ_j A_ij x_j, the parts of x standing one behind the other on its first axis.

    For a state (C, *N) that axis is the channels, as in the saddle point system of an
    incompressible flow: velocity and pressure are x₁ and x₂ in

    [ A  Bᵀ ]
    [ B  0  ]

    For vectors (n,) it is the only one.

    Attributes
    ----------
    blocks
        Rows of operators A_ij: (c_j, *N) -> (c_i, *N); None is 0. Every row and every column has
        one that is not.
    known
        What is known of A; it is not checked.

    Raises
    ------
    InvalidInput
        If blocks of a row or a column do not fit.
    """

    blocks: tuple[tuple[LinearOperator | None, ...], ...]
    known: Tags = GENERAL

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", tuple(tuple(row) for row in self.blocks))
        if len({len(row) for row in self.blocks}) != 1:
            raise InvalidInput("block: expected rows of one length, got others; None is 0")
        rest = {shape[1:] for shape in (*self._rows(), *self._columns())}
        if len(rest) != 1:
            raise InvalidInput(
                f"block: expected one shape behind the first axis, got {sorted(rest)}"
            )

    @property
    def domain(self) -> tuple[int, ...]:
        """The parts of x, one behind the other."""
        return _joined(self._columns())

    @property
    def codomain(self) -> tuple[int, ...]:
        """The parts of the result, one behind the other."""
        return _joined(self._rows())

    @property
    def batch(self) -> tuple[int, ...]:
        """All batches, broadcast."""
        found = [block.batch for row in self.blocks for block in row if block is not None]
        return np.broadcast_shapes(*found)

    @property
    def tags(self) -> Tags:
        """What was said to be known."""
        return self.known

    def __call__(self, x: Array) -> Array:
        """Return A x."""
        parts = self.parts(x)
        rows = [
            _total([block(part) for block, part in zip(row, parts, strict=True) if block])
            for row in self.blocks
        ]
        return self._together(rows, len(self.codomain))

    def transpose(self) -> LinearOperator:
        """Return the transposed blocks at the transposed places."""
        if self.known.symmetric:
            return self
        columns = zip(*self.blocks, strict=True)
        turned = tuple(tuple(None if b is None else b.T for b in column) for column in columns)
        return Block(turned, self.known)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return the diagonals of the A_ii, one behind the other."""
        if self._rows() != self._columns():
            return super().diagonal(like)
        near = self._near(like)[0]
        parts = [
            zeros(near, shape) if row[i] is None else row[i].diagonal(like)  # type: ignore[union-attr]
            for i, (row, shape) in enumerate(zip(self.blocks, self._rows(), strict=True))
        ]
        return self._together(parts, len(self.domain))

    def parts(self, x: Array) -> list[Array]:
        """Return x₁, x₂, ... of a vector (..., *domain)."""
        ndim, start, found = len(self.domain), 0, []
        for count, *_ in self._columns():
            index = (..., slice(start, start + count), *(slice(None),) * (ndim - 1))
            found.append(x[index])
            start += count
        return found

    def _rows(self) -> list[tuple[int, ...]]:
        return [_common([b.codomain for b in row if b], "row", i) for i, row in self._numbered()]

    def _columns(self) -> list[tuple[int, ...]]:
        columns = enumerate(zip(*self.blocks, strict=True))
        return [_common([b.domain for b in column if b], "column", i) for i, column in columns]

    def _numbered(self) -> list[tuple[int, tuple[LinearOperator | None, ...]]]:
        return list(enumerate(self.blocks))

    def _together(self, parts: list[Array], ndim: int) -> Array:
        """Concatenate on the first axis of the vectors; their batches are broadcast."""
        xp = namespace_of(*parts)
        lead = np.broadcast_shapes(*[part.shape[: part.ndim - ndim] for part in parts])
        full = [xp.broadcast_to(p, (*lead, *p.shape[p.ndim - ndim :])) for p in parts]
        return xp.concat(full, axis=-ndim)


def _total(terms: list[Array]) -> Array:
    return sum(terms[1:], terms[0])


def _common(shapes: list[tuple[int, ...]], kind: str, number: int) -> tuple[int, ...]:
    if len(set(shapes)) != 1:
        given = " and ".join(map(str, sorted(set(shapes)))) or "no operator"
        raise InvalidInput(
            f"block: expected operators of one shape in {kind} {number}, got {given}; a {kind} of "
            "zeros has no size: give it 0.0 * an operator"
        )
    return shapes[0]


def _joined(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    return (sum(shape[0] for shape in shapes), *shapes[0][1:])
