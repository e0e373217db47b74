"""Iterates and solutions against SciPy, PyAMG and lineax; small losses against JAX's own solve."""

import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse.linalg as sparse

from xpde.core import namespace_of
from xpde.solvers import (
    FGMRES,
    GMRES,
    POSITIVE,
    BiCGStab,
    Chebyshev,
    Dense,
    Jacobi,
    Richardson,
    SteepestDescent,
    linear_solve,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "solvers"))
from systems import KAPPA, N, iterates, kind_of, matrix, spd_preconditioner, vectors

COUNTS = (1, 2, 3, 5)
SAME = 1e-12
"""Five steps of the same recurrences on systems of condition 20."""


def recorded(solve, *args, **how):
    """The iterates that a solver reports to its callback."""
    found = []
    solve(*args, callback=lambda x: found.append(np.array(x)), **how)
    return found


@pytest.mark.parametrize(
    ("name", "preconditioned"),
    [
        *((name, m) for name in ("BiCGStab", "CG", "MINRES") for m in (False, True)),
        ("GMRES", False),
    ],
)
def test_scipy(bk, relative, name, preconditioned):
    """The iterates after k steps are those of SciPy, whose GMRES preconditions on the left."""
    a, (b, x0) = matrix(kind_of(name)), vectors()
    how = {"rtol": 1e-16, "maxiter": max(COUNTS), "x0": x0.copy()}
    if preconditioned:
        how["M"] = spd_preconditioner(N)
    if name == "GMRES":
        how |= {"restart": 3, "callback_type": "x"}
    theirs = recorded(getattr(sparse, name.lower()), a, b, **how)
    mine = iterates(bk, name, b, x0, COUNTS, preconditioned=preconditioned)
    for k, x in zip(COUNTS, mine, strict=True):
        assert relative(x, theirs[k - 1]) < SAME


def test_pyamg_krylov(backends, relative):
    """Steepest descent, flexible GMRES and BiCGStab agree with PyAMG, also with M."""
    krylov = pytest.importorskip("pyamg.krylov")
    place, (b, x0) = backends["numpy"].asarray, vectors()
    a, m = matrix("definite"), spd_preconditioner(N)
    how = {"x0": x0.copy(), "tol": 1e-16}
    cases = [
        (krylov.steepest_descent, SteepestDescent(max_steps=4), "definite", {"maxiter": 4}),
        (krylov.bicgstab, BiCGStab(max_steps=4), "general", {"maxiter": 4}),
        (krylov.fgmres, FGMRES(max_steps=2, restart=3), "general", {"maxiter": 2, "restart": 3}),
    ]
    for theirs, method, kind, steps in cases:
        a = matrix(kind)
        for inverse in (None, m):
            extra = {} if inverse is None else {"M": inverse}
            expected, _ = theirs(a, b, **how, **steps, **extra)
            known = None if inverse is None else Dense(place(inverse), POSITIVE)
            mine = type(method)(**{**vars(method), "preconditioner": known})
            found = linear_solve(Dense(place(a)), place(b), mine, x0=place(x0))
            assert relative(found.value, expected) < SAME


def test_pyamg_relaxation(backends, relative):
    """Jacobi, Richardson (of an inverse diagonal) and Chebyshev sweeps agree with PyAMG."""
    pytest.importorskip("pyamg")
    from pyamg.relaxation.chebyshev import chebyshev_polynomial_coefficients
    from pyamg.relaxation.relaxation import jacobi, polynomial
    from scipy.sparse import csr_array

    place, (b, x0) = backends["numpy"].asarray, vectors()
    a = matrix("definite")
    theirs = x0.copy()
    jacobi(csr_array(a), theirs, b, iterations=3, omega=0.7)
    operator = Dense(place(a), POSITIVE)
    for method in (
        Jacobi(max_steps=3, omega=0.7),
        Richardson(max_steps=3, omega=0.7, preconditioner=Dense(place(np.diag(1 / np.diag(a))))),
    ):
        assert relative(linear_solve(operator, b, method, x0=x0).value, theirs) < SAME
    # their coefficients are of 1 - x p(x); the relaxation takes those of -p, highest first
    coefficients = -chebyshev_polynomial_coefficients(1.0, KAPPA, 3)[:-1]
    theirs = x0.copy()
    polynomial(csr_array(a), theirs, b, coefficients=coefficients, iterations=1)
    mine = linear_solve(operator, b, Chebyshev(max_steps=3, bounds=(1.0, KAPPA)), x0=x0).value
    assert relative(mine, theirs) < 1e-10  # theirs is a sum of powers, which cancels


def test_lineax(backends, relative):
    """Solutions to a tolerance agree with lineax within both tolerances."""
    lineax = pytest.importorskip("lineax")
    jax = pytest.importorskip("jax")
    (b,) = vectors(count=1)
    tolerance = {"rtol": 1e-11, "atol": 0.0}
    a = matrix("general")
    for theirs, mine in (
        (lineax.BiCGStab(**tolerance), BiCGStab(rtol=1e-11)),
        (lineax.GMRES(**tolerance), GMRES(rtol=1e-11)),
    ):
        operator = lineax.MatrixLinearOperator(jax.numpy.asarray(a))
        expected = np.asarray(lineax.linear_solve(operator, jax.numpy.asarray(b), theirs).value)
        place = backends["numpy"].asarray
        found = linear_solve(Dense(place(a)), place(b), mine).value
        assert relative(found, expected) < 20 * 1e-11  # κ < 10, both tolerances


def test_small_losses_vanish_in_jax(backends):
    """jax.scipy.sparse.linalg.gmres stops its adjoint solve by the norm of the forward b.

    With its default tolerance of 1e-5 the gradient of a loss whose cotangent is below 1e-5 ‖b‖ is
    exactly 0; ours is in proportion to the loss.
    """
    jax = pytest.importorskip("jax")
    from jax.scipy.sparse.linalg import gmres

    bk, a, (b, w) = backends["jax"], matrix("general"), vectors()
    a, b, w = (bk.asarray(x) for x in (a, b, w))
    b, w = (x / jax.numpy.linalg.norm(x) for x in (b, w))

    def theirs(b, scale):
        return scale * jax.numpy.sum(w * gmres(lambda x: a @ x, b)[0])

    def mine(b, scale):
        x = linear_solve(Dense(a), b, GMRES(rtol=1e-10, restart=N)).value
        return scale * namespace_of(x).sum(w * x)

    there, here = (jax.jit(jax.grad(f)) for f in (theirs, mine))
    full = np.asarray(here(b, 1.0))
    assert np.max(np.abs(np.asarray(there(b, 1.0)) - full)) < 1e-4  # their tolerance, κ < 10
    for scale in (9e-6, 1e-9, 1e-12):
        assert np.all(np.asarray(there(b, scale)) == 0)
        small = np.asarray(here(b, scale)) / scale
        assert np.max(np.abs(small - full)) < 1e-9 * np.max(np.abs(full))
