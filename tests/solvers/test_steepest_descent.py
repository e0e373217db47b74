"""Steepest descent: exact line search, the bound of Kantorovich, guards."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.solvers import Dense, Status, SteepestDescent, Tags, linear_solve

sys.path.insert(0, str(Path(__file__).parent))
from systems import EPS, KAPPA, N, energy, iterates, matrix, spd_preconditioner, vectors


def test_line_search(bk, relative):
    """x₁ = x₀ + z ⟨r, z⟩/⟨z, A z⟩ with z = M r, and the next residual is orthogonal to z."""
    a, (b, x0) = matrix("definite"), vectors()
    r = b - a @ x0
    for preconditioned in (False, True):
        z = spd_preconditioner(N) @ r if preconditioned else r
        (x,) = iterates(bk, "SteepestDescent", b, x0, (1,), preconditioned=preconditioned)
        assert relative(x, x0 + z * (r @ z) / (z @ a @ z)) < 20 * EPS
        after = b - a @ x
        assert abs(after @ z) < 100 * EPS * np.linalg.norm(r) * np.linalg.norm(z)


def test_bound(bk):
    """The energy error falls by (κ - 1)/(κ + 1) at least in every step."""
    a, (b, x0) = matrix("definite"), vectors()
    exact, factor = np.linalg.solve(a, b), (KAPPA - 1) / (KAPPA + 1)
    errors = [energy(a, x - exact) for x in iterates(bk, "SteepestDescent", b, x0, range(8))]
    for before, after in pairwise(errors):
        assert after <= factor * before * (1 + 100 * EPS)


def test_bound_is_sharp(bk):
    """The error (1/λ₁, 0, ..., 1/λₙ) is reduced by exactly (κ - 1)/(κ + 1) in every step."""
    d = np.linspace(1.0, KAPPA, N)
    b = np.zeros(N)
    b[[0, -1]] = 1.0
    xs = iterates(bk, "SteepestDescent", b, np.zeros(N), range(5), a=np.diag(d))
    errors = [energy(np.diag(d), x - b / d) for x in xs]
    ratios = np.array(errors[1:]) / np.array(errors[:-1])
    assert np.max(np.abs(ratios - (KAPPA - 1) / (KAPPA + 1))) < 100 * EPS  # one step each


def test_refuses(bk):
    """A tag that says not symmetric is refused; a direction of no energy is told, not taken."""
    operator = Dense(bk.asarray(np.eye(2)), Tags(symmetric=False))
    with pytest.raises(InvalidInput, match="use GMRES or BiCGStab"):
        linear_solve(operator, bk.asarray(np.ones(2)), SteepestDescent(max_steps=1))
    flat = Dense(bk.asarray(np.diag([1.0, -1.0])))
    found = linear_solve(flat, bk.asarray(np.ones(2)), SteepestDescent(rtol=1e-10))
    assert int(found.status) == Status.INDEFINITE
    assert np.all(bk.to_numpy(found.value) == 0)
