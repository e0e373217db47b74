"""Sparse matrices by gathers, against SciPy."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.solvers import CG, POSITIVE, Implicit, Reshaped, Sparse, linear_solve

EPS = np.finfo(np.float64).eps


@given(st.integers(0, 9999), st.integers(1, 9), st.integers(1, 9), st.floats(0, 1))
def test_scipy(seed, m, n, density):
    """A x, Aᵀ y and the matrix are those of SciPy, for empty and full matrices too."""
    rng = np.random.default_rng(seed)
    host = scipy.sparse.random_array((m, n), density=density, rng=rng)
    A = Sparse.of_scipy(host, np.ones(1))
    x, y = rng.standard_normal((2, 3, n)), rng.standard_normal((2, m))
    assert np.array_equal(A.matrix(), host.toarray())
    assert np.max(np.abs(A(x) - x @ host.toarray().T)) < 20 * EPS  # sums of at most 9 products
    assert np.max(np.abs(A.T(y) - y @ host.toarray())) < 20 * EPS
    assert np.array_equal(A.T.matrix(), host.toarray().T)


def test_repeated_places(bk):
    """Entries of one place add up, in the product, the matrix and the diagonal."""
    values = bk.asarray(np.array([[1.0, 2.0, 4.0], [3.0, 5.0, 7.0]]))
    A = Sparse.of(values, np.array([0, 0, 1]), np.array([0, 0, 1]), (2, 2))
    assert bk.to_numpy(A.matrix()).tolist() == [[[3, 0], [0, 4]], [[8, 0], [0, 7]]]
    assert bk.to_numpy(A.diagonal()).tolist() == [[3, 4], [8, 7]]
    assert bk.to_numpy(A(bk.asarray(np.ones(2)))).tolist() == [[3, 4], [8, 7]]


def test_solve_and_derivative(bk):
    """CG on a sparse Laplacian of two axes; v̄_p = -λ_row x_col, by differences in the entries."""
    line = scipy.sparse.diags_array([-1.0, 2.5, -1.0], offsets=[-1, 0, 1], shape=(3, 3))
    host = scipy.sparse.kronsum(line, line).tocsr()
    A = Sparse.of_scipy(host, bk.asarray(np.ones(1)), POSITIVE)
    rng = np.random.default_rng(0)
    b, w = (bk.asarray(rng.standard_normal((2, 3, 3))) for _ in range(2))

    def loss(values):
        moved = Sparse(values, A.rows, A.columns, A.row_table, A.column_table, A.sizes, POSITIVE)
        found = linear_solve(Reshaped(moved, (3, 3)), b, CG(max_steps=9), adjoint=Implicit())
        return namespace_of(found.value).sum(w * found.value)

    gradient = bk.to_numpy(bk.jit(lambda v: bk.value_and_grad(loss)(v)[1])(A.values))
    inverse, flat = np.linalg.inv(host.toarray()), lambda a: bk.to_numpy(a).reshape(2, 9)
    x, adjoint = flat(b) @ inverse, flat(w) @ inverse
    rows, columns = bk.to_numpy(A.rows), bk.to_numpy(A.columns)
    wanted = -np.sum(adjoint[:, rows] * x[:, columns], axis=0)
    # nine steps are exact for nine unknowns but for rounding, amplified by a condition number of 10
    assert np.max(np.abs(gradient - wanted)) < 1e-10 * np.max(np.abs(wanted))


def test_places_are_checked():
    """Numbers from 1 on are refused."""
    with pytest.raises(InvalidInput, match="count from 0"):
        Sparse.of(np.ones(2), np.array([1, 2]), np.array([0, 1]), (2, 2))
