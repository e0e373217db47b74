"""Gauss-Seidel: the sweep itself, its orders, its factor."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.solvers import SOR, SSOR, Dense, GaussSeidel, Jacobi, Stencil, linear_solve

sys.path.insert(0, str(Path(__file__).parent))
from grids import EPS, factor, host_matrix, placed, poisson


def swept(a, x, b, order):
    """Solve equation by equation in an order, in place."""
    x = x.copy()
    for i in order:
        x[i] += (b[i] - a[i] @ x) / a[i, i]
    return x


def test_lexicographic(bk, relative):
    """x_i ← (b_i - Σ_{j≠i} a_ij x_j)/a_ii, one after the other, and back."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal((6, 6)) + 8 * np.eye(6)
    b, x0 = rng.standard_normal((2, 6))
    for symmetric in (False, True):
        method = GaussSeidel(max_steps=2, symmetric=symmetric)
        found = linear_solve(Dense(bk.asarray(a)), bk.asarray(b), method, x0=bk.asarray(x0)).value
        order = [*range(6), *(reversed(range(6)) if symmetric else ())]
        x = swept(a, swept(a, x0, b, order), b, order)
        assert relative(bk.to_numpy(found), x) < 100 * EPS  # products of six terms, four sweeps


@pytest.mark.parametrize("corners", [False, True])
def test_red_black(bk, relative, corners):
    """Color by color it is Gauss-Seidel in this order: two colors, four with diagonal neighbors."""
    shape, periodic = (4, 3), (True, False)
    operator = placed(bk, shape, periodic, True)
    if corners:
        c = np.concatenate([bk.to_numpy(operator.coefficients), -0.1 * np.ones((1, *shape))])
        offsets = (*operator.offsets, (1, 1))
        operator = Stencil(offsets, bk.asarray(c), shape, periodic)
    a = host_matrix(bk, operator)
    index = np.indices(shape)
    color = 2 * (index[0] % 2) + index[1] % 2 if corners else np.sum(index, axis=0) % 2
    order = np.argsort(color.ravel(), kind="stable")
    b, x0 = np.random.default_rng(1).standard_normal((2, *shape))
    method = GaussSeidel(order="red-black", max_steps=1)
    found = linear_solve(operator, bk.asarray(b), method, x0=bk.asarray(x0)).value
    expected = np.reshape(swept(a, x0.ravel(), b.ravel(), order), shape)
    assert relative(bk.to_numpy(found), expected) < 100 * EPS  # products of six terms


def test_special_case():
    """It is SOR with ω = 1, and SSOR with both directions."""
    operator, b = poisson((5,)), np.random.default_rng(2).standard_normal(5)
    for order in ("lexicographic", "red-black"):
        for symmetric, other in ((False, SOR), (True, SSOR)):
            ours = linear_solve(
                operator, b, GaussSeidel(max_steps=3, order=order, symmetric=symmetric)
            )
            theirs = linear_solve(operator, b, other(omega=1.0, max_steps=3, order=order))
            assert np.array_equal(ours.value, theirs.value)


def test_factor():
    """Between walls Jacobi contracts by μ = cos(π h), Gauss-Seidel by μ², in 1D and 2D."""
    for shape in ((15,), (15, 15)):
        operator, mu = poisson(shape), np.cos(np.pi / 16)
        assert abs(factor(operator, Jacobi(max_steps=200), 160, 200) / mu - 1) < 0.01
        red = factor(operator, GaussSeidel(max_steps=120, order="red-black"), 80, 120)
        assert abs(red / mu**2 - 1) < 0.01
    line = factor(poisson((15,)), GaussSeidel(max_steps=120), 80, 120)
    assert abs(line / mu**2 - 1) < 0.01  # other modes have decayed to 1e-3 of the slowest


@pytest.mark.parametrize("name", ["jacobi", "forward", "symmetric", "sor", "ssor", "red-black"])
def test_pyamg(bk, relative, name):
    """The iterates of pyamg."""
    relaxation = pytest.importorskip("pyamg").relaxation.relaxation
    from scipy import sparse

    shape = (4, 5)
    operator = placed(bk, shape, (False, False), True)
    a = sparse.csr_matrix(host_matrix(bk, operator))
    b, x0 = np.random.default_rng(3).standard_normal((2, *shape))
    x, right = x0.ravel().copy(), b.ravel()
    if name == "jacobi":
        method = Jacobi(omega=0.7, max_steps=3)
        relaxation.jacobi(a, x, right, iterations=3, omega=0.7)
    elif name in ("forward", "symmetric"):
        method = GaussSeidel(max_steps=3, symmetric=name == "symmetric")
        relaxation.gauss_seidel(a, x, right, iterations=3, sweep=name)
    elif name == "red-black":
        method = GaussSeidel(max_steps=3, order="red-black")
        color = np.sum(np.indices(shape), axis=0).ravel() % 2
        order = np.argsort(color, kind="stable").astype(np.int32)
        relaxation.gauss_seidel_indexed(a, x, right, order, iterations=3)
    else:
        # its symmetric sweep drops the weight, its two sweeps do not
        method = (SSOR if name == "ssor" else SOR)(omega=1.4, max_steps=3)
        for _ in range(3):
            relaxation.sor(a, x, right, 1.4, sweep="forward")
            if name == "ssor":
                relaxation.sor(a, x, right, 1.4, sweep="backward")
    found = linear_solve(operator, bk.asarray(b), method, x0=bk.asarray(x0)).value
    assert relative(bk.to_numpy(found).ravel(), x) < 1e-12  # the same operations, other sums


def test_errors():
    """Orders that do not exist, systems that are too large for a matrix."""
    with pytest.raises(InvalidInput, match="did you mean red-black"):
        GaussSeidel(order="redblack", max_steps=1)
    with pytest.raises(InvalidInput, match="use order='red-black'"):
        linear_solve(poisson((80, 80)), np.ones((80, 80)), GaussSeidel(max_steps=1))
    wide = Stencil(((0,), (2,)), np.ones(2), (6,), (True,))
    with pytest.raises(InvalidInput, match="two apart"):
        linear_solve(wide, np.ones(6), GaussSeidel(max_steps=1, order="red-black"))
    with pytest.raises(InvalidInput, match="Richardson"):
        linear_solve(
            poisson((3,)), np.ones(3), GaussSeidel(max_steps=1, preconditioner=poisson((3,)))
        )
