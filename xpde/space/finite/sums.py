"""The operator of finite differences: a sum of formulas along axes, with fields between them."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

from xpde.core import backend_of, namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers import GENERAL, LinearOperator, Tags
from xpde.solvers.stencil import Stencil
from xpde.space.finite.line import Lift, Line

__all__ = ["AxisSum", "Term"]

Array = Any
Formula = Line | Lift | None


class Term(NamedTuple):
    """L (c · R u) along one axis; None is the identity.

    Attributes
    ----------
    axis
        Negative axis.
    left, right
        L and R.
    """

    axis: int
    left: Formula
    right: Formula

    @property
    def T(self) -> "Term":
        """The transpose Rᵀ (c · Lᵀ u)."""
        left, right = self.left, self.right
        return Term(self.axis, right and right.T, left and left.T)

    def gives(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the result for arrays of this shape."""
        out = list(shape)
        for part in (self.right, self.left):
            if part is not None:
                out[self.axis] = part.gives
        return tuple(out)


@register_tree(static=("shape", "terms", "channels", "known"))
@dataclass(frozen=True, eq=False)
class AxisSum(LinearOperator):
    """A u = Σ_t L_t (c_t · R_t u), each L_t and R_t along one axis, c_t between them.

    All operators of finite differences on a box are of this form: a Laplacian has lines alone,
    ∇·(ν∇u) has ν on the faces between a gradient and a divergence, an advection has winds in front
    of differences. The transpose Σ_t R_tᵀ (c_t · L_tᵀ u) is exact, and of the same form.

    Attributes
    ----------
    shape
        Points *N of the fields.
    terms
        Axes and formulas.
    factors
        c_t, one for each term: None (1), a number, a scalar array, or an array (..., *M) on the
        points between L_t and R_t, whose axes of length 1 repeat. Leading axes are a batch of
        operators. Derivatives with respect to them exist.
    channels
        None: vectors are fields (*N), and every other leading axis, that of channels too, is an
        axis of independent samples. A number C: vectors are (C, *N), which a solve takes as one
        system.
    known
        What is known of it; it is not checked.
    home
        Any array; it says where the diagonal is placed, of operators without factors that are
        arrays. Methods and preconditioners that read the diagonal need it.
    """

    shape: tuple[int, ...]
    terms: tuple[Term, ...]
    factors: tuple[Any, ...]
    channels: int | None = None
    known: Tags = GENERAL
    home: Array | None = None

    @property
    def domain(self) -> tuple[int, ...]:
        """(*N), or (C, *N)."""
        return self.shape if self.channels is None else (self.channels, *self.shape)

    @property
    def codomain(self) -> tuple[int, ...]:
        """The domain, or another length on the axis of a single term."""
        shape = self.terms[0].gives(self.shape)
        return shape if self.channels is None else (self.channels, *shape)

    @property
    def batch(self) -> tuple[int, ...]:
        """Leading axes of the factors."""
        ndim = len(self.domain)
        shapes = [tuple(getattr(c, "shape", ()))[:-ndim] for c in self.factors]
        return np.broadcast_shapes(*shapes)

    @property
    def tags(self) -> Tags:
        """What was said to be known."""
        return self.known

    def __call__(self, x: Array) -> Array:
        """Return A x."""
        total = None
        for (axis, left, right), factor in zip(self.terms, self.factors, strict=True):
            part = x if right is None else right(x, axis)
            part = part if factor is None else factor * part
            part = part if left is None else left(part, axis)
            total = part if total is None else total + part
        return total

    def transpose(self) -> LinearOperator:
        """Return Aᵀ, of the same form."""
        if self.known.symmetric:
            return self
        terms = tuple(term.T for term in self.terms)
        shape = self.codomain[-len(self.shape) :]
        return AxisSum(shape, terms, self.factors, self.channels, self.known, self.home)

    def diagonal(self, like: Array | None = None) -> Array:
        """Return A_ii, from the formulas: no matrix is made."""
        center = (0,) * len(self.shape)
        entries = self._entries(self._near(like)[0], center)[center]
        shape = np.broadcast_shapes(tuple(entries.shape), self.domain)
        return namespace_of(entries).broadcast_to(entries, shape)

    def stencil(self, like: Array | None = None, *, cells: bool = False) -> Stencil:
        """Return A as a :class:`~xpde.solvers.Stencil`, which multigrid coarsens.

        Parameters
        ----------
        like
            An array that says where to place; needed only without factors that are arrays.
        cells
            Whether a coarse point is a cell of 2ᴰ fine ones (layout ``cells``); else every second
            point is one.

        Raises
        ------
        InvalidInput
            If the operator changes shapes, or couples channels.
        """
        if self.codomain != self.domain or self.channels is not None:
            raise InvalidInput(
                f"stencil: expected an operator of fields to fields of the same points, got "
                f"{self.domain} -> {self.codomain}"
            )
        near = self._near(like)[0]
        found = self._entries(near)
        xp, d = namespace_of(near, *found.values()), len(self.shape)
        shape = np.broadcast_shapes(self.shape, *[tuple(c.shape) for c in found.values()])
        rows = [xp.broadcast_to(c, shape) for c in found.values()]
        periodic = tuple(self._periodic(axis - d) for axis in range(d))
        coefficients = xp.stack(rows, axis=-d - 1)
        return Stencil(tuple(found), coefficients, self.shape, periodic, self.known, cells)

    def _periodic(self, axis: int) -> bool:
        """Tell whether the formulas along an axis go around it."""
        return any(_wraps(term) for term in self.terms if term.axis == axis)

    def _entries(
        self, near: Array, only: tuple[int, ...] | None = None
    ) -> dict[tuple[int, ...], Array]:
        """Return the entries A_{i, i + o} by the offset o, as arrays (..., *N)."""
        found: dict[tuple[int, ...], Array] = {}
        d = len(self.shape)
        for term, factor in zip(self.terms, self.factors, strict=True):
            for k, bands in _bands(term, self.shape[term.axis]).items():
                offset = tuple(k if a == term.axis + d else 0 for a in range(d))
                if only is not None and offset != only:
                    continue
                for m, host in bands.items():
                    value = _band(near, term, factor, m, host)
                    found[offset] = found[offset] + value if offset in found else value
        if only is not None and only not in found:
            found[only] = 0.0 * _band(near, self.terms[0], None, 0, np.zeros(1))
        return found


def _band(near: Array, term: Term, factor: Any, m: int, host: np.ndarray) -> Array:
    """Return host(i) c(i + m) along the axis of a term."""
    verbs, axis = backend_of(near), term.axis
    row = verbs.asarray(np.reshape(host, (-1, *(1,) * (-axis - 1))), like=near)
    if factor is None or isinstance(factor, (int, float)):
        return row if factor is None else factor * row
    if factor.ndim == 0 or factor.shape[axis] == 1:
        return row * factor
    rows = np.clip(np.arange(host.size) + m, 0, factor.shape[axis] - 1)
    if _wraps(term):
        rows = (np.arange(host.size) + m) % factor.shape[axis]
    picked = namespace_of(factor).take(factor, backend_of(factor).asarray(rows), axis=axis)
    return row * picked


def _wraps(term: Term) -> bool:
    """Tell whether a formula of a term goes around its axis."""
    return any(isinstance(p, Line) and p.wrap != (0, 0) for p in (term.left, term.right))


@lru_cache(maxsize=256)
def _bands(term: Term, points: int) -> dict[int, dict[int, np.ndarray]]:
    """Return host(i) = L_{i, i+m} R_{i+m, i+k} by k and m; on periodic axes near i, modulo N."""
    eye = scipy.sparse.eye_array
    right = eye(points) if term.right is None else term.right.sparse()
    left = eye(right.shape[0]) if term.left is None else term.left.sparse()
    left, right = left.tocoo(), right.tocsr()
    counts = np.diff(right.indptr)[left.col]  # every entry of L meets a row of R
    pair = np.repeat(np.arange(left.nnz), counts)
    within = np.arange(pair.size) - np.repeat(np.cumsum(counts) - counts, counts)
    at = right.indptr[left.col][pair] + within
    i, f, j = left.row[pair], left.col[pair], right.indices[at]
    values = left.data[pair] * right.data[at]
    k, m = j - i, f - i
    if _wraps(term):
        k, m = (((o + points // 2) % points) - points // 2 for o in (k, m))
    found: dict[int, dict[int, np.ndarray]] = {}
    for offset, step in sorted(set(zip(k.tolist(), m.tolist(), strict=True))):
        chosen = (k == offset) & (m == step)
        host = np.bincount(i[chosen], weights=values[chosen], minlength=left.shape[0])
        found.setdefault(offset, {})[step] = host
    return found
