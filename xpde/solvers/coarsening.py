"""Stencils on the grid of twice the spacing."""

import math
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of
from xpde.errors import InvalidInput
from xpde.solvers.algebra import Identity, Scaled, Sum
from xpde.solvers.operator import LinearOperator
from xpde.solvers.singular import Singular
from xpde.solvers.stencil import Stencil
from xpde.solvers.transfer import coarse_points

__all__ = ["coarse_operator", "coarse_stencil"]

Array = Any
Offset = tuple[int, ...]


def coarse_operator(operator: LinearOperator) -> LinearOperator | None:
    """Return the operator on the coarse grid: what it offers as ``coarsened()``, or None.

    Multiples, sums (also with an identity) and operators with a null space of constants are taken
    apart and put together again.

    Raises
    ------
    InvalidInput
        If a null space is stated by vectors, which have no coarse ones.
    """
    if isinstance(operator, Singular):
        if operator.null is not None or operator.null_left is not None:
            raise InvalidInput(
                "multigrid: expected a null space of constants, got vectors; use CG or MINRES"
            )
        inner = coarse_operator(operator.operator)
        return None if inner is None else replace(operator, operator=inner)
    if isinstance(operator, Scaled):
        inner = coarse_operator(operator.operator)
        return None if inner is None else Scaled(inner, operator.factor)
    if isinstance(operator, Sum):
        return _coarse_sum(operator)
    offered = getattr(operator, "coarsened", None)
    return None if offered is None else offered()


def _coarse_sum(fine: Sum) -> LinearOperator | None:
    """Return A + B on the coarse grid; an identity has the shape of the other part's."""
    left, right = (None if _unit(a) else coarse_operator(a) for a in (fine.left, fine.right))
    if left is not None and _unit(fine.right):
        right = _resized(fine.right, left.domain)
    elif right is not None and _unit(fine.left):
        left = _resized(fine.left, right.domain)
    return None if left is None or right is None else Sum(left, right)


def _unit(operator: LinearOperator) -> bool:
    """Tell whether an operator is a multiple of the identity."""
    while isinstance(operator, Scaled):
        operator = operator.operator
    return isinstance(operator, Identity)


def _resized(unit: LinearOperator, shape: tuple[int, ...]) -> LinearOperator:
    """Return the same multiple of the identity on arrays of another shape."""
    if isinstance(unit, Scaled):
        return Scaled(_resized(unit.operator, shape), unit.factor)
    return Identity(shape)


def interpolation(operator: LinearOperator) -> LinearOperator:
    """Return the prolongation to the grid of an operator that has a coarse one."""
    while isinstance(operator, (Scaled, Singular, Sum)):
        if isinstance(operator, Sum):
            operator = operator.right if _unit(operator.left) else operator.left
        else:
            operator = operator.operator
    return operator.prolongation()  # type: ignore[attr-defined]


def coarse_stencil(fine: Stencil) -> Stencil | None:
    """Return a stencil on the grid of twice the spacing; None if an axis has no coarse one.

    Constant coefficients are discretized again, as those of an operator of second order: with
    the even part e_j = (c(o_j) + c(-o_j))/2 and the odd one a_j,

        C_j = e_j/4 + a_j/2 for o_j ≠ 0,  Σ_j C_j = Σ_j c_j;

    an offset without its opposite is a one-sided difference of first order, C_j = c_j/2.

    Coefficients that vary between nodes give the Galerkin operator Pᵀ A P/2ᵈ, whose stencil has
    the diagonal neighbors too. Those between cells are conductances: a coarse face has the mean of
    its fine faces, by 4, and what a cell has beyond its faces (the sum of its row) is averaged. The
    cycle contracts as well as with constants where coefficients vary smoothly; where they jump by
    100 or more, nodes need CG around the cycle, and cells other coarse operators.

    Sources: Trottenberg, Oosterlee & Schüller, Multigrid (2001), sections 2.3, 5.2, 7.7.
    """
    ends = zip(fine.shape, fine.periodic, strict=True)
    coarse = [coarse_points(n, p, fine.cells) for n, p in ends]
    if None in coarse:
        return None
    shape = tuple(n for n in coarse if n is not None)
    if any(abs(k) > n for o in fine.offsets for k, n in zip(o, shape, strict=True)):
        return None
    if fine.constant:
        return replace(fine, coefficients=_rediscretized(fine), shape=shape)
    offsets, kernel = _conductances(fine) if fine.cells else _galerkin(fine)
    d = len(shape)
    c = fine.coefficients
    c = namespace_of(c).broadcast_to(c, (*fine.batch, len(fine.offsets), *fine.shape))
    if not fine.cells:  # a coarse node sees the fine ones before and behind it
        for a, wraps in enumerate(fine.periodic):
            if wraps:
                end = c[(..., slice(fine.shape[a] - 1, None), *(slice(None),) * (d - a - 1))]
                c = namespace_of(c).concat([end, c], axis=a - d)
    verbs = backend_of(c)
    c = verbs.convolve(c, verbs.asarray(kernel, like=c), stride=2)
    return replace(fine, offsets=offsets, coefficients=c, shape=shape)


def _rediscretized(fine: Stencil) -> Array:
    """Return the coefficients at twice the spacing, by one matrix (J, J) from the fine ones."""
    offsets, center = fine.offsets, (0,) * len(fine.shape)
    matrix = np.zeros((len(offsets), len(offsets)))
    for j, o in enumerate(offsets):
        opposite = tuple(-k for k in o)
        if o != center and opposite in offsets:  # e/4 + a/2 = 3/8 c(o) - 1/8 c(-o)
            matrix[j, j], matrix[j, offsets.index(opposite)] = 0.375, -0.125
        elif o != center:
            matrix[j, j] = 0.5
    if center in offsets:
        matrix[offsets.index(center), :] = 1.0 - np.sum(matrix, axis=0)
    c = fine.coefficients
    axis = 0 if c.ndim == 1 else c.ndim - len(fine.shape) - 1
    verbs = backend_of(c)
    rows = verbs.xp.moveaxis(c, axis, -1)[..., None, :]
    turned = verbs.xp.matmul(rows, verbs.asarray(matrix.T, like=c))
    return verbs.xp.moveaxis(turned[..., 0, :], -1, axis)


def _galerkin(fine: Stencil) -> tuple[tuple[Offset, ...], np.ndarray]:
    """Return the offsets O of Pᵀ A P/2ᵈ and the kernel (O, J, *3) that gives its coefficients.

    C_O(I) = Σ_o Σ_a w(a) w(a + o - 2O)/2ᵈ c_o(2I + a), w = 1/2, 1, 1/2 on every axis.
    """
    d = len(fine.shape)
    reach = [
        math.floor((max(abs(k) for k in ks) + 2) / 2) for ks in zip(*fine.offsets, strict=True)
    ]
    weights = {-1: 0.5, 0: 1.0, 1: 0.5}
    offsets, kernels = [], []
    for far in product(*(range(-r, r + 1) for r in reach)):
        kernel = np.zeros((len(fine.offsets), *(3,) * d))
        for (j, o), at in product(enumerate(fine.offsets), product((-1, 0, 1), repeat=d)):
            ends = [a + k - 2 * f for a, k, f in zip(at, o, far, strict=True)]
            weight = math.prod(
                weights[a] * weights.get(b, 0.0) / 2 for a, b in zip(at, ends, strict=True)
            )
            kernel[(j, *(a + 1 for a in at))] = weight
        if np.any(kernel):
            offsets.append(far)
            kernels.append(kernel)
    return tuple(offsets), np.stack(kernels)


def _conductances(fine: Stencil) -> tuple[tuple[Offset, ...], np.ndarray]:
    """Return the offsets and the kernel (J, J, *2) of coarse cells."""
    offsets, d = fine.offsets, len(fine.shape)
    center = (0,) * d
    if center not in offsets or any(sum(map(abs, o)) > 1 for o in offsets):
        raise InvalidInput(
            "multigrid of cells: expected a stencil of a cell and its 2d neighbors, got offsets "
            f"{offsets}; give the operator a coarsened() of its own"
        )
    kernel = np.zeros((len(offsets), len(offsets), *(2,) * d))
    middle = offsets.index(center)
    kernel[middle] = 0.5**d  # the sum of the row
    for j, o in enumerate(offsets):
        if j == middle:
            continue
        axis = next(a for a in range(d) if o[a])
        side = np.asarray([k == (o[axis] + 1) // 2 for k in (0, 1)]) * 0.25 * 0.5 ** (d - 1)
        face = np.reshape(side, [-1 if a == axis else 1 for a in range(d)])
        kernel[j, j] = face
        kernel[middle, j] -= face
    return offsets, kernel
