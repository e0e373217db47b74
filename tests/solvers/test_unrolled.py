"""Derivatives through the steps: every method, with checkpoints and tolerances, and their rates."""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import xpde
from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.solvers import (
    Dense,
    Implicit,
    Jacobi,
    Unrolled,
    linear_solve,
)

sys.path.insert(0, str(Path(__file__).parent))
from systems import (
    EPS,
    KNOWN,
    METHODS,
    N,
    gradients,
    host,
    kind_of,
    make,
    matrix,
    placed,
    problem,
    vectors,
)

every = pytest.mark.parametrize("name", sorted(METHODS))


@cache
def differences(name, steps):
    """Central differences of ⟨w, x_K⟩ in random directions of A, b, x₀, by NumPy."""
    bk, h = xpde.backend("numpy", dtype="float64"), 1e-5
    a, b, x0, w = problem(name)
    rng = np.random.default_rng(9)
    da, db, dx0 = rng.standard_normal((N, N)), *rng.standard_normal((2, N))
    if kind_of(name) != "general":
        da = da + da.T

    def value(s, t, u):
        operator = Dense(bk.asarray(a + s * da), KNOWN[kind_of(name)])
        x = linear_solve(operator, b + t * db, make(name, max_steps=steps), x0=x0 + u * dx0).value
        return float(w @ x)

    units = np.eye(3)
    slopes = [(value(*(h * e)) - value(*(-h * e))) / (2 * h) for e in units]
    return (da, db, dx0), slopes


@every
def test_unrolled(bk, name):
    """The derivative of the K-th iterate, however far it is from the solution.

    Central differences have an error of h² third derivatives and eps/h; directions in A are
    symmetric for methods that only solve symmetric systems.
    """
    a, b, x0, w = problem(name)
    gradient = gradients(bk, name, Unrolled(), max_steps=2)
    found = host(bk, gradient(placed(bk, a, b, x0), bk.asarray(w), bk.asarray(1.0)))
    for g, direction, slope in zip(found, *differences(name, 2), strict=True):
        assert abs(np.sum(g * direction) - slope) < 1e-7 * max(1.0, abs(slope))


@every
def test_checkpoints_change_nothing(backends, name):
    """Steps that are made again give the same derivatives: blocks that divide K, and not."""
    a, b, x0, w = problem(name)
    for bk in backends.values():
        compiled = bk.capabilities.compiles
        if compiled and name not in ("CG", "Richardson"):
            continue  # seconds of compilation, for the same loop
        args = (placed(bk, a, b, x0), bk.asarray(w), bk.asarray(1.0))
        whole = host(bk, gradients(bk, name, Unrolled(), max_steps=5)(*args))
        for block in (2,) if compiled else (2, 5):
            again = host(bk, gradients(bk, name, Unrolled(checkpoint=block), max_steps=5)(*args))
            size = max(np.max(np.abs(g)) for g in whole)
            for g, expected in zip(again, whole, strict=True):
                # recomputed in another order; that of x₀ is a small difference by then
                assert np.max(np.abs(g - expected)) < 1000 * EPS * size


@pytest.mark.parametrize("name", ["BiCGStab", "CG", "GMRES", "MINRES"])
def test_unrolled_with_a_tolerance(bk, relative, name):
    """Who ended keeps its derivative, finite also where later steps would divide by zero."""
    a, b, x0, w = problem(name)
    bs, guesses, ws = np.stack([b, 0 * b]), np.stack([x0, 0 * x0]), np.stack([w, w])
    gradient = gradients(bk, name, Unrolled(), rtol=1e-12, max_steps=20)
    found = host(bk, gradient(placed(bk, a, bs, guesses), bk.asarray(ws), bk.asarray(1.0)))
    assert all(np.all(np.isfinite(g)) for g in found)
    adjoint = np.linalg.solve(a.T, w)
    assert relative(found[1][0], adjoint) < 1e-8  # a solve to 1e-12, differentiated: it lags
    assert np.all(found[1][1] == 0)  # no step was taken for b = 0


@pytest.mark.parametrize("checkpoint", [None, 3])
def test_unrolled_linear_iteration(bk, relative, checkpoint):
    """x_K = Gᴷ x₀ + (I - Gᴷ) A⁻¹ b: the derivatives of Jacobi are those of this formula."""
    a, b, x0, w = problem("Jacobi")
    g = np.eye(N) - 0.9 * a / np.diag(a)[:, None]
    power = np.linalg.matrix_power(g, 4)
    adjoint = Unrolled(checkpoint=checkpoint)
    gradient = gradients(bk, "Jacobi", adjoint, max_steps=4)
    _, of_b, of_x0 = host(bk, gradient(placed(bk, a, b, x0), bk.asarray(w), bk.asarray(1.0)))
    assert relative(of_x0, power.T @ w) < 100 * EPS
    assert relative(of_b, np.linalg.solve(a.T, w - power.T @ w)) < 100 * EPS


def errors_of_gradients(name, a, adjoint, counts, **how):
    """‖error of (Ā, b̄)‖ after K steps from 0, K in counts, on the host."""
    bk = xpde.backend("numpy", dtype="float64")
    b, w = vectors()
    lam, x = np.linalg.solve(a.T, w), np.linalg.solve(a, b)
    errors = []
    for k in counts:

        def loss(arrays, k=k):
            method = make(name, max_steps=k, **how)
            found = linear_solve(Dense(arrays[0]), arrays[1], method, adjoint=adjoint).value
            return namespace_of(found).sum(w * found)

        of_a, of_b = bk.value_and_grad(loss)((a, b))[1]
        errors.append((np.linalg.norm(of_a + np.outer(lam, x)), np.linalg.norm(of_b - lam)))
    return np.array(errors)


@pytest.mark.parametrize(("name", "near", "far"), [("Jacobi", 14, 22), ("Richardson", 60, 100)])
def test_rates(name, near, far):
    """b̄ errs by ρᴷ, Ā implicitly by ρᴷ and unrolled by (K + c) ρᴷ, ρ the radius of I - M A.

    The numbers of steps are such that the second eigenvalue adds less than 1 % of the first.
    """
    a = matrix("dominant") if name == "Jacobi" else matrix("definite")
    m = 0.9 / np.diag(a) if name == "Jacobi" else np.full(N, 2.0 / 21.0)
    rho = np.max(np.abs(np.linalg.eigvals(np.eye(N) - m[:, None] * a)))
    before, after = errors_of_gradients(name, a, Implicit(), (near, far))
    assert np.max(np.abs(after / before / rho ** (far - near) - 1)) < 0.02
    before, after = errors_of_gradients(name, a, Unrolled(), (near, far))
    of_a, of_b = after / before / rho ** (far - near)
    assert abs(of_b - 1) < 0.02
    growth = far / near
    assert (1 + growth) / 2 < of_a <= growth  # (K₂ + c)/(K₁ + c) for 0 ≤ c ≤ K₁


@pytest.mark.parametrize("kind", ["dominant", "general"])
def test_unrolled_is_implicit_for_linear_iterations(bk, relative, kind):
    """From 0, b̄ of K steps of Jacobi is K steps of Jacobi on Aᵀ: not merely close."""
    a, (b, w) = matrix(kind), vectors()

    def loss(b, adjoint):
        method = Jacobi(max_steps=3, omega=0.9)
        x = linear_solve(Dense(bk.asarray(a)), b, method, adjoint=adjoint).value
        return namespace_of(x).sum(bk.asarray(w) * x)

    found = [
        bk.to_numpy(bk.value_and_grad(lambda b, how=how: loss(b, how))(bk.asarray(b))[1])
        for how in (Implicit(), Unrolled())
    ]
    assert relative(found[0], found[1]) < 50 * EPS


def test_refuses():
    """A block of no steps."""
    with pytest.raises(InvalidInput, match="checkpoint >= 1"):
        Unrolled(checkpoint=0)
