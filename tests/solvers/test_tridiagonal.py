"""Tridiagonal operators and cyclic reduction, against dense matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.solvers import (
    CyclicReduction,
    Dense,
    Diagonal,
    Identity,
    Implicit,
    OneStep,
    Status,
    Tridiagonal,
    Unrolled,
    linear_solve,
)

EPS = np.finfo(np.float64).eps


def bands(rng, *shape):
    """Diagonally dominant bands: |b| > |a| + |c| + 1."""
    lower, upper = rng.uniform(-1, 1, shape), rng.uniform(-1, 1, shape)
    return lower, 3.0 + rng.uniform(0, 1, shape), upper


def dense(lower, main, upper, periodic):
    n = main.shape[-1]
    i = np.arange(n)
    found = np.zeros((*main.shape, n))
    found[..., i, i] = main
    found[..., i, (i - 1) % n] += lower if periodic else np.where(i > 0, lower, 0.0)
    found[..., i, (i + 1) % n] += upper if periodic else np.where(i < n - 1, upper, 0.0)
    return found


@given(st.integers(0, 9999), st.integers(3, 40), st.booleans())
def test_solution(seed, n, periodic):
    """A x = b for every length, for batches of operators and of right-hand sides, and for Aᵀ."""
    rng = np.random.default_rng(seed)
    parts = bands(rng, 2, n)
    A, b = Tridiagonal(*parts, periodic=periodic), rng.standard_normal((3, 2, n))
    matrix = dense(*parts, periodic)
    assert np.array_equal(A.matrix(), matrix)
    for operator, full in ((A, matrix), (A.T, np.swapaxes(matrix, -1, -2))):
        x = linear_solve(operator, b, CyclicReduction(), throw=True).value
        wanted = np.linalg.solve(full, b[..., None])[..., 0]
        # condition numbers below 6, 2 log₂ n steps
        assert np.max(np.abs(x - wanted)) < 500 * EPS * np.max(np.abs(wanted))


@pytest.mark.parametrize("n", [1, 2])
def test_short(n):
    """One and two equations."""
    parts = bands(np.random.default_rng(0), n)
    x = linear_solve(Tridiagonal(*parts), np.ones(n), CyclicReduction(), throw=True).value
    assert np.allclose(dense(*parts, False) @ x if n > 1 else parts[1] * x, 1.0, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("adjoint", "periodic"), [(Implicit(), False), (Unrolled(), True), (OneStep(), True)]
)
def test_derivatives(bk, adjoint, periodic):
    """Derivatives in the bands and in b on every backend, along a direction, by differences."""
    rng = np.random.default_rng(1)
    host = [*bands(rng, 6), rng.standard_normal((2, 6))]
    host[1][3] = -4.0
    tree = [bk.asarray(a) for a in host]
    d = [bk.asarray(rng.standard_normal(a.shape)) for a in host]
    w = bk.asarray(rng.standard_normal((2, 6)))

    def loss(tree):
        A = Tridiagonal(*tree[:3], periodic=periodic)
        value = linear_solve(A, tree[3], CyclicReduction(), adjoint=adjoint).value
        return namespace_of(value).sum(w * value)

    value = bk.jit(loss)
    gradient = bk.jit(lambda tree: bk.value_and_grad(loss)(tree)[1])(tree)
    slope = sum(float(bk.xp.sum(g * e)) for g, e in zip(gradient, d, strict=True))
    h = 1e-5
    ahead, behind = (
        float(value([a + s * h * e for a, e in zip(tree, d, strict=True)])) for s in (1, -1)
    )
    # h² of curvature plus ε/h of rounding
    assert abs(slope - (ahead - behind) / (2 * h)) < 1e-7 * max(1.0, abs(slope))


def test_composition():
    """Sums and multiples, with identities and diagonals, with corners or not, are one operator."""
    rng = np.random.default_rng(2)
    ring, line = Tridiagonal(*bands(rng, 5), periodic=True), Tridiagonal(*bands(rng, 5))
    x, d = rng.standard_normal((2, 5)), Diagonal(rng.standard_normal(5), (5,))
    for A in (Identity((5,)) - 0.3 * ring, line + ring, ring - line, 2.0 * d + line):
        found = Tridiagonal.of(A)
        assert np.max(np.abs(found(x) - A(x))) < 100 * EPS
        b = linear_solve(A, A(x), CyclicReduction(), throw=True).value
        assert np.max(np.abs(b - x)) < 1e-12  # condition numbers below 100
    assert Tridiagonal.of(Identity((5,))) is None


def test_failures(bk):
    """A pivot of zero is told; what is not tridiagonal is refused."""
    zero, one = bk.asarray(np.zeros(3)), bk.asarray(np.ones(3))
    found = linear_solve(Tridiagonal(one, zero, one), one, CyclicReduction())
    assert int(bk.to_numpy(found.status)) == Status.BREAKDOWN
    with pytest.raises(InvalidInput, match="CyclicReduction"):
        linear_solve(Dense(bk.asarray(np.eye(3))), one, CyclicReduction())
    with pytest.raises(InvalidInput, match="one length"):
        Tridiagonal(one, one[:2], one)
