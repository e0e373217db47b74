"""Weighted Jacobi iteration against its closed form."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.solvers import Dense, Diagonal, Jacobi, linear_solve

sys.path.insert(0, str(Path(__file__).parent))
from systems import EPS, N, iterates, matrix, vectors


def test_closed_form(bk, relative):
    """e_k = (I - ω D⁻¹A)ᵏ e₀."""
    a, (b, x0) = matrix("general"), vectors()
    exact, step = np.linalg.solve(a, b), np.eye(N) - 0.9 * a / np.diag(a)[:, None]
    for k, x in zip((1, 5), iterates(bk, "Jacobi", b, x0, (1, 5)), strict=True):
        expected = exact + np.linalg.matrix_power(step, k) @ (x0 - exact)
        assert relative(x, expected) < 100 * EPS  # five products


def test_contraction(bk):
    """Diagonal dominance by 2 contracts the maximum norm by 1 - ω/2."""
    a, (b, x0) = matrix("general"), vectors()
    exact = np.linalg.solve(a, b)
    errors = [np.max(np.abs(x - exact)) for x in iterates(bk, "Jacobi", b, x0, range(6))]
    for before, after in pairwise(errors):
        assert after <= (1 - 0.9 / 2) * before * (1 + 100 * EPS)


def test_diagonal_is_solved_at_once(bk, relative):
    """A diagonal system needs one step with ω = 1."""
    d, b = np.linspace(1.0, 9.0, N), vectors(count=1)[0]
    operator = Diagonal(bk.asarray(d), (N,))
    found = linear_solve(operator, bk.asarray(b), Jacobi(max_steps=1))
    assert relative(bk.to_numpy(found.value), b / d) < 4 * EPS


def test_refuses(bk):
    """A zero on the diagonal, and a preconditioner, are refused."""
    b, hollow = bk.asarray(np.ones(2)), Dense(bk.asarray(np.array([[0.0, 1.0], [1.0, 1.0]])))
    with pytest.raises(InvalidInput, match="without zeros"):
        linear_solve(hollow, b, Jacobi(max_steps=1))
    with pytest.raises(InvalidInput, match="no preconditioner"):
        linear_solve(hollow, b, Jacobi(max_steps=1, preconditioner=hollow))
