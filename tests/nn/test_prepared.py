"""A network that is prepared once is the network, in parts or whole, with and without gradients."""

import numpy as np
import pytest

from xpde.core import leaves, namespace_of, tree_map
from xpde.nn import FNO, Conv, activation, fno, spectral
from xpde.nn.network import prepared
from xpde.train import rollout

EPS = np.finfo(np.float64).eps
NETWORK = FNO(2, 2, 2, 2, 3, 2)


@pytest.fixture
def in_parts(monkeypatch):
    """Two samples of 3 · 5 · 6 hidden values make a part."""
    monkeypatch.setattr(fno, "_PART", 2 * 3 * 5 * 6)


def drawn(bk, network, lead):
    rng = np.random.default_rng(3)
    params = tree_map(bk.asarray, network.init(rng))
    return params, bk.asarray(rng.standard_normal((*lead, 2, 5, 6)))


@pytest.mark.parametrize("network", [NETWORK, Conv(2, 2, 2, 3, 1)], ids=["own", "apply"])
def test_prepared_is_apply(bk, relative, network):
    """With a method of its own and without, for another state than it was prepared beside."""
    params, u = drawn(bk, network, (2,))
    found = bk.jit(lambda p, like, v: prepared(network, p, like)(v))(params, u, 2.0 * u)
    expected = bk.jit(network.apply)(params, 2.0 * u)
    # the same operations; a compiler may order them differently, sums of some ten products
    assert relative(bk.to_numpy(found), bk.to_numpy(expected)) < 50 * EPS


@pytest.mark.parametrize("lead", [(), (5,), (3, 2)])
def test_parts_are_the_whole(bk, relative, lead, in_parts):
    """A last part that is smaller, several batch axes, and none."""
    params, u = drawn(bk, NETWORK, lead)
    apply = bk.jit(NETWORK.apply)
    found = bk.to_numpy(apply(params, u))
    states = bk.to_numpy(u).reshape(-1, 2, 5, 6)
    alone = [bk.to_numpy(apply(params, bk.asarray(state))) for state in states]
    # sums of up to 60 products in two layers, in another order
    assert relative(found, np.reshape(alone, found.shape)) < 200 * EPS


def test_recorded_batches_stay_whole(bk, relative, in_parts):
    """Σ f(θ, u)² along a direction of θ, by its gradient and by a central difference."""
    params, u = drawn(bk, NETWORK, (5,))
    rng = np.random.default_rng(4)
    direction = tree_map(lambda p: rng.standard_normal(p.shape), NETWORK.init(rng))

    @bk.jit
    def loss(params):
        v = NETWORK.apply(params, u)
        return namespace_of(v).sum(v * v)

    def moved(by):
        return float(loss(tree_map(lambda p, d: p + by * bk.asarray(d), params, direction)))

    _, gradient = bk.jit(bk.value_and_grad(loss))(params)
    products = tree_map(lambda g, d: float(np.sum(bk.to_numpy(g) * d)), gradient, direction)
    slope, h = sum(leaves(products)), 1e-5
    # h² of the third derivative, and eps/h of the value, both about 1e-10 here
    assert abs(slope - (moved(h) - moved(-h)) / (2 * h)) < 1e-7 * abs(slope)


def test_many_weights_are_held_once(bk, relative, monkeypatch):
    """The upper half of every matrix gives the same values and the same gradient."""
    params, u = drawn(bk, NETWORK, (2,))
    found = []
    for large in (2**40, 0):
        monkeypatch.setattr(spectral, "_LARGE", large)

        def loss(params):
            v = NETWORK.apply(params, u)
            return namespace_of(v).sum(v * v)

        value, gradient = bk.jit(bk.value_and_grad(loss))(params)
        found.append([bk.to_numpy(x) for x in (value, *leaves(gradient))])
    for whole, half in zip(*found, strict=True):
        assert relative(half, whole) < 500 * EPS  # sums of up to 120 products in two layers


def test_a_rollout_repeats_the_network(bk, relative):
    params, u = drawn(bk, NETWORK, (2,))
    states = bk.to_numpy(rollout(NETWORK, params, u, 3))
    apply = bk.jit(NETWORK.apply)
    for t in range(3):
        u = apply(params, u)
        # three steps of a network whose rounding is that of a hundred sums
        assert relative(states[:, t], bk.to_numpy(u)) < 500 * EPS


def test_gelu_leaves_its_argument(bk, relative):
    x = np.linspace(-5.0, 5.0, 12).reshape(3, 4)
    placed = bk.asarray(x)
    activation("gelu")(placed)
    assert np.array_equal(bk.to_numpy(placed), x)
    flat = bk.to_numpy(activation("gelu")(bk.asarray(np.array(0.7))))
    expected = 0.35 * (1 + np.tanh(np.sqrt(2 / np.pi) * (0.7 + 0.044715 * 0.7**3)))
    assert relative(flat, expected) < 8 * EPS  # a dozen roundings
