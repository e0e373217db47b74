"""Richardson iteration against its closed form."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from xpde.solvers import POSITIVE, Dense, Diagonal, Jacobi, Richardson, linear_solve

sys.path.insert(0, str(Path(__file__).parent))
from systems import EPS, KAPPA, N, iterates, matrix, spd_preconditioner, vectors


def test_closed_form(bk, relative):
    """e_k = (I - ω M A)ᵏ e₀, without and with M."""
    a, (b, x0), omega = matrix("definite"), vectors(), 2 / (1 + KAPPA)
    for preconditioned in (False, True):
        m = spd_preconditioner(N) if preconditioned else np.eye(N)
        exact, step = np.linalg.solve(a, b), np.eye(N) - omega * m @ a
        (x,) = iterates(bk, "Richardson", b, x0, (4,), preconditioned=preconditioned)
        expected = exact + np.linalg.matrix_power(step, 4) @ (x0 - exact)
        assert relative(x, expected) < 100 * EPS  # four products


def test_rate(bk):
    """With ω = 2/(a + b) the error falls by (κ - 1)/(κ + 1) at least."""
    a, (b, x0) = matrix("definite"), vectors()
    exact, factor = np.linalg.solve(a, b), (KAPPA - 1) / (KAPPA + 1)
    errors = [np.linalg.norm(x - exact) for x in iterates(bk, "Richardson", b, x0, range(8))]
    for before, after in pairwise(errors):
        assert after <= factor * before * (1 + 100 * EPS)


def test_is_jacobi_with_the_inverse_diagonal(bk, relative):
    """Richardson with M = D⁻¹ is the weighted Jacobi iteration."""
    a, (b,) = matrix("dominant"), vectors(count=1)
    operator, place = Dense(bk.asarray(a), POSITIVE), bk.asarray
    inverse = Diagonal(place(1 / np.diag(a)), (N,))
    mine = linear_solve(
        operator, place(b), Richardson(max_steps=3, omega=0.7, preconditioner=inverse)
    )
    other = linear_solve(operator, place(b), Jacobi(max_steps=3, omega=0.7))
    assert relative(bk.to_numpy(mine.value), bk.to_numpy(other.value)) < 10 * EPS
