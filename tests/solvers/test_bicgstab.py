"""BiCGStab: its polynomials, true residuals, termination, breakdown."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.solvers import BiCGStab, Dense, Identity, Status, linear_solve

sys.path.insert(0, str(Path(__file__).parent))
from systems import (
    EPS,
    N,
    budgeted,
    dominant,
    iterates,
    krylov,
    matrix,
    spd_preconditioner,
    vectors,
)


def biconjugate(a, r, shadow, k):
    """The residual of k steps of BiCG: in r + A K_k(A, r), orthogonal to K_k(Aᵀ, r̂)."""
    v, w = krylov(a, r, k), krylov(a.T, shadow, k)
    return r - a @ v @ np.linalg.solve(w.T @ a @ v, w.T @ r)


def test_first_step(bk, relative):
    """r₁ = (I - ω A M) r̃, r̃ the residual of BiCG and ω such that ‖r₁‖ is least."""
    a, (b, x0) = matrix("general"), vectors()
    for preconditioned in (False, True):
        m = spd_preconditioner(N) if preconditioned else np.eye(N)
        r = b - a @ x0
        s = biconjugate(a @ m, r, r, 1)
        t = a @ m @ s
        (x,) = iterates(bk, "BiCGStab", b, x0, (1,), preconditioned=preconditioned)
        assert relative(b - a @ x, s - t * (t @ s) / (t @ t)) < 200 * EPS


def test_second_step(bk, relative):
    """r₂ = (I - ω₂ A) (I - ω₁ A) r̃₂, r̃₂ of two steps of BiCG."""
    a, (b, x0) = matrix("general"), vectors()
    r = b - a @ x0
    one, two = (biconjugate(a, r, r, k) for k in (1, 2))
    first = (a @ one) @ one / ((a @ one) @ (a @ one))
    s = two - first * a @ two
    expected = s - (a @ s) * ((a @ s) @ s) / ((a @ s) @ (a @ s))
    (x,) = iterates(bk, "BiCGStab", b, x0, (2,))
    assert relative(b - a @ x, expected) < 10000 * EPS  # r₂ is a hundredth of r₀


@pytest.mark.parametrize("preconditioned", [False, True])
def test_residual_is_the_true_one(bk, preconditioned):
    """‖r‖ of the recurrence is ‖b - A x‖, up to the rounding of the largest residual."""
    a, (b, x0) = matrix("general"), vectors()
    solve, place = budgeted(bk, "BiCGStab", preconditioned), bk.asarray
    for k in (1, 3):
        x, _, _, size = solve(place(a), place(b), place(x0), place(np.array(k)))
        true = np.linalg.norm(b - a @ bk.to_numpy(x))
        assert abs(float(size) - true) < 1000 * EPS * np.linalg.norm(b - a @ x0)


def test_termination(bk, relative):
    """n steps are enough in exact arithmetic."""
    a, b = dominant(5), vectors(n=5, count=1)[0]
    found = linear_solve(Dense(bk.asarray(a)), bk.asarray(b), BiCGStab(max_steps=5))
    assert relative(bk.to_numpy(found.value), np.linalg.solve(a, b)) < 1e-10  # κ, peaks, 5 steps


def test_identity(bk):
    """I x = b is exact after half a step, and the rest of the steps do no harm."""
    b = bk.asarray(vectors(count=1)[0])
    found = linear_solve(Identity((N,)), b, BiCGStab(max_steps=3))
    assert int(found.status) == Status.SUCCESS
    assert np.array_equal(bk.to_numpy(found.value), bk.to_numpy(b))


def test_skew_operator_breaks_down(bk):
    """⟨r̂, A r̂⟩ = 0 for a skew A: told, and nothing is divided by it."""
    a = np.triu(np.random.default_rng(0).standard_normal((N, N)), 1)
    b = bk.asarray(vectors(count=1)[0])
    found = linear_solve(Dense(bk.asarray(a - a.T)), b, BiCGStab(rtol=1e-8))
    assert int(found.status) == Status.BREAKDOWN
    assert int(found.steps) == 1
