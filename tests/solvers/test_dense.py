"""A matrix as an operator, and a diagonal."""

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.solvers import SYMMETRIC, Dense, Diagonal

EPS = np.finfo(np.float64).eps


def test_batches_broadcast(bk, relative):
    """Sample i of the operators acts on sample i of the vectors; one operator acts on all."""
    rng = np.random.default_rng(0)
    A, x = rng.standard_normal((3, 4, 2)), rng.standard_normal((5, 3, 2))
    each = bk.to_numpy(Dense(bk.asarray(A))(bk.asarray(x)))
    assert relative(each, np.einsum("bij,abj->abi", A, x)) < 20 * EPS
    one = bk.to_numpy(Dense(bk.asarray(A[0]))(bk.asarray(x)))
    assert relative(one, x @ A[0].T) < 20 * EPS


def test_known_symmetric(bk):
    """A matrix that is said to be symmetric is its own transpose."""
    A = Dense(bk.asarray(np.eye(2)), SYMMETRIC)
    assert A.T is A
    assert Diagonal(bk.asarray(np.ones(2)), (2,)).T.tags.symmetric


def test_diagonal_shape():
    """Entries of a diagonal have the shape of the vectors, or 1."""
    assert Diagonal(np.ones((4, 1, 3)), (2, 3)).batch == (4,)
    with pytest.raises(InvalidInput, match="diagonal: expected entries"):
        Diagonal(np.ones((4, 3)), (2, 3))
