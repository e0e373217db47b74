"""Operators made of operators: they are what their matrices are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.solvers import Dense, Identity, Product, Reshaped, Sum

EPS = np.finfo(np.float64).eps


@given(st.integers(0, 9999), st.integers(1, 5), st.integers(1, 5), st.floats(-3, 3))
def test_matrices(seed, m, n, c):
    """Matrices of A + c B, A Bᵀ, -A are sums and products of matrices."""
    rng = np.random.default_rng(seed)
    A, B = rng.standard_normal((2, m, n))
    left, right = Dense(A), Dense(B)
    for operator, wanted in (
        (left + c * right, A + c * B),
        (left - right * c, A - c * B),
        (left @ right.T, A @ B.T),
        (-(left.T @ right), -A.T @ B),
        (left.T @ right + Identity((n,)), A.T @ B + np.eye(n)),
    ):
        # sums of at most five products of numbers below 5
        assert np.max(np.abs(operator.matrix() - wanted)) < 500 * EPS


def test_arrays_as_factors(bk, relative):
    """A * c for an array c, one for each operator of a batch, on every backend."""
    A = np.random.default_rng(0).standard_normal((2, 3, 3))
    c = np.array([[2.0], [-1.0]])
    scaled = Dense(bk.asarray(A)) * bk.asarray(c)
    assert scaled.batch == (2,)
    assert relative(bk.to_numpy(scaled.matrix()), c[..., None] * A) < 10 * EPS


def test_shapes_are_checked():
    """Sums and products of operators that do not fit."""
    a, b = Dense(np.ones((2, 3))), Dense(np.ones((2, 2)))
    with pytest.raises(InvalidInput, match="sum of operators"):
        Sum(a, b)
    with pytest.raises(InvalidInput, match="product of operators"):
        Product(a, b)
    with pytest.raises(InvalidInput, match="reshaped"):
        Reshaped(a, (2, 2), (2,))
