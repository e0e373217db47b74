"""A sparse matrix as an operator, by gathers alone."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.operator import GENERAL, LinearOperator, Tags

__all__ = ["Sparse"]

Array = Any


@register_tree(static=("sizes", "known"))
@dataclass(frozen=True, eq=False)
class Sparse(LinearOperator):
    """(A x)_i = Σ_{p: row(p) = i} v_p x_{col(p)}, on vectors (..., n).

    Products v_p x_{col(p)} are gathered row by row through a table, filled up with a number that
    means 0, so that nothing is scattered, and Aᵀ is the same with the roles of rows and columns
    exchanged. A table has as many lines as the longest row has entries: one full row makes it as
    large as a dense matrix. Vectors with several axes: :class:`~xpde.solvers.Reshaped`.

    Attributes
    ----------
    values
        v, (..., nnz); leading axes are a batch of operators with one pattern. Derivatives with
        respect to them exist, for the stored entries only.
    rows, columns
        Integers (nnz,).
    row_table, column_table
        (w, m) and (w', n): numbers p of the entries of each row and column, nnz where there are no
        more.
    sizes
        m and n.
    known
        What is known of A; it is not checked.
    """

    values: Array
    rows: Array
    columns: Array
    row_table: Array
    column_table: Array
    sizes: tuple[int, int]
    known: Tags = GENERAL

    @classmethod
    def of(
        cls,
        values: Array,
        rows: np.ndarray,
        columns: np.ndarray,
        sizes: tuple[int, int],
        known: Tags = GENERAL,
    ) -> Self:
        """Return the operator of the entries v_p at (row(p), col(p)); those of one place add up.

        Parameters
        ----------
        values
            (..., nnz), nnz ≥ 1, an array of the framework.
        rows, columns
            Integers (nnz,) on the host.
        sizes
            Numbers of rows and columns.
        known
            What is known of the matrix.
        """
        verbs = backend_of(values)
        places = [np.asarray(rows, np.int64), np.asarray(columns, np.int64)]
        for name, place, size in zip(("rows", "columns"), places, sizes, strict=True):
            if (
                place.shape != (values.shape[-1],)
                or place.size == 0
                or np.any((place < 0) | (place >= size))
            ):
                raise InvalidInput(
                    f"sparse: expected {max(1, values.shape[-1])} {name} from 0 to {size - 1}, got "
                    f"an array {place.shape}, or other numbers; count from 0"
                )
        tables = [_table(place, size) for place, size in zip(places, sizes, strict=True)]
        placed = [verbs.asarray(numbers, like=values) for numbers in (*places, *tables)]
        return cls(values, placed[0], placed[1], placed[2], placed[3], sizes, known)

    @classmethod
    def of_scipy(cls, matrix: Any, like: Array, known: Tags = GENERAL) -> Self:
        """Return the operator of a sparse matrix or array of SciPy, placed beside ``like``."""
        entries = matrix.tocsr().tocoo()  # sorted by rows, entries of one place added up
        numbers, rows, columns = entries.data.astype(np.float64), entries.row, entries.col
        if numbers.size == 0:  # a zero that is stored: gathers need something to gather
            numbers, rows, columns = np.zeros(1), np.zeros(1, int), np.zeros(1, int)
        values = backend_of(like).asarray(numbers, like=like)
        m, n = map(int, matrix.shape)
        return cls.of(values, rows, columns, (m, n), known)

    @property
    def domain(self) -> tuple[int, ...]:
        """(n,)."""
        return (self.sizes[1],)

    @property
    def codomain(self) -> tuple[int, ...]:
        """(m,)."""
        return (self.sizes[0],)

    @property
    def batch(self) -> tuple[int, ...]:
        """The leading axes of the values."""
        return tuple(self.values.shape[:-1])

    @property
    def tags(self) -> Tags:
        """What was said to be known."""
        return self.known

    def __call__(self, x: Array) -> Array:
        """Return A x."""
        xp = namespace_of(x, self.values)
        return _gathered(self.values * xp.take(x, self.columns, axis=-1), self.row_table)

    def transpose(self) -> LinearOperator:
        """Return Aᵀ: the same values, with rows and columns exchanged."""
        if self.known.symmetric:
            return self
        turned = (self.columns, self.rows, self.column_table, self.row_table)
        return Sparse(self.values, *turned, (self.sizes[1], self.sizes[0]), self.known)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return A_ii."""
        xp = namespace_of(self.values)
        kept = xp.astype(self.rows == self.columns, self.values.dtype)
        return _gathered(self.values * kept, self.row_table)

    def matrix(self, like: Array | None = None) -> Array:
        """Return the dense matrix (..., m, n)."""
        verbs = backend_of(self.values)
        unit = verbs.asarray(np.eye(self.sizes[1]), like=verbs.stop_gradient(self.values))
        marks = verbs.xp.take(unit, self.columns, axis=0)
        entries = self.values[..., None] * marks
        rows = verbs.xp.moveaxis(entries, -1, -2)
        return verbs.xp.matrix_transpose(_gathered(rows, self.row_table))


def _table(places: np.ndarray, size: int) -> np.ndarray:
    """Return (w, size): numbers of the entries at each place, filled up with their count."""
    order, counts = np.argsort(places, kind="stable"), np.bincount(places, minlength=size)
    starts = np.cumsum(counts) - counts
    table = np.full((max(1, int(counts.max(initial=0))), size), len(places))
    table[np.arange(len(places)) - starts[places[order]], places[order]] = order
    return table


def _gathered(products: Array, table: Array) -> Array:
    """Sum products (..., nnz) along the lines of a table (w, m) to (..., m)."""
    xp = namespace_of(products)
    padded = xp.concat([products, xp.zeros_like(products[..., :1])], axis=-1)
    flat = xp.reshape(table, (-1,))
    found = xp.take(padded, flat, axis=-1)
    return xp.sum(xp.reshape(found, (*found.shape[:-1], *table.shape)), axis=-2)
