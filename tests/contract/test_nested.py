"""Derivatives of derivatives: outer ones go through inner ones, whatever those depend on."""

import numpy as np
import pytest

from xpde.core import backend_of, namespace_of

EPS = np.finfo(np.float64).eps
RNG = np.random.default_rng(11)
X, V, W = RNG.standard_normal((3, 5))


def inner(kind, fn, x, v):
    """Return diag(f') v of an elementwise f by one of three ways."""
    bk = backend_of(x)
    if kind == "jvp":
        return bk.jvp(fn, (x,), (v,))[1]
    if kind == "vjp":
        return bk.vjp(fn, x)[1](v)[0]
    return bk.value_and_grad(lambda y: namespace_of(y).sum(v * fn(y)))(x)[1]


@pytest.mark.parametrize("kind", ["jvp", "vjp", "grad"])
def test_along_the_point(bk, relative, kind):
    """d/dx Σ w x³' v = 6 w x v."""

    def loss(x):
        v, w = bk.asarray(V), bk.asarray(W)
        return namespace_of(x).sum(w * inner(kind, lambda y: y * y * y, x, v))

    value, found = bk.value_and_grad(loss)(bk.asarray(X))
    assert float(bk.to_numpy(value)) == pytest.approx(np.sum(3 * W * X**2 * V), rel=32 * EPS)
    assert relative(bk.to_numpy(found), 6 * W * X * V) < 32 * EPS


@pytest.mark.parametrize("kind", ["jvp", "vjp", "grad"])
def test_along_what_the_function_holds(bk, relative, kind):
    """d/dc Σ w (c x³)' v = 3 w x² v, the point being a constant."""

    def loss(c):
        x, v, w = bk.asarray(X), bk.asarray(V), bk.asarray(W)
        return namespace_of(c).sum(w * inner(kind, lambda y: c * y * y * y, x, v))

    _, found = bk.value_and_grad(loss)(bk.asarray(X))
    assert relative(bk.to_numpy(found), 3 * W * X**2 * V) < 32 * EPS


@pytest.mark.parametrize("kind", ["jvp", "vjp"])
def test_along_the_direction(bk, relative, kind):
    """d/dv Σ w (x³)' v = 3 w x²: what is linear in v has this as its gradient."""

    def loss(v):
        x, w = bk.asarray(X), bk.asarray(W)
        return namespace_of(v).sum(w * inner(kind, lambda y: y * y * y, x, v))

    _, found = bk.value_and_grad(loss)(bk.asarray(V))
    assert relative(bk.to_numpy(found), 3 * W * X**2) < 32 * EPS


@pytest.mark.parametrize("kind", ["jvp", "vjp", "grad"])
def test_the_same_array_twice(bk, relative, kind):
    """d/dx Σ w (x·)' v with the point and the factor the same x: 3 w (x y² + ...) is counted once.

    For f(y) = x y² at y = x it is (2 x y) v = 2 x² v, whose derivative is 4 x v.
    """

    def loss(x):
        v, w = bk.asarray(V), bk.asarray(W)
        return namespace_of(x).sum(w * inner(kind, lambda y: x * y * y, x, v))

    _, found = bk.value_and_grad(loss)(bk.asarray(X))
    assert relative(bk.to_numpy(found), 4 * W * X * V) < 32 * EPS
