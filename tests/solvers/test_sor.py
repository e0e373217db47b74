"""Successive over-relaxation: the matrix of the iteration, the best weight."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.solvers import SOR, Dense, Implicit, OneStep, linear_solve

sys.path.insert(0, str(Path(__file__).parent))
from grids import EPS, factor, placed, poisson


def test_splitting(bk, relative):
    """B = (D/ω + L)⁻¹, whose transpose is exact in both orders."""
    rng, omega = np.random.default_rng(0), 1.3
    a = rng.standard_normal((5, 5)) + 6 * np.eye(5)
    one = bk.asarray(np.ones(1))
    made = SOR(omega=omega, max_steps=1).prepared(Dense(bk.asarray(a))).preconditioner
    inverse = np.linalg.inv(np.tril(a, -1) + np.diag(np.diag(a)) / omega)
    assert relative(bk.to_numpy(made.matrix(like=one)), inverse) < 100 * EPS  # κ of order 1
    for splitting in (
        made,
        SOR(omega=omega, max_steps=1, order="red-black")
        .prepared(placed(bk, (4, 3), (True, False), True))
        .preconditioner,
    ):
        there, back = (bk.to_numpy(m.matrix(like=one)) for m in (splitting, splitting.T))
        assert relative(back, np.swapaxes(there, -1, -2)) < 20 * EPS  # a few products


def test_best_weight():
    """With ω = 2/(1 + √(1 - μ²)) the factor is ω - 1, in both orders."""
    mu = np.cos(np.pi / 16)
    omega = 2 / (1 + np.sqrt(1 - mu**2))
    for shape, order in (((15,), "lexicographic"), ((15,), "red-black"), ((15, 15), "red-black")):
        measured = factor(poisson(shape), SOR(omega=omega, order=order, max_steps=60), 30, 60)
        # the slowest eigenvalue is defective: its power k has the factor k, (60/30)^(1/30) = 1.023
        assert abs(measured / (omega - 1) - 1) < 0.05


def test_below_best():
    """For ω below the best, λ of SOR solves (λ + ω - 1)² = λ ω² μ²."""
    mu, omega = np.cos(np.pi / 8), 1.2
    root = omega * mu / 2 + np.sqrt((omega * mu / 2) ** 2 - omega + 1)
    assert abs(factor(poisson((7,)), SOR(omega=omega, max_steps=60), 30, 60) / root**2 - 1) < 0.01


def test_batch(bk, relative):
    """A batch of matrices gives what each gives alone."""
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((3, 4, 4)) + 6 * np.eye(4), rng.standard_normal((3, 4))
    method = SOR(omega=1.2, max_steps=2)
    together = linear_solve(Dense(bk.asarray(a)), bk.asarray(b), method).value
    alone = [
        linear_solve(Dense(bk.asarray(m)), bk.asarray(v), method).value
        for m, v in zip(a, b, strict=True)
    ]
    assert relative(bk.to_numpy(together), np.stack([bk.to_numpy(x) for x in alone])) < 20 * EPS


def test_adjoints(bk, relative):
    """The derivative of the solution, by the reversed sweeps for Aᵀ; that of one step is Bᵀ w."""
    operator = placed(bk, (4, 3), (False, False), False)
    rng = np.random.default_rng(2)
    b, w = rng.standard_normal((2, 4, 3))
    a = bk.to_numpy(operator.matrix())
    splitting = SOR(omega=1.1, order="red-black", max_steps=1).prepared(operator).preconditioner
    one_step = bk.to_numpy(splitting.T(bk.asarray(w)))
    exact = np.reshape(np.linalg.solve(a.T, w.ravel()), w.shape)
    for adjoint, expected, bound in ((Implicit(), exact, 1e-9), (OneStep(), one_step, 20 * EPS)):

        def solve(right, adjoint=adjoint):
            method = SOR(omega=1.1, order="red-black", rtol=1e-11, max_steps=200)
            return linear_solve(operator, right, method, adjoint=adjoint).value

        pulled = bk.jit(lambda b, w, solve=solve: bk.vjp(solve, b)[1](w)[0])
        # the tolerance times κ of about 20
        assert relative(bk.to_numpy(pulled(bk.asarray(b), bk.asarray(w))), expected) < bound


def test_errors():
    """Weights outside (0, 2) never converge."""
    with pytest.raises(InvalidInput, match="0 < omega < 2"):
        SOR(omega=2.0, max_steps=1)
