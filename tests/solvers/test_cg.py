"""Conjugate gradients: optimality, termination, bounds."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.solvers import (
    CG,
    GENERAL,
    NEGATIVE,
    POSITIVE,
    Dense,
    Diagonal,
    Status,
    Tags,
    linear_solve,
)

sys.path.insert(0, str(Path(__file__).parent))
from systems import (
    EPS,
    KAPPA,
    N,
    energy,
    iterates,
    krylov,
    matrix,
    rotated,
    spd_preconditioner,
    vectors,
)


def test_optimal(bk, relative):
    """The k-th iterate has the least energy error in x₀ + K_k(A, r₀)."""
    a, (b, x0) = matrix("definite"), vectors()
    for k, x in zip((1, 2, 4), iterates(bk, "CG", b, x0, (1, 2, 4)), strict=True):
        v = krylov(a, b - a @ x0, k)
        best = x0 + v @ np.linalg.solve(v.T @ a @ v, v.T @ (b - a @ x0))
        assert relative(x, best) < 100 * KAPPA * EPS  # a few products, solved with condition κ


def test_optimal_preconditioned(bk, relative):
    """With M the space is K_k(M A, M r₀)."""
    a, m, (b, x0) = matrix("definite"), spd_preconditioner(N), vectors()
    (x,) = iterates(bk, "CG", b, x0, (3,), preconditioned=True)
    v = krylov(m @ a, m @ (b - a @ x0), 3)
    best = x0 + v @ np.linalg.solve(v.T @ a @ v, v.T @ (b - a @ x0))
    assert relative(x, best) < 100 * KAPPA * EPS


def test_bound(bk):
    """‖e_k‖_A falls in every step, and below 2 qᵏ ‖e₀‖_A, q = (√κ-1)/(√κ+1)."""
    a, (b, x0) = matrix("definite"), vectors()
    exact, counts = np.linalg.solve(a, b), range(9)
    errors = [energy(a, x - exact) for x in iterates(bk, "CG", b, x0, counts)]
    q = (np.sqrt(KAPPA) - 1) / (np.sqrt(KAPPA) + 1)
    assert all(after < before for before, after in pairwise(errors))
    assert all(e <= 2 * q**k * errors[0] for k, e in zip(counts, errors, strict=True))


def test_finite_termination(bk, relative):
    """Four distinct eigenvalues need four steps, whatever n."""
    a, (b,) = rotated(np.repeat([1.0, 2.0, 5.0, 9.0], 3)), vectors(count=1)
    three, four = iterates(bk, "CG", b, np.zeros(N), (3, 4), a=a)
    exact = np.linalg.solve(a, b)
    assert relative(three, exact) > 1e-3
    assert relative(four, exact) < 1000 * EPS  # κ = 9, four steps


def test_negative_definite(bk, relative):
    """(-A) x = -b takes the same steps."""
    a, (b,) = matrix("definite"), vectors(count=1)
    plus = linear_solve(Dense(bk.asarray(a), POSITIVE), bk.asarray(b), CG(max_steps=4))
    minus = linear_solve(Dense(bk.asarray(-a), NEGATIVE), bk.asarray(-b), CG(max_steps=4))
    assert relative(bk.to_numpy(minus.value), bk.to_numpy(plus.value)) < 10 * EPS
    assert relative(bk.to_numpy(minus.residual), bk.to_numpy(plus.residual)) < 10 * EPS


def test_exact_preconditioner(bk, relative):
    """M = A⁻¹ needs one step."""
    d = np.linspace(1.0, 1e6, N)
    operator, inverse = (Diagonal(bk.asarray(e), (N,), POSITIVE) for e in (d, 1 / d))
    b = vectors(count=1)[0]
    found = linear_solve(operator, bk.asarray(b), CG(rtol=1e-12, preconditioner=inverse))
    assert int(found.steps) == 1
    assert relative(bk.to_numpy(found.value), b / d) < 10 * EPS


def test_refuses(bk):
    """A tag that says not symmetric is refused; an indefinite operator is told."""
    operator = Dense(bk.asarray(np.eye(2)), Tags(symmetric=False))
    with pytest.raises(InvalidInput, match="use GMRES or BiCGStab"):
        linear_solve(operator, bk.asarray(np.ones(2)), CG(max_steps=1))
    indefinite = Dense(bk.asarray(np.diag([1.0, -1.0])), GENERAL)
    found = linear_solve(indefinite, bk.asarray(np.array([1.0, 2.0])), CG(rtol=1e-10))
    assert int(found.status) == Status.INDEFINITE
