"""Operators with a null space: one solution, no drift, whatever the method."""

import numpy as np

from xpde.core import namespace_of
from xpde.solvers import CG, Dense, Direct, Singular, linear_solve
from xpde.solvers.operator import POSITIVE

EPS = np.finfo(np.float64).eps


def ring(n):
    """The negative Laplacian of a ring, whose null space is the constants."""
    e = np.eye(n)
    return 2 * e - np.roll(e, 1, 0) - np.roll(e, -1, 0)


def test_least_norm(bk, relative):
    """A x = P b, the x of least norm, from any guess and right-hand side."""
    A, rng = ring(7), np.random.default_rng(0)
    b, x0 = rng.standard_normal((2, 7)) + 5.0, rng.standard_normal((2, 7)) - 3.0
    operator = Singular(Dense(bk.asarray(A), POSITIVE))
    wanted = b @ np.linalg.pinv(A)
    for method in (CG(rtol=1e-13), Direct()):
        found = linear_solve(operator, bk.asarray(b), method, x0=bk.asarray(x0), throw=True)
        # the condition number on the other modes is 5
        assert relative(bk.to_numpy(found.value), wanted) < 1e-11
        assert np.max(np.abs(np.mean(bk.to_numpy(found.value), axis=-1))) < 1e-14


def test_given_vectors(bk, relative):
    """A null space given as vectors is that of the constants, if they are constants."""
    basis = bk.asarray(np.full((1, 7), 7**-0.5))
    A = Dense(bk.asarray(ring(7)), POSITIVE)
    b = bk.asarray(np.random.default_rng(1).standard_normal(7))
    one, other = (linear_solve(S, b, CG(max_steps=4)) for S in (Singular(A), Singular(A, basis)))
    assert relative(bk.to_numpy(other.value), bk.to_numpy(one.value)) < 1000 * EPS
    completed = [bk.to_numpy(S.completion(b)) for S in (Singular(A), Singular(A, basis))]
    assert np.max(np.abs(completed[0] - completed[1])) < 10 * EPS


def test_some_axes(bk):
    """Constants over some axes only: each row of a state has a mean of its own."""
    operator = Singular(Dense(bk.asarray(ring(5))), axes=(-1,))
    x = bk.asarray(np.random.default_rng(2).standard_normal((3, 5)))
    projected, _ = operator.restricted(x, None)
    assert np.max(np.abs(np.mean(bk.to_numpy(projected), axis=-1))) < 10 * EPS


def test_gradient_has_no_null_part(bk):
    """The derivative in b lies in what A reaches, as that of A⁺ b does."""
    operator = Singular(Dense(bk.asarray(ring(6)), POSITIVE))
    w = bk.asarray(np.arange(6.0))

    def loss(b):
        value = linear_solve(operator, b, CG(rtol=1e-13)).value
        return namespace_of(value).sum(w * value)

    _, gradient = bk.value_and_grad(loss)(bk.asarray(np.ones(6) + np.arange(6.0) ** 2))
    wanted = np.linalg.pinv(ring(6)) @ np.arange(6.0)
    assert np.max(np.abs(bk.to_numpy(gradient) - wanted)) < 1e-11 * np.max(np.abs(wanted))
