"""MINRES: least residual of a symmetric operator, definite or not, singular or not."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.solvers import MINRES, SYMMETRIC, Dense, Singular, Status, Tags, linear_solve

sys.path.insert(0, str(Path(__file__).parent))
from systems import EPS, N, budgeted, iterates, krylov, matrix, rotated, spd_preconditioner, vectors

PAIRS = np.concatenate([np.linspace(-4.0, -1.0, 4), np.linspace(1.0, 5.0, 7)])


def test_least_residual(bk, relative):
    """The k-th iterate has the least ‖b - A x‖ in x₀ + K_k(A, r₀), for an indefinite A."""
    a, (b, x0) = matrix("indefinite"), vectors()
    r = b - a @ x0
    for k, x in zip((1, 2, 5), iterates(bk, "MINRES", b, x0, (1, 2, 5)), strict=True):
        v = krylov(a, r, k)
        best = x0 + v @ np.linalg.lstsq(a @ v, r, rcond=None)[0]
        assert relative(x, best) < 1000 * EPS  # κ = 8, five steps


def test_least_residual_preconditioned(bk, relative):
    """With M the norm is ⟨r, M r⟩ and the space K_k(M A, M r₀)."""
    a, m, (b, x0) = matrix("indefinite"), spd_preconditioner(N), vectors()
    r, root = b - a @ x0, np.linalg.cholesky(m).T
    (x,) = iterates(bk, "MINRES", b, x0, (3,), preconditioned=True)
    v = krylov(m @ a, m @ r, 3)
    best = x0 + v @ np.linalg.lstsq(root @ a @ v, root @ r, rcond=None)[0]
    assert relative(x, best) < 1000 * EPS


@pytest.mark.parametrize("preconditioned", [False, True])
def test_residual_is_the_true_one(bk, relative, preconditioned):
    """‖r‖ of the recurrences is ‖b - A x‖."""
    a, (b, x0) = matrix("indefinite"), vectors()
    solve, place = budgeted(bk, "MINRES", preconditioned), bk.asarray
    for k in (1, 4):
        x, _, _, size = solve(place(a), place(b), place(x0), place(np.array(k)))
        true = np.linalg.norm(b - a @ bk.to_numpy(x))
        assert relative(bk.to_numpy(size), true) < 1000 * EPS


def test_singular(bk, relative):
    """With its null space stated the solution is that of the pseudoinverse, for every b."""
    values = np.concatenate([[0.0], PAIRS])
    a = rotated(values)
    w, q = np.linalg.eigh(a)
    null = q[:, np.argmin(np.abs(w))][None, :]
    operator = Singular(Dense(bk.asarray(a), SYMMETRIC), bk.asarray(null))
    b = vectors(count=1)[0]
    found = linear_solve(operator, bk.asarray(b), MINRES(rtol=1e-12, max_steps=30))
    assert int(found.status) == Status.SUCCESS
    exact = np.linalg.pinv(a, rcond=1e-10) @ b
    assert relative(bk.to_numpy(found.value), exact) < 1e-11  # rtol times κ = 5


def test_zero_operator(bk):
    """0 x = b is told to be singular; nothing becomes no number."""
    operator = Dense(bk.asarray(np.zeros((3, 3))), SYMMETRIC)
    found = linear_solve(operator, bk.asarray(np.ones(3)), MINRES(rtol=1e-8))
    assert int(found.status) == Status.SINGULAR
    assert np.all(bk.to_numpy(found.value) == 0)


def test_refuses(bk):
    """A tag that says not symmetric is refused; an indefinite M is a breakdown."""
    b = bk.asarray(np.array([1.0, 2.0]))
    operator = Dense(bk.asarray(np.eye(2)), Tags(symmetric=False))
    with pytest.raises(InvalidInput, match="use GMRES or BiCGStab"):
        linear_solve(operator, b, MINRES(max_steps=1))
    m = Dense(bk.asarray(np.diag([1.0, -1.0])), SYMMETRIC)
    found = linear_solve(m, b, MINRES(rtol=1e-8, preconditioner=m))
    assert int(found.status) == Status.BREAKDOWN
