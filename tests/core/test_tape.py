"""The recording itself: nesting, loops, cuts, memory and what it refuses."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import backend_of, namespace_of
from xpde.core.tape import Traced
from xpde.errors import InvalidInput, MissingCapability

EPS = np.finfo(np.float64).eps


@pytest.fixture(scope="module", params=["numpy", "strict"])
def taped(request, backends):
    return backends[request.param]


def cubic(x):
    return namespace_of(x).sum(x * x * x)


def test_gradient_of_gradient(bk, relative):
    """d/dx Σ (3x²)² = 36 x³, on every backend."""
    x = np.array([0.5, -1.5, 2.0])

    def outer(x):
        _, g = bk.value_and_grad(cubic)(x)
        return namespace_of(g).sum(g * g)

    _, found = bk.value_and_grad(outer)(bk.asarray(x))
    assert relative(bk.to_numpy(found), 36 * x**3) < 16 * EPS


def test_hessian_vector_product(taped, relative):
    x, v = np.array([0.5, -1.5]), np.array([1.0, 2.0])

    def gradient(x):
        return taped.value_and_grad(cubic)(x)[1]

    _, found = taped.jvp(gradient, (taped.asarray(x),), (taped.asarray(v),))
    assert relative(taped.to_numpy(found), 6 * x * v) < 16 * EPS


def test_perturbations_are_not_confused(taped):
    """d/dx [x · d/dy (x y) at y = 1] = 2x: the inner derivative must not see the outer x."""

    def outer(x):
        one = taped.asarray(np.array(1.0))
        _, slope = taped.value_and_grad(lambda y: x * y)(one)
        return x * slope

    _, found = taped.value_and_grad(outer)(taped.asarray(np.array(3.0)))
    assert float(found) == 6.0


@given(seed=st.integers(0, 2**31), n=st.integers(2, 9), m=st.integers(2, 9))
def test_dot_product(taped, seed, n, m):
    """⟨J v, w⟩ = ⟨v, Jᵀ w⟩ for a map with products, transforms and divisions."""
    rng = np.random.default_rng(seed)

    def fn(u):
        bk, xp = backend_of(u), namespace_of(u)
        z = bk.rfftn(xp.tanh(u), 2)
        return bk.irfftn(z * z, (n, m)) / (1.0 + u * u)

    u, v, w = (rng.standard_normal((n, m)) for _ in range(3))
    _, jv = taped.jvp(fn, (taped.asarray(u),), (taped.asarray(v),))
    (jw,) = taped.vjp(fn, taped.asarray(u))[1](taped.asarray(w))
    left, right = np.sum(taped.to_numpy(jv) * w), np.sum(v * taped.to_numpy(jw))
    scale = np.linalg.norm(taped.to_numpy(jv)) * np.linalg.norm(w) + 1.0
    assert abs(left - right) < 1e3 * EPS * scale  # two transforms of at most 81 points


def count_cotangents(taped, length, monkeypatch):
    """Bytes of all cotangents that arrive while a recorded scan of this length is pulled back."""
    import xpde.core.tape.backward as backward

    total = [0]

    def counting(seeds, leaves, *, release):
        for node, g in seeds:
            total[0] += getattr(g, "nbytes", 8)
            wrap(node)
        return plain(seeds, leaves, release=release)

    def wrap(node, seen=None):
        stack, seen = [node], set()
        while stack:
            node = stack.pop()
            if id(node) in seen or node.pull is None:
                continue
            seen.add(id(node))
            node.pull = watched(node.pull)
            stack.extend(node.parents)

    def watched(pull):
        def call(g):
            parts = pull(g)
            for part in parts:
                arrays = part.values() if isinstance(part, dict) else [part]
                total[0] += sum(getattr(a, "nbytes", 0) for a in arrays)
            return parts

        return call

    plain = backward.sweep
    monkeypatch.setattr("xpde.core.tape.transforms.sweep", counting)

    def loss(xs):
        def body(c, x):
            c = c * 0.9 + x
            return c, c

        _, ys = backend_of(xs).scan(body, xs[0, ...] * 0.0, xs)
        return namespace_of(ys).sum(ys * ys)

    taped.value_and_grad(loss)(taped.asarray(np.ones((length, 50))))
    monkeypatch.undo()
    return total[0]


def test_scan_costs_in_proportion_to_its_length(backends, monkeypatch):
    bk = backends["numpy"]
    short, long = (count_cotangents(bk, n, monkeypatch) for n in (20, 80))
    assert long / short < 4.5  # four times the length; quadratic would be sixteen


def test_memory_is_released_while_pulling(backends):
    """After value_and_grad nothing of the recording is alive."""
    bk, seen = backends["numpy"], []

    def loss(x):
        y = namespace_of(x).sin(x)
        seen.append(weakref.ref(y.node))
        return namespace_of(y).sum(y)

    bk.value_and_grad(loss)(bk.asarray(np.ones(3)))
    gc.collect()
    assert seen[0]() is None


def test_checkpoint_keeps_only_inputs(backends):
    """The intermediate of a checkpointed function dies before the backward sweep."""
    bk, calls = backends["numpy"], []

    def inner(x):
        calls.append(isinstance(x, Traced))
        return namespace_of(x).exp(namespace_of(x).sin(x))

    def loss(x):
        return namespace_of(x).sum(bk.checkpoint(inner)(x))

    x = np.array([0.3, 0.4])
    _, found = bk.value_and_grad(loss)(x)
    assert calls == [False, True]  # plain on the way forward, recorded again on the way back
    np.testing.assert_allclose(found, np.exp(np.sin(x)) * np.cos(x), rtol=8 * EPS)


def test_checkpoint_over_a_closure_is_still_right(taped, relative):
    """∂/∂a Σ a sin(x), with ``a`` closed over."""
    x = taped.asarray(np.array([0.3, 0.4]))

    def loss(a):
        return namespace_of(a).sum(taped.checkpoint(lambda x: a * namespace_of(x).sin(x))(x))

    _, found = taped.value_and_grad(loss)(taped.asarray(np.array([2.0, 3.0])))
    assert relative(taped.to_numpy(found), np.sin([0.3, 0.4])) < 4 * EPS


def test_pullback_can_be_called_again(bk, relative):
    _, pull = bk.vjp(cubic, bk.asarray(np.array([2.0])))
    one = bk.asarray(np.array(1.0))
    for _ in range(2):
        (g,) = pull(one)
        assert relative(bk.to_numpy(g), np.array([12.0])) < EPS


def test_unknown_function_is_named(taped):
    with pytest.raises(MissingCapability, match=r"no derivative of sort\(\)"):
        taped.value_and_grad(lambda x: namespace_of(x).sum(namespace_of(x).sort(x)))(
            taped.asarray(np.ones(3))
        )


@pytest.mark.parametrize("number", [float, bool, int, np.asarray])
def test_a_number_is_refused(taped, number):
    def loss(x):
        number(x[0])
        return namespace_of(x).sum(x)

    with pytest.raises(InvalidInput, match="Python number"):
        taped.value_and_grad(loss)(taped.asarray(np.ones(3)))


def test_only_real_scalars_have_a_gradient(taped):
    with pytest.raises(InvalidInput, match=r"expected a real scalar, got float64 of shape \(3,\)"):
        taped.value_and_grad(lambda x: x)(taped.asarray(np.ones(3)))


def test_comparisons_are_plain(taped):
    def loss(x):
        assert not isinstance(x > 0, Traced)
        return namespace_of(x).sum(namespace_of(x).where(x > 0, x, -x))

    _, found = taped.value_and_grad(loss)(taped.asarray(np.array([-2.0, 3.0])))
    assert np.array_equal(taped.to_numpy(found), [-1.0, 1.0])


def test_zero_entries_of_a_product(taped):
    """d(xyz)/dx = yz, at zeros too."""
    _, found = taped.value_and_grad(lambda x: namespace_of(x).prod(x))(
        taped.asarray(np.array([0.0, 2.0, 3.0]))
    )
    assert np.array_equal(taped.to_numpy(found), [6.0, 0.0, 0.0])


def test_constants_of_another_precision_do_not_widen_the_gradient(backends):
    bk = backends["numpy"]
    x = np.ones(3, np.float32)
    _, found = bk.value_and_grad(lambda x: namespace_of(x).sum(x * np.ones(3)))(x)
    assert found.dtype == np.float32


def test_custom_rule_over_a_closure_is_refused(taped):
    """A cotangent for a closed-over array would be lost: the error says to pass it."""

    def loss(a):
        rule = taped.custom_vjp(lambda x: a * x, lambda x: (a * x, x), lambda r, g: (g,))
        return namespace_of(a).sum(rule(a * 1.0))

    with pytest.raises(InvalidInput, match="argument"):
        taped.value_and_grad(loss)(taped.asarray(np.ones(2)))


def test_repeated_integers_add_up(backends):
    """Σ x[0] + x[0] + x[2] has the gradient (2, 0, 1)."""
    bk = backends["numpy"]
    _, found = bk.value_and_grad(lambda x: namespace_of(x).sum(x[np.array([0, 0, 2])]))(np.ones(3))
    assert np.array_equal(found, [2.0, 0.0, 1.0])
