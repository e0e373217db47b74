"""Stencils: their matrices, transposes, diagonals and derivatives."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.solvers import POSITIVE, Stencil, Tags, negative_laplacian

sys.path.insert(0, str(Path(__file__).parent))
from grids import EPS, placed


def dense(offsets, c, shape, periodic):
    """The matrix by the definition, entry by entry."""
    n = int(np.prod(shape))
    c = np.broadcast_to(np.reshape(c, (len(offsets), -1)), (len(offsets), n))
    found = np.zeros((n, n))
    for row, i in enumerate(np.ndindex(*shape)):
        for j, o in enumerate(offsets):
            to = [k + m for k, m in zip(i, o, strict=True)]
            to = [k % m if p else k for k, m, p in zip(to, shape, periodic, strict=True)]
            if all(0 <= k < m for k, m in zip(to, shape, strict=True)):
                found[row, np.ravel_multi_index(to, shape)] += c[j, row]
    return found


@given(seed=st.integers(0, 2**31), dims=st.integers(1, 3), vary=st.booleans())
def test_definition(seed, dims, vary):
    """Any offsets, any ends: A, Aᵀ and the diagonal are those of the matrix."""
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(2, 5, dims))
    periodic = tuple(bool(p) for p in rng.integers(0, 2, dims))
    every = list(itertools.product(*(range(-2, 3) for _ in shape)))
    count = int(rng.integers(1, 6))
    offsets = tuple(every[i] for i in rng.permutation(len(every))[:count])
    c = rng.standard_normal((count, *shape) if vary else count)
    operator, matrix = Stencil(offsets, c, shape, periodic), dense(offsets, c, shape, periodic)
    x = rng.standard_normal((2, *shape))
    expected = np.reshape(np.reshape(x, (2, -1)) @ matrix.T, x.shape)
    # sums of at most five products of order 1
    assert np.allclose(operator(x), expected, rtol=0, atol=50 * EPS)
    assert np.array_equal(operator.T.matrix(), operator.matrix().T)
    assert np.allclose(np.ravel(operator.diagonal()), np.diag(matrix), rtol=0, atol=10 * EPS)
    assert np.allclose(operator.shifted(2.0, -0.5).matrix(), 2 * np.eye(x[0].size) - matrix / 2)


def test_backends(bk, relative):
    """Applications on every backend, also of a batch of operators."""
    shape, periodic = (4, 3), (True, False)
    operator, x = placed(bk, shape, periodic, True), np.random.default_rng(1).random((5, *shape))
    matrix = dense(operator.offsets, bk.to_numpy(operator.coefficients), shape, periodic)
    y = np.reshape(bk.to_numpy(operator(bk.asarray(x))), (5, -1))
    assert relative(y, np.reshape(x, (5, -1)) @ matrix.T) < 20 * EPS  # five products
    factors = np.reshape(np.arange(1.0, 6.0), (5, 1, 1, 1))
    many = Stencil(operator.offsets, bk.asarray(factors) * operator.coefficients, shape, periodic)
    assert many.batch == (5,)
    assert (
        relative(np.reshape(bk.to_numpy(many(bk.asarray(x))), (5, -1)), factors[:, 0, 0] * y)
        < 20 * EPS
    )
    assert tuple(many.T.coefficients.shape) == (5, 5, *shape)


def test_derivative(bk, relative):
    """∂⟨y, A x⟩/∂c_j(i) = y(i) x(i + o_j)."""
    shape, periodic = (4, 3), (True, False)
    rng = np.random.default_rng(2)
    x, y = rng.random(shape), rng.random(shape)
    made = placed(bk, shape, periodic, True)

    def pairing(c):
        operator = Stencil(made.offsets, c, shape, periodic)
        return bk.xp.sum(bk.asarray(y) * operator(bk.asarray(x)))

    if bk.capabilities.gradients == "tape":
        from xpde.core import namespace_of

        def pairing(c):  # the namespace of the recording
            out = Stencil(made.offsets, c, shape, periodic)(bk.asarray(x))
            return namespace_of(out).sum(bk.asarray(y) * out)

    _, found = bk.value_and_grad(pairing)(made.coefficients)
    rows = [
        np.reshape(dense((o,), np.ones(1), shape, periodic) @ x.ravel(), shape)
        for o in made.offsets
    ]
    assert relative(bk.to_numpy(found), y * np.stack(rows)) < 10 * EPS


def test_laplacian():
    """-Δ sin = (2 - 2 cos h)/h² sin at nodes between walls; plane waves on a periodic axis."""
    h, n = 1 / 8, 7
    x = np.arange(1, 8) * h
    u = np.sin(np.pi * x)[:, None] * np.cos(2 * np.pi * np.arange(6) / 6)
    operator = negative_laplacian((n, 6), (h, 1.0), (False, True), like=u)
    eigenvalue = (2 - 2 * np.cos(np.pi * h)) / h**2 + 2 - 2 * np.cos(2 * np.pi / 6)
    # 1/h² = 64 amplifies the rounding of u
    assert np.allclose(operator(u), eigenvalue * u, rtol=0, atol=64 * 10 * EPS)
    assert operator.tags == POSITIVE
    assert operator.T is operator


def test_shifted_tags():
    """Positive stays positive only where that is sure."""
    operator = negative_laplacian((4,), 1.0, like=np.ones(1))
    assert operator.shifted(1.0, 0.5).tags == POSITIVE
    assert operator.shifted(1.0, -0.5).tags == Tags(symmetric=True)
    assert operator.shifted(np.ones(()), 0.5).tags == Tags(symmetric=True)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((((0,), (0,)), np.ones(2), (4,), (True,)), "offsets that differ"),
        ((((0,),), np.ones(2), (4,), (True,)), "expected coefficients"),
        ((((0,),), np.ones((1, 3)), (4,), (True,)), "expected coefficients"),
        ((((5,),), np.ones(1), (4,), (True,)), "one period"),
        ((((0, 0),), np.ones(1), (4,), (True,)), "1 entries"),
    ],
)
def test_errors(given, text):
    """One line says what was expected."""
    with pytest.raises(InvalidInput, match=text):
        Stencil(*given)
    with pytest.raises(InvalidInput, match="positive spacings"):
        negative_laplacian((4,), 0.0, like=np.ones(1))
