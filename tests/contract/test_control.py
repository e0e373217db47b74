"""jit, scan, while_loop, derivatives: the same answers on every backend."""

from typing import Any

import numpy as np
import pytest

from xpde.core import backend_of, namespace_of
from xpde.errors import InvalidInput

EPS = np.finfo(np.float64).eps
RNG = np.random.default_rng(7)
A, B = RNG.standard_normal((4, 4)), RNG.standard_normal((3, 4))


def smooth(tree: Any) -> Any:
    """A real scalar of a tree: Σ sin(A x)² + Σ exp(b/3)."""
    xp = namespace_of(tree["x"])
    y = tree["x"] @ tree["a"]
    return xp.sum(xp.sin(y) ** 2) + xp.sum(xp.exp(tree["x"] / 3))


def gradient(x, a):
    y = x @ a
    s = np.sin(2 * y)
    return {"x": s @ a.T + np.exp(x / 3) / 3, "a": x.T @ s}


def place(bk, tree):
    return {k: bk.asarray(v) for k, v in tree.items()}


def test_jit_keeps_the_value(bk):
    tree = place(bk, {"x": B, "a": A})
    assert float(bk.jit(smooth)(tree)) == pytest.approx(float(smooth(tree)), rel=16 * EPS)


def test_value_and_grad_of_a_tree(bk, relative):
    tree = place(bk, {"x": B, "a": A})
    value, found = bk.value_and_grad(smooth)(tree)
    assert float(value) == pytest.approx(float(smooth(tree)), rel=16 * EPS)
    for key, expected in gradient(B, A).items():
        assert relative(bk.to_numpy(found[key]), expected) < 100 * EPS


def test_value_and_grad_with_aux_and_rest(bk, relative):
    def fn(x, scale):
        return namespace_of(x).sum(x * x) * scale, x + 1.0

    (value, aux), found = bk.value_and_grad(fn, has_aux=True)(bk.asarray(B), 3.0)
    assert float(value) == pytest.approx(3 * np.sum(B**2), rel=16 * EPS)
    assert relative(bk.to_numpy(aux), B + 1) < 4 * EPS
    assert relative(bk.to_numpy(found), 6 * B) < 4 * EPS


def test_leaves_that_do_not_matter_get_zeros(bk):
    def fn(tree):
        return namespace_of(tree["x"]).sum(tree["x"])

    _, found = bk.value_and_grad(fn)(place(bk, {"x": B, "unused": A}))
    assert np.array_equal(bk.to_numpy(found["unused"]), np.zeros_like(A))


def test_complex_cotangent_is_steepest_ascent(bk, relative):
    """L = |z|² has dL/dx + i dL/dy = 2z, on every backend."""
    z = B + 1j * RNG.standard_normal(B.shape)

    def fn(z):
        xp = namespace_of(z)
        return xp.sum(xp.real(z * xp.conj(z)))

    _, found = bk.value_and_grad(fn)(bk.asarray(z))
    assert relative(bk.to_numpy(found), 2 * z) < 16 * EPS


def test_vjp_and_jvp_are_adjoint(bk):
    """⟨J v, w⟩ = ⟨v, Jᵀ w⟩ for u ↦ irfftn(c · rfftn(sin u))."""
    rng = np.random.default_rng(1)
    c = rng.standard_normal((6, 4)) + 1j * rng.standard_normal((6, 4))
    symbol = bk.asarray(c)

    def fn(u):
        return bk_of(u).irfftn(symbol * bk_of(u).rfftn(namespace_of(u).sin(u), 2), (6, 7))

    from xpde.core import backend_of as bk_of

    u, v, w = (rng.standard_normal((2, 6, 7)) for _ in range(3))
    _, jv = bk.jvp(fn, (bk.asarray(u),), (bk.asarray(v),))
    _, pull = bk.vjp(fn, bk.asarray(u))
    (jw,) = pull(bk.asarray(w))
    left, right = np.sum(bk.to_numpy(jv) * w), np.sum(v * bk.to_numpy(jw))
    # two sums of 84 products of size one behind two transforms
    assert left == pytest.approx(right, rel=1e3 * EPS)


def test_scan_is_the_loop(bk, relative):
    xs = RNG.standard_normal((5, 3))

    def body(carry, x):
        carry = {"s": carry["s"] + x * x}
        return carry, carry["s"] * 2.0

    carry, ys = bk.scan(body, {"s": bk.asarray(np.zeros(3))}, bk.asarray(xs))
    sums = np.cumsum(xs**2, axis=0)
    assert relative(bk.to_numpy(carry["s"]), sums[-1]) < 8 * EPS
    assert relative(bk.to_numpy(ys), 2 * sums) < 8 * EPS


def test_scan_by_length_without_output(bk, relative):
    carry, ys = bk.scan(lambda c, _: (c * 2.0, None), bk.asarray(B), length=4)
    assert ys is None
    assert relative(bk.to_numpy(carry), 16 * B) < EPS


def test_gradient_through_scan(bk, relative):
    """d/dx of Σ over steps of x^(2^t) by the chain rule."""
    x = np.array([0.7, 0.9])

    def fn(x):
        def body(c, _):
            return c * c, namespace_of(c).sum(c)

        _, ys = bk_scan(x)(body, x, length=3)
        return namespace_of(x).sum(ys)

    def bk_scan(x):
        from xpde.core import backend_of

        return backend_of(x).scan

    _, found = bk.value_and_grad(fn)(bk.asarray(x))
    assert relative(bk.to_numpy(found), 1 + 2 * x + 4 * x**3) < 16 * EPS


def test_while_loop(bk):
    def condition(state):
        return state["x"] < 100.0

    start = {"x": bk.asarray(np.array(1.0)), "n": bk.asarray(np.array(0))}
    end = bk.while_loop(condition, lambda s: {"x": s["x"] * 3.0, "n": s["n"] + 1}, start)
    assert float(end["x"]) == 243.0
    assert int(end["n"]) == 5


def test_custom_vjp_replaces_the_rule(bk, relative):
    def fn(x, y):
        return x * y

    rule = bk.custom_vjp(fn, lambda x, y: (x * y, (x, y)), lambda r, g: (10.0 * g * r[1], g * r[0]))

    def loss(tree):
        return namespace_of(tree["x"]).sum(rule(tree["x"], tree["y"]))

    _, found = bk.value_and_grad(loss)(place(bk, {"x": B, "y": B + 1}))
    assert relative(bk.to_numpy(found["x"]), 10 * (B + 1)) < 4 * EPS
    assert relative(bk.to_numpy(found["y"]), B) < 4 * EPS


def test_stop_gradient_cuts(bk, relative):
    def fn(x):
        return namespace_of(x).sum(x * bk.stop_gradient(x))

    _, found = bk.value_and_grad(fn)(bk.asarray(B))
    assert relative(bk.to_numpy(found), B) < EPS


def test_checkpoint_changes_nothing(bk, relative):
    def inner(x):
        return namespace_of(x).sin(x) * x

    def loss(x):
        return namespace_of(x).sum(bk.checkpoint(inner)(x))

    _, found = bk.value_and_grad(loss)(bk.asarray(B))
    assert relative(bk.to_numpy(found), np.cos(B) * B + np.sin(B)) < 8 * EPS


def test_after_synchronize_everything_is_there(bk):
    """JAX says whether an array is computed; elsewhere the numbers must be readable."""
    product = bk.asarray(A)
    for _ in range(20):
        product = product @ product / 10
    bk.synchronize(product)
    assert getattr(product, "is_ready", lambda: True)()
    bk.synchronize()
    assert np.all(np.isfinite(bk.to_numpy(product)))


def test_rows_that_begin_plain_and_become_recorded(bk):
    """The first row of a loop does not depend on the parameter, the later ones do."""
    start = bk.asarray(np.asarray([1.0, 2.0]))

    def total(p):
        xp = namespace_of(p)
        rows = backend_of(p, start).scan(lambda u, _: (u * p, u), start, length=4)[1]
        return xp.sum(rows)

    value, slope = bk.value_and_grad(total)(bk.asarray(np.asarray(0.5)))
    # Σ_t p^t = 1 + p + p² + p³ times the sum of the start, and its derivative
    assert float(bk.to_numpy(value)) == pytest.approx(3 * 1.875, rel=1e-15)
    assert float(bk.to_numpy(slope)) == pytest.approx(3 * (1 + 2 * 0.5 + 3 * 0.25), rel=1e-15)


def test_rows_of_a_plain_loop_own_their_memory(bk):
    """Rows do not change when the carry goes on, and two calls share nothing."""
    u = bk.asarray(np.arange(3.0))
    first = bk.scan(lambda c, _: (c + 1.0, c), u, length=3)[1]
    second = bk.scan(lambda c, _: (c + 2.0, c), u, length=3)[1]
    np.testing.assert_array_equal(bk.to_numpy(first)[:, 0], [0, 1, 2])
    np.testing.assert_array_equal(bk.to_numpy(second)[:, 0], [0, 2, 4])


def test_a_value_that_depends_on_nothing_has_a_gradient_of_zeros(bk):
    constant = bk.asarray(np.asarray(3.0))
    value, gradient = bk.value_and_grad(lambda tree: constant * 2.0)({"x": bk.asarray(A)})
    assert float(bk.to_numpy(value)) == 6.0
    np.testing.assert_array_equal(bk.to_numpy(gradient["x"]), np.zeros_like(A))


def test_vmap_is_one_call_after_the_other(bk, relative):
    """Over parameters and one argument, with shared ones, a number and no tree at all."""
    many = {"x": np.stack([B, 2 * B, -B]), "a": np.stack([A, A + 1, A - 1])}
    shift = RNG.standard_normal((3, 4))

    def fn(tree, shared, scale, row, nothing):
        assert nothing is None
        value, slope = backend_of(row).value_and_grad(smooth)(tree)
        return value * scale, slope, shared + row

    args = (place(bk, many), bk.asarray(B), 2.0, bk.asarray(shift), None)
    for call in (bk.vmap(fn, (0, None, None, 0, 0)), bk.jit(bk.vmap(fn, (0, None, None, 0, 0)))):
        value, slope, total = call(*args)
        assert value.shape == (3,)
        for m in range(3):
            x, a = many["x"][m], many["a"][m]
            alone = 2 * np.sum(np.sin(x @ a) ** 2) + 2 * np.sum(np.exp(x / 3))
            assert float(bk.to_numpy(value)[m]) == pytest.approx(alone, rel=16 * EPS)
            for key, expected in gradient(x, a).items():
                assert relative(bk.to_numpy(slope[key])[m], expected) < 100 * EPS
            assert relative(bk.to_numpy(total)[m], B + shift[m]) < 4 * EPS


def test_vmap_has_a_derivative(bk, relative):
    """d/dx Σ_m s x_m² = 2 s x_m, and d/ds = Σ x²: through mapped and shared arguments."""
    square = bk.vmap(lambda x, s: namespace_of(x).sum(x * x) * s, (0, None))

    def loss(tree):
        verbs = backend_of(tree["x"])
        mapped = verbs.vmap(lambda x, s: verbs.xp.sum(x * x) * s, (0, None))
        return verbs.xp.sum(mapped(tree["x"], tree["s"]))

    assert bk.to_numpy(square(bk.asarray(B), 3.0)).shape == (3,)
    tree = {"x": bk.asarray(B), "s": bk.asarray(np.asarray(3.0))}
    _, found = bk.value_and_grad(loss)(tree)
    assert relative(bk.to_numpy(found["x"]), 6 * B) < 4 * EPS
    assert relative(bk.to_numpy(found["s"]), np.asarray(np.sum(B * B))) < 16 * EPS


def test_vmap_over_nothing_is_refused(backends):
    with pytest.raises(InvalidInput, match="expected an argument with a leading axis"):
        backends["numpy"].vmap(lambda x: x, (None,))(B)
