"""Symmetric successive over-relaxation: symmetry, definiteness, the two factors."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.solvers import SSOR, Dense

sys.path.insert(0, str(Path(__file__).parent))
from grids import EPS, poisson


def test_splitting(bk, relative):
    """B = ω (2 - ω) (D + ωU)⁻¹ D (D + ωL)⁻¹, also where A is not symmetric."""
    rng, omega = np.random.default_rng(0), 1.3
    a = rng.standard_normal((5, 5)) + 6 * np.eye(5)
    made = SSOR(omega=omega, max_steps=1).prepared(Dense(bk.asarray(a))).preconditioner
    d, low, up = np.diag(np.diag(a)), np.tril(a, -1), np.triu(a, 1)
    expected = omega * (2 - omega) * np.linalg.inv(d + omega * up) @ d
    expected = expected @ np.linalg.inv(d + omega * low)
    one = bk.asarray(np.ones(1))
    assert relative(bk.to_numpy(made.matrix(like=one)), expected) < 200 * EPS  # κ of order 1
    turned = bk.to_numpy(made.T.matrix(like=one))
    assert relative(turned, expected.T) < 200 * EPS


@pytest.mark.parametrize("order", ["lexicographic", "red-black"])
def test_symmetric(order):
    """B of a symmetric definite A is symmetric and definite for every 0 < ω < 2."""
    operator = poisson((4, 3))
    for omega in (0.3, 1.0, 1.9):
        made = SSOR(omega=omega, order=order, max_steps=1).prepared(operator).preconditioner
        b = made.matrix(like=np.ones(1))
        assert np.max(np.abs(b - b.T)) < 20 * EPS * np.max(np.abs(b))
        assert np.min(np.linalg.eigvalsh(b)) > 0
