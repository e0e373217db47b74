"""Checkpoints change what is kept, not what is computed: values, derivatives, evaluations."""

from itertools import accumulate

import numpy as np
import pytest

from xpde.core import backend_of, namespace_of

EPS = np.finfo(np.float64).eps
A = np.random.default_rng(0).standard_normal((3, 4))
B = np.random.default_rng(1).standard_normal((3, 4))


def wave(x):
    return namespace_of(x).sin(x) * x


def slope(x):
    """The derivative of x sin x."""
    return np.cos(x) * x + np.sin(x)


def curvature(x):
    """The second one."""
    return 2 * np.cos(x) - x * np.sin(x)


def test_the_gradient_in_trees_with_leaves_that_have_none(bk, relative):
    """s Σ (x · y[rows]), of which x and y move, rows are numbers and s is one of Python's."""
    rows = bk.asarray(np.asarray([2, 0, 2]))

    def inner(tree, scale, nothing):
        assert nothing is None
        x, y, at = tree["x"], tree["y"], tree["rows"]
        return scale * x * namespace_of(x, y).take(y, at, axis=0), x

    def loss(moving):
        product, same = backend_of(moving["x"]).checkpoint(inner)(
            moving | {"rows": rows}, 3.0, None
        )
        return namespace_of(product).sum(product + same)

    call = bk.jit(bk.value_and_grad(loss))
    value, found = call({"x": bk.asarray(A), "y": bk.asarray(B)})
    picked = B[[2, 0, 2]]
    expected = np.stack([3 * A[1], 0 * A[1], 3 * (A[0] + A[2])])
    size = np.sum(np.abs(3 * A * picked)) + np.sum(np.abs(A))
    # sums of 24 products, in any order
    assert abs(float(bk.to_numpy(value)) - np.sum(3 * A * picked + A)) < 24 * EPS * size
    assert relative(bk.to_numpy(found["x"]), 3 * picked + 1) < 8 * EPS
    assert relative(bk.to_numpy(found["y"]), expected) < 8 * EPS


@pytest.mark.parametrize("jitted", [False, True])
def test_checkpoints_within_checkpoints(bk, relative, jitted):
    """f(f(f(x))), the inner two in a checkpoint of their own within an outer one."""

    def thrice(x):
        again = bk.checkpoint(wave)
        return bk.checkpoint(lambda y: again(again(y)))(again(x))

    def loss(x):
        return namespace_of(x).sum(thrice(x))

    call = bk.value_and_grad(loss)
    _, found = (bk.jit(call) if jitted else call)(bk.asarray(A))
    first = np.sin(A) * A
    second = np.sin(first) * first
    # three factors of a handful of operations each, whose arguments have the errors of the former
    assert relative(bk.to_numpy(found), slope(second) * slope(first) * slope(A)) < 100 * EPS


def test_in_the_body_of_a_loop(bk, relative):
    """u ← a sin(u) u, four times, in a and in the start."""

    def loss(tree):
        verbs = backend_of(tree["u"])
        step = verbs.checkpoint(lambda a, u: a * wave(u))
        end, rows = verbs.scan(lambda u, _: (step(tree["a"], u), u), tree["u"], length=4)
        return namespace_of(end).sum(end) + namespace_of(rows).sum(rows)

    start, a = A[0], np.asarray(0.7)
    _, found = bk.jit(bk.value_and_grad(loss))({"a": bk.asarray(a), "u": bk.asarray(start)})
    states = list(accumulate(range(4), lambda u, _: a * np.sin(u) * u, initial=start))
    back, in_a = np.ones_like(start), 0.0
    for u in reversed(states[:-1]):  # the adjoint recurrence; a row of its own adds one
        in_a += np.sum(back * np.sin(u) * u)
        back = a * slope(u) * back + 1
    # four steps of ten operations, amplified by slopes of at most 2
    assert relative(bk.to_numpy(found["u"]), back) < 40 * 2**4 * EPS
    assert relative(bk.to_numpy(found["a"]), in_a) < 40 * 2**4 * EPS


def test_second_derivatives(bk, relative):
    """Of the gradient: its gradient, and its derivative along a direction; and forward alone."""

    def gradient(x):
        verbs = backend_of(x)
        return verbs.value_and_grad(total_of_checkpoint(verbs))(x)[1]

    def total_of_checkpoint(verbs):
        return lambda x: namespace_of(x).sum(verbs.checkpoint(wave)(x))

    def weighted(x):
        return namespace_of(x).sum(gradient(x) * bk.asarray(B))

    x = bk.asarray(A)
    _, reverse = bk.value_and_grad(weighted)(x)
    _, forward = bk.jvp(gradient, (x,), (bk.asarray(B),))
    _, pushed = bk.jvp(bk.checkpoint(wave), (x,), (bk.asarray(B),))
    expected = curvature(A) * B
    assert relative(bk.to_numpy(reverse), expected) < 16 * EPS
    assert relative(bk.to_numpy(forward), expected) < 16 * EPS
    assert relative(bk.to_numpy(pushed), slope(A) * B) < 8 * EPS


def test_a_derivative_within(bk, relative):
    """g(x) = d/dy Σ x y³ at y = b, where only the function that is differentiated holds x."""

    def inner(x):
        cubic = backend_of(x).value_and_grad(lambda y: namespace_of(x, y).sum(x * y * y * y))
        return cubic(bk.asarray(B))[1]

    def loss(x):
        return namespace_of(x).sum(backend_of(x).checkpoint(inner)(x))

    _, found = bk.value_and_grad(loss)(bk.asarray(A))
    assert relative(bk.to_numpy(found), 3 * B * B) < 8 * EPS


def test_what_is_closed_over_has_its_gradient(bk, relative):
    def loss(tree):
        x, y = tree["x"], tree["y"]
        held = backend_of(x).checkpoint(lambda z: wave(z) * y)
        return namespace_of(x).sum(held(x))

    _, found = bk.jit(bk.value_and_grad(loss))({"x": bk.asarray(A), "y": bk.asarray(B)})
    assert relative(bk.to_numpy(found["x"]), slope(A) * B) < 8 * EPS
    assert relative(bk.to_numpy(found["y"]), np.sin(A) * A) < 8 * EPS


def test_members_of_a_batch(bk, relative):
    """Mapped over a leading axis: the gradients of the members."""
    call = bk.value_and_grad(lambda x: namespace_of(x).sum(backend_of(x).checkpoint(wave)(x)))
    _, found = bk.vmap(call, (0,))(bk.asarray(A))
    assert relative(bk.to_numpy(found), slope(A)) < 8 * EPS


def test_without_a_derivative_it_is_the_function(bk):
    x, calls = bk.asarray(A), []

    def counted(x):
        calls.append(1)
        return wave(x)

    value = bk.checkpoint(counted)(x)
    assert np.array_equal(bk.to_numpy(value), bk.to_numpy(wave(x)))
    assert len(calls) == 1


def test_evaluations(bk):
    """One on the way forward and one on the way back, where calls of Python are evaluations."""
    if bk.capabilities.compiles:
        pytest.skip("traced once and compiled; its programs are counted in tests/backends")
    calls = []

    def counted(x):
        calls.append(1)
        return wave(x)

    def loss(x):
        value = namespace_of(x).sum(backend_of(x).checkpoint(counted)(x))
        assert len(calls) == 1
        return value

    bk.value_and_grad(loss)(bk.asarray(A))
    assert len(calls) == 2


def test_a_constant_function(bk):
    """What depends on no argument has no gradient, and stays the constant it was."""
    constant = bk.asarray(B)

    def loss(x):
        xp = namespace_of(x)
        return xp.sum(x) + xp.sum(backend_of(x).checkpoint(lambda z: constant)(x))

    _, found = bk.value_and_grad(loss)(bk.asarray(A))
    assert np.array_equal(bk.to_numpy(found), np.ones_like(A))
    assert not getattr(constant, "requires_grad", False)
