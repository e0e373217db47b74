"""GMRES and FGMRES: least residuals, restarts, exhausted spaces, singular operators."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.solvers import (
    CG,
    FGMRES,
    GMRES,
    POSITIVE,
    Dense,
    Diagonal,
    Inner,
    Singular,
    Status,
    Unrolled,
    linear_solve,
)

sys.path.insert(0, str(Path(__file__).parent))
from systems import EPS, N, dominant, iterates, krylov, matrix, spd_preconditioner, vectors


def cycle(a, m, b, x, k):
    """x of least ‖b - A x‖ in x + M K_k(A M, r)."""
    r = b - a @ x
    v = m @ krylov(a @ m, r, k)
    return x + v @ np.linalg.lstsq(a @ v, r, rcond=None)[0]


@pytest.mark.parametrize("name", ["GMRES", "FGMRES"])
@pytest.mark.parametrize("preconditioned", [False, True])
def test_least_residual(bk, relative, name, preconditioned):
    """A step minimizes the true residual over three vectors, also with M; then it starts again."""
    a, (b, x0) = matrix("general"), vectors()
    m = spd_preconditioner(N) if preconditioned else np.eye(N)
    expected = x0
    counts = (1, 2, 3)
    for x in iterates(bk, name, b, x0, counts, preconditioned=preconditioned):
        expected = cycle(a, m, b, expected, 3)
        assert relative(x, expected) < 200 * EPS  # κ < 10


def test_whole_space(bk, relative):
    """One cycle of n vectors is exact, however large the restart; the history has one entry."""
    a, b = matrix("general"), vectors(count=1)[0]
    operator = Dense(bk.asarray(a))
    method = GMRES(rtol=1e-12, restart=50, max_steps=3)
    found = linear_solve(operator, bk.asarray(b), method, history=True)
    assert int(found.steps) == 1
    assert relative(bk.to_numpy(found.value), np.linalg.solve(a, b)) < 200 * EPS
    sizes = bk.to_numpy(found.history)
    assert relative(sizes[0], np.linalg.norm(b)) < 10 * EPS
    assert np.all(sizes[1:] == bk.to_numpy(found.residual))


def test_happy_breakdown(bk, relative):
    """A space exhausted after two of twelve vectors gives the solution and finite numbers."""
    d = np.repeat([1.0, 3.0], N // 2)
    b = vectors(count=1)[0]
    found = linear_solve(Diagonal(bk.asarray(d), (N,)), bk.asarray(b), GMRES(max_steps=2))
    assert int(found.status) == Status.SUCCESS
    assert relative(bk.to_numpy(found.value), b / d) < 10 * EPS


def test_exhausted_gradient(bk, relative):
    """Derivatives through the steps stay finite and right where the space is exhausted.

    The space of (1, 0, 0, 0) is a line: x = b/d there. A disturbance of the other entries opens
    directions that have no limit, so only that of the first is compared.
    """
    operator = Diagonal(bk.asarray(np.array([2.0, 3.0, 4.0, 5.0])), (4,))

    def first(b):
        x = linear_solve(operator, b, GMRES(max_steps=2, restart=3), adjoint=Unrolled()).value
        return namespace_of(x).sum(x)

    slope = bk.jit(lambda b: bk.value_and_grad(first)(b)[1])(
        bk.asarray(np.array([1.0, 0.0, 0.0, 0.0]))
    )
    slope = bk.to_numpy(slope)
    assert np.all(np.isfinite(slope))
    assert abs(slope[0] - 0.5) < 10 * EPS


def test_stagnation(bk):
    """A cyclic shift moves nothing in fewer than n vectors: told after the first cycle."""
    shift, b = np.roll(np.eye(6), 1, axis=0), np.eye(6)[0]
    operator = Dense(bk.asarray(shift))
    found = linear_solve(operator, bk.asarray(b), GMRES(rtol=1e-8, restart=5))
    assert int(found.status) == Status.BREAKDOWN
    assert int(found.steps) == 1
    found = linear_solve(operator, bk.asarray(b), GMRES(rtol=1e-8, restart=6))
    assert int(found.status) == Status.SUCCESS


def test_singular(bk, relative):
    """A singular operator is told; with its null spaces stated the least solution is found."""
    a = dominant(N)
    a = a - np.outer(a @ np.ones(N), np.ones(N)) / N  # A 1 = 0
    left = np.linalg.svd(a.T)[2][-1:]  # the row that spans the null space of Aᵀ
    b, operator = vectors(count=1)[0], Dense(bk.asarray(a))
    found = linear_solve(operator, bk.asarray(b), GMRES(rtol=1e-8, restart=N))
    assert int(found.status) == Status.SINGULAR
    null = np.full((1, N), N**-0.5)
    stated = Singular(operator, bk.asarray(null), bk.asarray(left))
    found = linear_solve(stated, bk.asarray(b), GMRES(rtol=1e-12, restart=N))
    assert int(found.status) == Status.SUCCESS
    exact = np.linalg.pinv(a, rcond=1e-10) @ b
    assert relative(bk.to_numpy(found.value), exact) < 1e-11  # rtol κ


def test_residual_does_not_grow(bk):
    """Cycles beyond the solution leave it as it is."""
    a, b = matrix("general"), vectors(count=1)[0]
    method = GMRES(max_steps=8, restart=6)
    found = linear_solve(Dense(bk.asarray(a)), bk.asarray(b), method, history=True)
    sizes = bk.to_numpy(found.history)
    assert int(found.status) == Status.SUCCESS
    assert np.all(sizes[1:] <= sizes[:-1])
    assert sizes[-1] < 10 * EPS * np.linalg.norm(b)


def test_flexible(bk, relative):
    """A few steps of CG, another operator for every vector, precondition FGMRES: one vector."""
    a, b = matrix("definite"), vectors(count=1)[0]
    operator = Dense(bk.asarray(a), POSITIVE)
    method = FGMRES(rtol=1e-8, restart=4, preconditioner=Inner.factory(CG(rtol=1e-3)))
    found = linear_solve(operator, bk.asarray(b), method)
    assert int(found.status) == Status.SUCCESS
    assert int(found.steps) == 1  # four vectors at 1e-3 each
    assert relative(bk.to_numpy(found.value), np.linalg.solve(a, b)) < 20 * 1e-8  # κ rtol


def test_two_dimensional_vectors(bk, relative):
    """Vectors of several axes are flattened and put back."""
    b = vectors(count=1)[0]
    d = np.arange(1.0, 13.0).reshape(3, 4)
    found = linear_solve(
        Diagonal(bk.asarray(d), (3, 4)), bk.asarray(b.reshape(3, 4)), GMRES(rtol=1e-10, restart=12)
    )
    assert found.value.shape == (3, 4)
    assert relative(bk.to_numpy(found.value), b.reshape(3, 4) / d) < 1e-9


def test_refuses():
    """A restart of no vectors."""
    with pytest.raises(InvalidInput, match="restart of 1 or more"):
        GMRES(rtol=1e-6, restart=0)
