"""Samples of a batch do not know of each other."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.core import namespace_of
from xpde.solvers import Dense, Diagonal, Status, linear_solve

sys.path.insert(0, str(Path(__file__).parent))
from systems import KNOWN, METHODS, N, kind_of, make, matrix, tolerant, vectors

every = pytest.mark.parametrize("name", sorted(METHODS))


@every
def test_company_is_without_influence(bk, name):
    """The same bits whoever else is solved for, and who ended keeps what it has."""
    a, (b, other, x0) = bk.asarray(matrix(kind_of(name))), vectors(count=3)
    solve, exact = tolerant(bk, name), np.linalg.solve(matrix(kind_of(name)), other)
    companies = ((other, 0 * b), (1e6 * other, other), (np.nan * b, b))
    guesses = ((exact, 0 * b), (x0, exact), (x0, x0))
    found = []
    for company, guess in zip(companies, guesses, strict=True):
        start = bk.asarray(np.stack([x0, *guess]))
        out = solve(a, bk.asarray(np.stack([b, *company])), start)
        found.append([bk.to_numpy(each) for each in out])
    value, status, steps, _ = found[0]
    for others in found[1:]:
        assert all(np.array_equal(o[0], f[0]) for o, f in zip(others, found[0], strict=True))
    assert list(status) == [Status.SUCCESS] * 3
    assert steps[0] > 0
    assert steps[1] == steps[2] == 0
    assert np.array_equal(value[1], exact)
    assert np.all(value[2] == 0)
    assert found[2][1][1] == Status.DIVERGED  # no number


@every
def test_batch_is_the_stack_of_its_members(backends, relative, name):
    """Values to rounding and equal numbers of steps, for right-hand sides in two batch axes."""
    bk, a = backends["numpy"], matrix(kind_of(name))
    solve, bs = tolerant(bk, name), vectors(count=6)
    single = [solve(a, b, 0 * b) for b in bs]
    value, _, steps, _ = solve(a, bs.reshape(2, 3, N), 0 * bs.reshape(2, 3, N))
    # products of another shape round differently; the tolerance is 1e-8, the condition 20
    assert relative(value.reshape(6, N), np.stack([each[0] for each in single])) < 1e-9
    assert list(steps.reshape(6)) == [int(each[2]) for each in single]


@pytest.mark.parametrize("name", ["CG", "GMRES"])
def test_batch_of_operators(bk, relative, name):
    """Operator i acts on sample i; a batch of operators takes one right-hand side as well."""
    a = np.stack([matrix(kind_of(name), seed=seed) for seed in range(3)])
    b = vectors(count=1)[0]
    value, status, steps, _ = tolerant(bk, name)(
        bk.asarray(a), bk.asarray(b), bk.asarray(np.zeros(N))
    )
    assert value.shape == (3, N)
    assert not np.any(bk.to_numpy(status))
    assert steps.shape == (3,)
    exact = np.linalg.solve(a, np.broadcast_to(b, (3, N))[..., None])[..., 0]
    assert relative(bk.to_numpy(value), exact) < 20 * 1e-8  # κ rtol


def test_each_stops_by_itself(bk):
    """Operators with one, two, four distinct eigenvalues need so many steps of CG."""
    d = np.stack([np.repeat(np.arange(1.0, k + 1), N // k) for k in (1, 2, 4)])
    operator = Diagonal(bk.asarray(d), (N,), KNOWN["definite"])
    b = vectors(count=1)[0]
    found = linear_solve(operator, bk.asarray(b), make("CG", rtol=1e-12))
    assert list(bk.to_numpy(found.steps)) == [1, 2, 4]


@pytest.mark.parametrize("name", ["BiCGStab", "CG", "GMRES"])
def test_gradient_of_a_batch(bk, relative, name):
    """b̄ of every sample is its own A⁻ᵀ w, for one operator: Ā is the sum over the samples."""
    a, bs, ws = matrix(kind_of(name)), vectors(count=3), vectors(count=3, seed=5)

    def loss(arrays):
        operator = Dense(arrays[0], KNOWN[kind_of(name)])
        x = linear_solve(operator, arrays[1], make(name, rtol=1e-12, max_steps=400)).value
        return namespace_of(x).sum(bk.asarray(ws) * x)

    _, (of_a, of_b) = bk.jit(bk.value_and_grad(loss))((bk.asarray(a), bk.asarray(bs)))
    x, adjoint = np.linalg.solve(a, bs.T).T, np.linalg.solve(a.T, ws.T).T
    assert relative(bk.to_numpy(of_b), adjoint) < 100 * 1e-12  # κ rtol
    assert relative(bk.to_numpy(of_a), -adjoint.T @ x) < 200 * 1e-12
