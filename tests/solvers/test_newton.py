"""Newton's method: quadratic convergence, inexact solves, line search, derivatives of roots."""

import dataclasses

import numpy as np
import pytest

from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.solvers import (
    GMRES,
    Dense,
    Diagonal,
    Direct,
    Implicit,
    Jacobi,
    NewtonKrylov,
    Status,
    Unrolled,
    fixed_point,
    root,
)

EPS = np.finfo(np.float64).eps
N = 8


def matrix():
    """-Δ of a line of N points with ends at 0, times h²."""
    return 2 * np.eye(N) - np.eye(N, k=1) - np.eye(N, k=-1)


def bratu(params, x):
    """-Δu = λ eᵘ: two solutions for λ below 3.51."""
    xp = namespace_of(x, params["L"])
    h = 1.0 / (N + 1)
    return xp.matmul(x, params["L"]) - h * h * params["lam"] * xp.exp(x)


class Bratu:
    """The same, with its derivative in x as a matrix."""

    def __call__(self, params, x):
        return bratu(params, x)

    def linear(self, params, x):
        xp = namespace_of(x, params["L"])
        slope = -params["lam"] / (N + 1) ** 2 * xp.exp(x)
        return Dense(params["L"]) + Diagonal(slope, (N,))


BRATU = Bratu()


def cubic(params, x):
    """x³ - 2x + 2, whose Newton iteration from 0 is the cycle 0, 1, 0, 1, ..."""
    return x**3 - 2.0 * x + params


def arctangent(params, x):
    """arctan x: full Newton steps diverge from |x| > 1.39."""
    return namespace_of(x).atan(params * x)


def settled(bk, lam=1.0):
    return {"L": bk.asarray(matrix()), "lam": bk.asarray(np.array([lam]))}


def host_solution(lam):
    x = np.zeros(N)
    for _ in range(20):
        e = lam / (N + 1) ** 2 * np.exp(x)
        x = x - np.linalg.solve(matrix() - np.diag(e), matrix() @ x - e)
    return x


def test_quadratic(bk, relative):
    """Residuals are squared from step to step with exact solves: e_{k+1} ≤ c e_k²."""
    method = NewtonKrylov(max_steps=4, linear=Direct())
    found = root(bratu, bk.asarray(np.zeros(N)), settled(bk, 3.0), method=method, history=True)
    sizes = bk.to_numpy(found.history)
    assert relative(bk.to_numpy(found.value), host_solution(3.0)) < 1e-8
    ratios = sizes[1:4] / sizes[:3] ** 2
    assert np.all(sizes[1:4] < 0.5 * sizes[:3])
    assert np.max(ratios) < 10 * np.min(ratios)  # a constant, of the curvature


@pytest.mark.parametrize("fn", [bratu, BRATU], ids=["pushforward", "given"])
def test_inexact(bk, relative, fn):
    """With forcing the same root is found, to the tolerance, with a preconditioner made anew."""
    made = None if fn is bratu else Jacobian
    method = NewtonKrylov(rtol=1e-11, linear=GMRES(rtol=1e-10, restart=4, preconditioner=made))
    guess = bk.asarray(np.zeros((2, N)))
    found = root(fn, guess, settled(bk, 3.0), method=method, ndim=1, throw=True)
    # ‖F‖ ≤ 1e-11 ‖F₀‖, the condition number of the slope is about 100
    assert relative(bk.to_numpy(found.value)[1], host_solution(3.0)) < 1e-8
    assert np.max(bk.to_numpy(found.steps)) <= 8


def Jacobian(operator):
    """M = the inverse of the diagonal, as a factory."""
    return Jacobi(max_steps=1).prepared(operator).preconditioner


def test_forcing_saves(backends):
    """Linear solves to a fixed small tolerance take no fewer Newton steps than to η."""
    bk = backends["numpy"]
    guess = bk.asarray(np.zeros(N))
    loose = NewtonKrylov(rtol=1e-9, linear=GMRES(rtol=1e-12, restart=2), forcing=0.5)
    tight = dataclasses.replace(loose, forcing=None)
    steps = [
        int(bk.to_numpy(root(BRATU, guess, settled(bk), method=m, throw=True).steps))
        for m in (loose, tight)
    ]
    assert steps[1] <= steps[0] <= steps[1] + 5


def test_line_search(bk):
    """From x = 3 full steps on arctan diverge; halved ones converge, each sample by itself."""
    x0 = bk.asarray(np.array([[0.5], [3.0], [20.0]]))
    params = bk.asarray(np.ones(1))
    full = NewtonKrylov(rtol=1e-10, linear=Direct(), halvings=0, max_steps=5)
    found = root(arctangent, x0, params, method=full, ndim=1)
    assert [bool(s) for s in bk.to_numpy(found.status)] == [False, True, True]
    halved = dataclasses.replace(full, halvings=10, max_steps=20)
    found = root(arctangent, x0, params, method=halved, ndim=1, throw=True)
    assert np.max(np.abs(bk.to_numpy(found.value))) < 1e-9
    alone = root(arctangent, x0[1, ...], params, method=halved, ndim=1)
    assert int(bk.to_numpy(alone.steps)) == bk.to_numpy(found.steps)[1]


def test_stalled(bk):
    """At a minimum of |F| that is no root the status says so, and the value stays finite."""
    two = bk.asarray(np.array([2.0]))
    at = bk.asarray(np.array([(2.0 / 3.0) ** 0.5 + 1e-6]))  # F' = 0 just beside
    method = NewtonKrylov(rtol=1e-10, linear=Direct(), halvings=3)
    found = root(cubic, at, two, method=method)
    assert int(bk.to_numpy(found.status)) == Status.STALLED
    assert np.isfinite(bk.to_numpy(found.value)).all()
    flat = root(arctangent, at, 0.0 * two, method=method)  # F = 0 everywhere: a root at once
    assert int(bk.to_numpy(flat.status)) == Status.SUCCESS


@pytest.mark.parametrize(
    ("fn", "adjoint"),
    [
        (bratu, Implicit()),
        (BRATU, Implicit(Direct())),
        (bratu, Unrolled()),
        (BRATU, Unrolled()),
    ],
    ids=["implicit", "implicit-direct", "unrolled", "unrolled-given"],
)
def test_derivative(bk, fn, adjoint):
    """dx/dλ and dx/dL of the root, by central differences of solutions on the host."""
    w = np.random.default_rng(0).standard_normal(N)
    steps = {"max_steps": 5} if isinstance(adjoint, Unrolled) else {"rtol": 1e-12}
    method = NewtonKrylov(linear=Direct(), halvings=2, **steps)

    def loss(params):
        found = root(fn, bk.asarray(np.zeros(N)), params, method=method, adjoint=adjoint)
        return namespace_of(found.value).sum(found.value * bk.asarray(w))

    gradient = bk.jit(lambda params: bk.value_and_grad(loss)(params)[1])(settled(bk))
    h = 1e-5
    wanted = np.sum(w * (host_solution(1.0 + h) - host_solution(1.0 - h))) / (2 * h)
    # h² of curvature plus ε/h of rounding
    assert abs(float(bk.to_numpy(gradient["lam"])[0]) - wanted) < 1e-8 * abs(wanted)
    x = host_solution(1.0)
    slope = matrix() - np.diag(np.exp(x) / (N + 1) ** 2)
    adjoint_state = np.linalg.solve(slope.T, w)
    L_bar = -np.outer(x, adjoint_state)  # F = x L
    error = np.max(np.abs(bk.to_numpy(gradient["L"]) - L_bar)) / np.max(np.abs(L_bar))
    assert error < 1e-10  # tolerances of 1e-12 and a condition number of 100


def test_unrolled_few_steps(bk):
    """Two Newton steps: the derivative of the second iterate, J's own derivative included."""

    def plain(c):
        x = 1.0
        for _ in range(2):
            x = x - (x**3 - 2 * x + c) / (3 * x**2 - 2)
        return x

    def loss(c):
        method = NewtonKrylov(max_steps=2, linear=Direct(), halvings=0)
        found = root(cubic, bk.asarray(np.array([1.0])), c, method=method, adjoint=Unrolled())
        return namespace_of(found.value).sum(found.value)

    value, slope = bk.value_and_grad(loss)(bk.asarray(np.array([0.7])))
    assert abs(float(bk.to_numpy(value)) - plain(0.7)) < 100 * EPS
    h = 1e-5
    wanted = (plain(0.7 + h) - plain(0.7 - h)) / (2 * h)
    assert abs(float(bk.to_numpy(slope)[0]) - wanted) < 1e-8 * abs(wanted)


def relax(params, x):
    """The fixed-point form of bratu: x - F(x) / 4."""
    return x - 0.25 * bratu(params, x)


def test_fixed_point_form(bk, relative):
    """Newton on x - f(x) finds the fixed points of f."""
    guess = bk.asarray(np.zeros(N))
    found = fixed_point(relax, guess, settled(bk), method=NewtonKrylov(rtol=1e-12), throw=True)
    assert relative(bk.to_numpy(found.value), host_solution(1.0)) < 1e-8


def test_parameters_are_checked():
    """Settings that mean nothing are refused."""
    with pytest.raises(InvalidInput, match="forcing"):
        NewtonKrylov(rtol=0.1, forcing=1.0)
    with pytest.raises(InvalidInput, match="halvings"):
        NewtonKrylov(rtol=0.1, halvings=-1)
    with pytest.raises(InvalidInput, match="linear method"):
        NewtonKrylov(rtol=0.1, preconditioner=Jacobian)
