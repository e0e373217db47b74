"""Chebyshev iteration against Chebyshev's polynomials."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.polynomial.chebyshev import Chebyshev as Series

from xpde.errors import InvalidInput
from xpde.solvers import CG, POSITIVE, Chebyshev, Dense, Inner, linear_solve

sys.path.insert(0, str(Path(__file__).parent))
from systems import EPS, KAPPA, N, energy, iterates, matrix, vectors


def test_polynomial(bk, relative):
    """e_k = T_k((θ - A)/δ)/T_k(θ/δ) e₀."""
    eigenvalues, q = np.linspace(1.0, KAPPA, N), np.linalg.eigh(matrix("definite"))[1]
    a, (b, x0) = matrix("definite"), vectors()
    exact, theta, delta = np.linalg.solve(a, b), (1 + KAPPA) / 2, (KAPPA - 1) / 2
    for k, x in zip((1, 2, 3, 7), iterates(bk, "Chebyshev", b, x0, (1, 2, 3, 7)), strict=True):
        t = Series.basis(k)
        factor = t((theta - eigenvalues) / delta) / t(theta / delta)
        expected = exact + q @ (factor * (q.T @ (x0 - exact)))
        assert relative(x, expected) < 200 * EPS  # seven products


def test_bound(bk):
    """‖e_k‖_A ≤ 2 qᵏ ‖e₀‖_A, q = (√κ-1)/(√κ+1)."""
    a, (b, x0) = matrix("definite"), vectors()
    exact, q = np.linalg.solve(a, b), (np.sqrt(KAPPA) - 1) / (np.sqrt(KAPPA) + 1)
    errors = [energy(a, x - exact) for x in iterates(bk, "Chebyshev", b, x0, range(9))]
    assert all(e <= 2 * q**k * errors[0] for k, e in enumerate(errors))


def test_one_eigenvalue(bk, relative):
    """a = b is Richardson's iteration with ω = 1/a, exact for a multiple of the identity."""
    b = vectors(count=1)[0]
    operator = Dense(bk.asarray(3.0 * np.eye(N)), POSITIVE)
    found = linear_solve(operator, bk.asarray(b), Chebyshev(max_steps=3, bounds=(3.0, 3.0)))
    assert relative(bk.to_numpy(found.value), b / 3.0) < 10 * EPS


def test_bounds_of_a_batch(bk, relative):
    """Every operator of a batch may have its own bounds, as arrays."""
    b, scales = vectors(count=1)[0], np.array([1.0, 100.0])
    a = np.stack([s * matrix("definite") for s in scales])
    bounds = tuple(bk.asarray((s * scales)[:, None]) for s in (1.0, KAPPA))
    operator = Dense(bk.asarray(a), POSITIVE)
    found = linear_solve(operator, bk.asarray(b), Chebyshev(max_steps=5, bounds=bounds))
    first, second = bk.to_numpy(found.value)
    assert relative(100.0 * second, first) < 10 * EPS


def test_preconditions(bk, relative):
    """Four steps are the symmetric M = (I - p(A)) A⁻¹, p as above; with it, CG does more."""
    a, (b,) = matrix("definite"), vectors(count=1)
    operator = Dense(bk.asarray(a), POSITIVE)
    inner = Inner.factory(Chebyshev(max_steps=4, bounds=(2.0, KAPPA)))
    t, (w, q) = Series.basis(4), np.linalg.eigh(a)
    p = t((11.0 - w) / 9.0) / t(11.0 / 9.0)  # θ = 11, δ = 9
    expected = q @ np.diag((1.0 - p) / w) @ q.T
    assert relative(bk.to_numpy(inner(operator).matrix(bk.asarray(b))), expected) < 200 * EPS
    plain, found = (
        linear_solve(operator, bk.asarray(b), CG(max_steps=3, preconditioner=m))
        for m in (None, inner)
    )
    exact = np.linalg.solve(a, b)
    errors = [energy(a, bk.to_numpy(each.value) - exact) for each in (plain, found)]
    ratio = (1 + np.max(np.abs(p))) / (1 - np.max(np.abs(p)))  # κ of M A, whose spectrum is 1 - p
    bound = 2 * ((np.sqrt(ratio) - 1) / (np.sqrt(ratio) + 1)) ** 3
    assert errors[1] <= bound * energy(a, exact)
    assert errors[1] < errors[0]


def test_refuses(bk):
    """Missing bounds, and bounds that are not those of a positive spectrum."""
    operator, b = Dense(bk.asarray(np.eye(2))), bk.asarray(np.ones(2))
    with pytest.raises(InvalidInput, match="got none"):
        linear_solve(operator, b, Chebyshev(max_steps=1))
    low, high = bk.asarray(np.array([2.0])), bk.asarray(np.array([1.0]))
    for bounds in ((0.0, 1.0), (2.0, 1.0), (low, high)):
        with pytest.raises(InvalidInput, match="0 < a <= b"):
            linear_solve(operator, b, Chebyshev(max_steps=1, bounds=bounds))
