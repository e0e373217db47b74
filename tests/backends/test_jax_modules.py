"""Modules of Equinox and Flax: trained as a loop by hand with optax trains them, and put back."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.core import leaves, tree_map
from xpde.errors import InvalidInput
from xpde.train import load_weights, rollout, save_weights

jax = pytest.importorskip("jax", reason="JAX is not installed")

from xpde_backends.modules import from_equinox, from_flax, wrap  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))
from loops import RATE, trained, trajectories, windows  # noqa: E402

jnp = jax.numpy


def peer(name):
    return pytest.importorskip(name, reason=f"{name} is not installed")


def by_hand(step, tree, data):
    """The losses and the tree after twenty updates of optax.adam on mean (step(tree, u) - v)²."""
    optax = peer("optax")
    optimizer = optax.adam(RATE)
    state = optimizer.init(tree)

    @jax.jit
    def update(tree, state, u, v):
        loss = lambda p: jnp.mean((step(p, u) - v) ** 2)  # noqa: E731
        value, gradient = jax.value_and_grad(loss)(tree)
        change, state = optimizer.update(gradient, state, tree)
        return optax.apply_updates(tree, change), state, value

    losses = []
    for u, v in windows(data):
        tree, state, value = update(tree, state, u, v)
        losses.append(float(value))
    return np.array(losses), tree


def check(relative, network, step, tree, tmp_path):
    """Train both ways; the losses agree, and the weights after the disk are those of optax.

    1e-12 is 4500 roundings for twenty updates of a few hundred sums.
    """
    data = trajectories()
    losses, expected = by_hand(step, tree, data)
    found = trained(network, "jax", data)
    assert losses[-2:].sum() < losses[:2].sum()  # the last epoch and the first
    assert relative(found.losses, losses) < 1e-12
    save_weights(tmp_path / "w.safetensors", found.emulator)
    kept = load_weights(tmp_path / "w.safetensors")[0]
    first = rollout(network, tree_map(jnp.asarray, kept), jnp.asarray(data[:, 0]), 1)[:, 0]
    assert relative(first, step(expected, data[:, 0])) < 1e-12
    return network.to_module(kept), expected


def same(relative, found, expected):
    pairs = list(zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True))
    assert pairs
    assert all(relative(a, b) < 1e-12 for a, b in pairs)


def test_equinox(relative, tmp_path):
    eqx = peer("equinox")
    keys = jax.random.split(jax.random.key(0), 2)
    how = {"padding": 1, "padding_mode": "CIRCULAR", "dtype": jnp.float64}
    made = eqx.nn.Sequential(
        [
            eqx.nn.Conv1d(2, 4, 3, key=keys[0], **how),
            eqx.nn.Lambda(jnp.tanh),
            eqx.nn.Dropout(0.5),
            eqx.nn.Conv1d(4, 2, 3, key=keys[1], **how),
        ]
    )
    network = wrap(made, 1, 2)
    assert sorted(network.params) == [f"layers.{i}.{k}" for i in (0, 3) for k in ("bias", "weight")]
    tree, rest = eqx.partition(eqx.nn.inference_mode(made), eqx.is_inexact_array)
    step = lambda p, u: jax.vmap(eqx.combine(p, rest))(u)  # noqa: E731
    back, expected = check(relative, network, step, tree, tmp_path)
    assert not back.layers[2].inference  # the module's own mode
    same(relative, eqx.filter(back, eqx.is_inexact_array), expected)
    assert network.measured(jnp.asarray(trajectories()[0, 0])).receptive_field == 2


def test_complex_weights_of_equinox_are_pairs():
    eqx = peer("equinox")

    class Spectral(eqx.Module):
        modes: jax.Array

        def __call__(self, u):
            return jnp.fft.irfft(jnp.fft.rfft(u)[:, :3] * self.modes, n=u.shape[-1])

    rng = np.random.default_rng(0)
    made = Spectral(jnp.asarray(rng.standard_normal((2, 3)) + 1j * rng.standard_normal((2, 3))))
    network, u = from_equinox(made, 1, 2), jnp.asarray(trajectories()[0, 0])
    assert network.parameter_count() == 12
    params = tree_map(jnp.asarray, network.init(None))
    np.testing.assert_array_equal(network.apply(params, u), jax.vmap(made)(u[None])[0])
    np.testing.assert_array_equal(network.to_module(params).modes, made.modes)
    assert all(leaf.dtype == jnp.float64 for leaf in leaves(params))


def test_keys_with_dots_stay_apart():
    eqx = peer("equinox")

    class Named(eqx.Module):
        table: dict

        def __call__(self, u):
            return self.table["a.b"] * u + self.table["a"]["b"]

    made = Named({"a.b": jnp.asarray(2.0), "a": {"b": jnp.asarray(3.0)}})
    network = from_equinox(made, 1, 1)
    assert network.parameter_count() == 2
    params = tree_map(jnp.asarray, network.init(None))
    np.testing.assert_array_equal(network.apply(params, jnp.ones((1, 4))), jnp.full((1, 4), 5.0))


def test_nnx(relative, tmp_path):
    nnx = peer("flax.nnx")

    class Net(nnx.Module):
        def __init__(self, rngs):
            how = {"padding": "CIRCULAR", "param_dtype": jnp.float64, "rngs": rngs}
            self.inner = nnx.Conv(2, 4, kernel_size=(3,), **how)
            self.drop = nnx.Dropout(0.5, rngs=rngs)
            self.norm = nnx.BatchNorm(4, param_dtype=jnp.float64, rngs=rngs)
            self.outer = nnx.List([nnx.Conv(4, 2, kernel_size=(3,), **how)])

        def __call__(self, u):
            return self.outer[0](self.drop(jnp.tanh(self.norm(self.inner(u)))))

    made = Net(nnx.Rngs(0))
    network = wrap(made, 1, 2)
    own = nnx.clone(made)
    own.eval()
    graph, tree, rest = nnx.split(own, nnx.Param, ...)
    last = lambda u: jnp.moveaxis(u, 1, -1)  # noqa: E731
    step = lambda p, u: jnp.moveaxis(nnx.merge(graph, p, rest)(last(u)), -1, 1)  # noqa: E731
    back, expected = check(relative, network, step, tree, tmp_path)
    assert not made.drop.deterministic
    assert not back.drop.deterministic
    same(relative, nnx.state(back, nnx.Param), expected)
    with pytest.raises(InvalidInput, match="variables for a module of linen only"):
        from_flax(made, 1, 2, variables={"params": {}})


def test_linen(relative, tmp_path):
    linen = peer("flax.linen")

    class Net(linen.Module):
        @linen.compact
        def __call__(self, u):
            how = {"padding": "CIRCULAR", "param_dtype": jnp.float64}
            u = linen.BatchNorm(use_running_average=True, param_dtype=jnp.float64)(
                linen.Conv(4, (3,), **how)(u)
            )
            return linen.Conv(2, (3,), **how)(jnp.tanh(u))

    made = Net()
    variables = made.init(jax.random.key(0), jnp.ones((1, 12, 2)))
    network = wrap(made, 1, 2, variables=variables)
    rest = {"batch_stats": variables["batch_stats"]}

    def step(p, u):
        return jnp.moveaxis(made.apply({"params": p, **rest}, jnp.moveaxis(u, 1, -1)), -1, 1)

    back, expected = check(relative, network, step, variables["params"], tmp_path)
    assert set(back) == {"params", "batch_stats"}
    same(relative, back["params"], expected)
    with pytest.raises(InvalidInput, match="pass variables="):
        from_flax(made, 1, 2)


def test_refusals():
    eqx = peer("equinox")
    made = eqx.nn.Linear(12, 12, key=jax.random.key(0), dtype=jnp.float64)
    network, u = from_equinox(made, 1, 2), trajectories()[0, 0]
    params = tree_map(jnp.asarray, network.init(None))
    with pytest.raises(InvalidInput, match="expected states of float64"):
        network.apply(params, jnp.asarray(u, dtype=jnp.float32))
    with pytest.raises(InvalidInput, match=r"expected arrays of jax.*got numpy"):
        network.apply(network.init(None), u)
