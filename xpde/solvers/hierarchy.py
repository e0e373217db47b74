"""The grids of multigrid: from an operator to the levels of a cycle."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from xpde.core import backend_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.algebra import Scaled
from xpde.solvers.coarsening import coarse_operator, interpolation
from xpde.solvers.cycle import Cycle, Level
from xpde.solvers.operator import LinearOperator
from xpde.solvers.singular import Singular
from xpde.solvers.splitting import repeated

__all__ = ["DirectInverse", "Smoother", "build_cycle"]

Array = Any
Smoother = Callable[[LinearOperator], LinearOperator]
"""Makes B ≈ A⁻¹ of A, such as :class:`~xpde.solvers.SORPreconditioner`."""

_DIRECT = 256
"""Unknowns at which coarsening ends: a product with a matrix of this size costs less than the calls
of another level."""
_LARGEST = 1024
"""Most unknowns of the coarsest grid, whose inverse is formed once by n³ operations."""


@register_tree(static=("shape",))
@dataclass(frozen=True, eq=False)
class DirectInverse(LinearOperator):
    """A⁻¹ as a matrix, for few unknowns; A⁺ if a null space of constants is stated.

    With the projection N on the null space it is (A + σN)⁻¹ - Nᵀ/σ.

    Attributes
    ----------
    entries
        The inverse, (..., n, n).
    shape
        Shape of the vectors.
    """

    entries: Array
    shape: tuple[int, ...]

    @classmethod
    def build(cls, operator: LinearOperator) -> "DirectInverse":
        """Return the inverse of an operator."""
        matrix = operator.matrix()
        verbs, n = backend_of(matrix), operator.size
        xp = verbs.xp
        eye = xp.broadcast_to(verbs.asarray(np.eye(n), like=matrix), matrix.shape)
        if not isinstance(operator, Singular):
            return cls(xp.linalg.solve(matrix, eye), operator.domain)
        kernel = operator.completion(matrix)
        size = xp.mean(operator.diagonal(), axis=tuple(range(-len(operator.domain), 0)))
        size = size[..., None, None]
        regular = xp.linalg.solve(matrix + size * kernel, eye)
        return cls(regular - xp.matrix_transpose(kernel) / size, operator.domain)

    @property
    def domain(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape

    @property
    def batch(self) -> tuple[int, ...]:
        """Leading axes of the inverse."""
        return tuple(self.entries.shape[:-2])

    def __call__(self, r: Array) -> Array:
        """Return A⁻¹ r."""
        xp = backend_of(r, self.entries).xp
        lead = r.shape[: r.ndim - len(self.shape)]
        if not self.batch:
            flat = xp.reshape(r, (prod(lead), self.size))
            return xp.reshape(xp.matmul(flat, xp.matrix_transpose(self.entries)), r.shape)
        x = xp.matmul(self.entries, xp.reshape(r, (*lead, self.size, 1)))
        return xp.reshape(x, (*x.shape[:-2], *self.shape))

    def transpose(self) -> LinearOperator:
        """Return A⁻ᵀ."""
        return replace(self, entries=backend_of(self.entries).xp.matrix_transpose(self.entries))


def build_cycle(
    operator: LinearOperator,
    smoother: Smoother,
    *,
    kind: str,
    pre: int,
    post: int,
    levels: int | None,
    mirrored: bool,
) -> Cycle:
    """Return the cycle of an operator, its coarse operators and smoothers made once.

    Parameters
    ----------
    operator
        A, with ``coarsened()`` and ``prolongation()``, or a multiple of such a one, or one with a
        null space of constants.
    smoother
        What makes B ≈ A⁻¹ on every level.
    kind, pre, post
        Kind of the cycle, and steps of smoothing before and after the correction.
    levels
        Number of grids; None halves until few unknowns are left.
    mirrored
        Whether the smoothing after the correction is the transpose of that before.

    Raises
    ------
    InvalidInput
        If the grid cannot be halved as often as is needed.
    """
    grids: list[Level] = []
    top = operator
    while operator.size > _DIRECT if levels is None else len(grids) + 1 < levels:
        coarse = coarse_operator(operator)
        if coarse is None:
            break
        grids.append(_level(operator, smoother, pre, post, mirrored))
        operator = coarse
    if operator.size > _LARGEST or (levels is not None and len(grids) + 1 < levels):
        raise InvalidInput(_stuck(top, operator, levels))
    return Cycle(tuple(grids), DirectInverse.build(operator), kind)


def _level(
    operator: LinearOperator, smoother: Smoother, pre: int, post: int, mirrored: bool
) -> Level:
    before = repeated(smoother(operator), operator, pre) if pre else None
    after = None
    if post:
        once = smoother(operator.T).T if mirrored else smoother(operator)
        after = repeated(once, operator, post)
    up = interpolation(operator)
    weighting = getattr(up, "weighting", None)
    down = Scaled(up.T, 0.5 ** len(operator.domain)) if weighting is None else weighting()
    return Level(operator, before, after, down, up)


def _stuck(top: LinearOperator, last: LinearOperator, levels: int | None) -> str:
    """Say that a grid cannot be halved often enough, and which ones can."""
    if coarse_operator(last) is None and not hasattr(top, "coarsened") and last is top:
        wanted = "an operator with coarsened(), such as a Stencil"
        return f"multigrid: expected {wanted}, got {type(top).__name__} {top.domain}; use CG"
    wanted = f"{levels} grids" if levels is not None else f"at most {_LARGEST} unknowns"
    return (
        f"multigrid: expected a grid that can be halved to {wanted}, got {top.domain}, which ends "
        f"at {last.domain}; take 2^k m points for periodic axes and for cells, 2^k m - 1 for nodes "
        "between walls"
    )
