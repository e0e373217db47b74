"""A network made of a function: the layout it gets, what it refuses, what it sees."""

import math

import numpy as np
import pytest

from xpde.core import leaves, namespace_of, tree_map
from xpde.errors import InvalidInput, MixedBackends
from xpde.nn import Wrapped
from xpde.optim import constant, sgd
from xpde.train import Corrector, Supervised, Trainer, load_weights, rollout, save_weights

THETA = {"a": np.array([0.5, -1.0]), "b": [np.array(0.25)]}


def stencil(params, u):
    """a_c u(x) + b u(x - 2) for states (B, 2, N)."""
    xp = namespace_of(u, params["a"])
    return xp.reshape(params["a"], (1, 2, 1)) * u + params["b"][0] * xp.roll(u, 2, axis=-1)


def by_hand(u):
    return THETA["a"][:, None] * u + THETA["b"][0] * np.roll(u, 2, axis=-1)


NETWORK = Wrapped(stencil, THETA, 1, 2)


def state(*lead, n=9):
    return np.random.default_rng(0).standard_normal((*lead, 2, n))


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_any_leading_axes(bk, lead):
    params, u = tree_map(bk.asarray, NETWORK.init(np.random.default_rng(0))), state(*lead)
    out = bk.to_numpy(NETWORK.apply(params, bk.asarray(u)))
    np.testing.assert_allclose(out, by_hand(u), rtol=1e-15, atol=1e-15)  # two products and a sum


def test_channels_last(bk):
    def last(params, u):
        assert u.shape == (6, 9, 2)
        xp = namespace_of(u)
        return params["a"] * u + params["b"][0] * xp.roll(u, 2, axis=-2)

    network = Wrapped(last, THETA, 1, 2, channels_last=True)
    params, u = tree_map(bk.asarray, network.init(None)), state(2, 3)
    out = bk.to_numpy(network.apply(params, bk.asarray(u)))
    np.testing.assert_allclose(out, by_hand(u), rtol=1e-15, atol=1e-15)


def test_its_numbers():
    drawn = NETWORK.init(np.random.default_rng(0))
    assert all(p.dtype == np.float64 for p in leaves(drawn))
    np.testing.assert_array_equal(drawn["a"], THETA["a"])
    drawn["a"][:] = 7  # a copy: the network stays as it is
    np.testing.assert_array_equal(NETWORK.init(None)["a"], THETA["a"])
    assert NETWORK.parameter_count() == 3
    assert (NETWORK.channels_in, NETWORK.channels_out, NETWORK.dims) == (2, 2, 1)
    assert math.isnan(NETWORK.receptive_field)


def test_the_receptive_field_is_measured(bk):
    """u(x - 2) is two cells away; on three points its other side is the end of the grid."""
    assert NETWORK.measured(bk.asarray(state(2))).receptive_field == 2
    assert NETWORK.measured(bk.asarray(state(n=3))).receptive_field == math.inf


def test_two_axes_are_measured_by_the_larger_side(bk):
    def far(params, u):
        return params["a"] * namespace_of(u).roll(u, (1, -3), axis=(-2, -1))

    network = Wrapped(far, {"a": np.array(2.0)}, 2, 1)
    assert network.measured(bk.asarray(np.ones((1, 8, 11)))).receptive_field == 3


def test_it_is_trained_kept_and_rolled_out(bk, relative, tmp_path):
    """Data made by the stencil itself: its numbers are found again from others."""
    steps = [state(6)]
    for _ in range(3):
        steps.append(by_hand(steps[-1]))
    data = bk.asarray(np.stack(steps, axis=1))
    first = tree_map(lambda p: p + 0.1, THETA)
    found = Trainer(NETWORK, Supervised(), sgd(constant(0.2)), 60, batch_size=6).run(first, data)
    assert found.losses[-1] < 1e-3 * found.losses[0]
    path = tmp_path / "w.safetensors"
    save_weights(path, found.params)
    placed = tree_map(bk.asarray, load_weights(path)[0])
    kept = rollout(NETWORK, placed, data[:, 0, ...], 2)
    assert kept.shape == (6, 2, 2, 9)
    same = rollout(NETWORK, found.params, data[:, 0, ...], 2)
    np.testing.assert_array_equal(bk.to_numpy(kept), bk.to_numpy(same))


def test_it_corrects_a_solver(bk):
    corrector = Corrector(NETWORK, lambda u: 2 * u, "parallel")
    params, u = tree_map(bk.asarray, corrector.init(None)), state(2)
    out = bk.to_numpy(corrector.apply(params, bk.asarray(u)))
    np.testing.assert_allclose(out, 2 * u + by_hand(u), rtol=1e-14, atol=1e-14)  # and one sum more
    assert corrector.receptive_field == math.inf


def refusals():
    cut = Wrapped(lambda params, u: u[..., 1:], {}, 1, 2)
    yield "another shape", cut, state(3), r"\(3, 2, 9\) out, as went in, got \(3, 2, 8\)"
    yield "channels", NETWORK, state(3)[:, :1], r"expected a state \(\.\.\., 2, N\)"
    narrow = Wrapped(stencil, THETA, 1, 2, precision="float32")
    yield "precision", narrow, state(3), "expected states of float32"
    foreign = Wrapped(stencil, THETA, 1, 2, framework="other")
    yield "framework", foreign, state(3), "expected arrays of other"


@pytest.mark.parametrize(
    ("network", "u", "line"), [r[1:] for r in refusals()], ids=[r[0] for r in refusals()]
)
def test_what_it_refuses(network, u, line):
    with pytest.raises(InvalidInput, match=line) as info:
        network.apply(network.init(None), u)
    assert "\n" not in str(info.value)


def test_parameters_of_another_framework(backends):
    if "strict" not in backends:
        pytest.skip("array-api-strict is not installed")
    with pytest.raises(MixedBackends):
        NETWORK.apply(THETA, backends["strict"].asarray(state()))


def test_a_function_has_no_module():
    with pytest.raises(InvalidInput, match="expected a network made from a module"):
        NETWORK.to_module(THETA)


def test_parameters_of_another_module():
    network = Wrapped(stencil, THETA, 1, 2, restore=lambda params: params)
    np.testing.assert_array_equal(network.to_module(THETA)["a"], THETA["a"])
    with pytest.raises(InvalidInput, match="belong to another module"):
        network.to_module({"a": np.ones(3), "b": [np.array(0.0)]})


@pytest.mark.parametrize(("dims", "channels"), [(0, 1), (4, 1), (1, 0)])
def test_sizes(dims, channels):
    with pytest.raises(InvalidInput, match="expected"):
        Wrapped(stencil, THETA, dims, channels)
