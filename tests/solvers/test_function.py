"""Functions as operators: their transposes are pullbacks, with derivatives on every backend."""

import numpy as np

from xpde.core import namespace_of
from xpde.solvers import CG, Function, Implicit, linear_solve

EPS = np.finfo(np.float64).eps


def mixed(params, x):
    """A map of (3,) to (2,), bilinear in params and x."""
    xp = namespace_of(x, params)
    return xp.matmul(x, xp.matrix_transpose(params))


def test_transpose_of_transpose(bk, relative):
    """Aᵀ by the pullback; Aᵀᵀ is A."""
    entries = np.random.default_rng(0).standard_normal((2, 3))
    A = Function(mixed, (3,), bk.asarray(entries), shape_out=(2,))
    y = np.random.default_rng(1).standard_normal((4, 2))
    assert relative(bk.to_numpy(A.T(bk.asarray(y))), y @ entries) < 20 * EPS
    assert A.T.T is A


def test_derivative_of_normal_equations(bk, relative):
    """(AᵀA + I) x = Aᵀ b: the gradient in A goes through the transpose too, on every backend."""
    rng = np.random.default_rng(2)
    entries, b, w = rng.standard_normal((2, 3)), rng.standard_normal(2), rng.standard_normal(3)

    def plain(E):
        return np.sum(w * np.linalg.solve(E.T @ E + np.eye(3), E.T @ b))

    def loss(E):
        A = Function(mixed, (3,), E, shape_out=(2,))
        normal = A.T @ A + Function(same, (3,))
        right = A.T(bk.asarray(b))
        value = linear_solve(normal, right, CG(max_steps=3), adjoint=Implicit()).value
        return namespace_of(value).sum(bk.asarray(w) * value)

    _, gradient = bk.value_and_grad(loss)(bk.asarray(entries))
    h, wanted = 1e-5, np.zeros((2, 3))
    for i in np.ndindex(2, 3):
        e = np.zeros((2, 3))
        e[i] = h
        wanted[i] = (plain(entries + e) - plain(entries - e)) / (2 * h)
    assert relative(bk.to_numpy(gradient), wanted) < 1e-8  # h² of curvature plus ε/h of rounding


def test_without_arrays(bk):
    """An operator that holds no array: the derivative in b alone exists."""
    half = Function(doubled, (3,))

    def loss(b):
        value = linear_solve(half, b, CG(max_steps=1)).value
        return namespace_of(value).sum(value)

    _, gradient = bk.value_and_grad(loss)(bk.asarray(np.array([1.0, 2.0, 3.0])))
    assert bk.to_numpy(gradient).tolist() == [0.5, 0.5, 0.5]


def same(params, x):
    return x


def doubled(params, x):
    return 2.0 * x
