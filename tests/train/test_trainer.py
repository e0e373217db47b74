"""The same losses and gradients on every backend; stop and go on; compile once."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import xpde
from xpde.core import leaves, tree_map
from xpde.errors import InvalidInput, NonFinite
from xpde.nn import FNO, Conv
from xpde.optim import adam, averaged, constant, sgd, warmup_cosine
from xpde.train import Supervised, Trainer, load_weights, rollout, save_weights

NETWORKS = {"conv": Conv(1, 1, 1, 5, 2), "fno": FNO(1, 1, 1, 3, 4, 2)}
OPTIMIZER = adam(warmup_cosine(0.0, 1e-2, 5, 20))


def data():
    """Three waves moving at one cell a snapshot: (3, 6, 1, 16)."""
    x = 2 * np.pi * np.arange(16) / 16
    waves = [np.sin(x + 0.3), np.cos(2 * x) + 0.2, np.sin(x) - 0.5 * np.cos(3 * x)]
    return np.stack([[np.roll(w, t)[None] for t in range(6)] for w in waves])


def trainer(name, **changes):
    plain = Trainer(
        NETWORKS[name], Supervised(2), OPTIMIZER, updates=20, batch_size=5, updates_per_dispatch=4
    )
    return replace(plain, **changes)


def start(name):
    return NETWORKS[name].init(np.random.default_rng(1))


@cache
def jax_losses(name):
    return trainer(name).run(start(name), xpde.backend("jax", dtype="float64").asarray(data()))


@pytest.mark.parametrize("name", NETWORKS)
def test_first_losses_agree(bk, relative, name):
    """12 windows in batches 5, 5, 2: twenty updates cross epochs and short batches."""
    pytest.importorskip("jax")
    found = trainer(name).run(start(name), bk.asarray(data()))
    assert found.losses.shape == (20,)
    assert found.losses[-1] < found.losses[0]
    assert relative(found.losses, jax_losses(name).losses) < 1e-9
    for a, b in zip(leaves(found.params), leaves(jax_losses(name).params), strict=True):
        assert relative(bk.to_numpy(a), np.asarray(b)) < 1e-6  # Adam divides by small roots


@pytest.mark.parametrize("name", NETWORKS)
def test_initial_gradients_agree(bk, relative, name):
    jax = xpde.backend("jax", dtype="float64")
    network, window = NETWORKS[name], np.swapaxes(data(), 0, 1)[:3]

    def gradient(backend):
        placed = backend.asarray(window)
        loss = lambda p: Supervised(2)(lambda u: network.apply(p, u), placed)  # noqa: E731
        return backend.value_and_grad(loss)(tree_map(backend.asarray, start(name)))[1]

    pairs = zip(leaves(gradient(bk)), leaves(gradient(jax)), strict=True)
    assert all(relative(bk.to_numpy(a), np.asarray(b)) < 1e-10 for a, b in pairs)


@pytest.mark.parametrize("stop", [1, 7])
def test_going_on_gives_the_same_bits(bk, stop):
    whole = trainer("conv").run(start("conv"), bk.asarray(data()))
    half = trainer("conv", updates=stop).run(start("conv"), bk.asarray(data()))
    assert half.updates == stop
    rest = trainer("conv").run(None, bk.asarray(data()), state=half)
    assert rest.updates == 20
    assert np.array_equal(rest.losses, whole.losses)
    for a, b in zip(leaves(rest.params), leaves(whole.params), strict=True):
        assert np.array_equal(bk.to_numpy(a), bk.to_numpy(b))


@pytest.mark.parametrize("fuse", [False, True])
def test_compiles_once_per_batch_shape(fuse):
    """Tracing calls the schedule-free update; count it: full batches and the short one."""
    pytest.importorskip("jax")
    calls = []

    def update(gradient, state, params, constants):
        calls.append(1)
        return plain.update(gradient, state, params, constants)

    plain = sgd(constant(1e-2))
    one = trainer("conv", optimizer=replace(plain, update=update), fuse=fuse, updates=20)
    placed = xpde.backend("jax", dtype="float64").asarray(data())
    first = one.run(start("conv"), placed)
    assert len(calls) == 2
    again = one.run(start("conv"), placed)
    assert len(calls) == 2
    assert np.array_equal(first.losses, again.losses)


def test_fused_equals_unfused(relative):
    pytest.importorskip("jax")
    placed = xpde.backend("jax", dtype="float64").asarray(data())
    fused = trainer("conv", fuse=True).run(start("conv"), placed)
    assert relative(fused.losses, jax_losses("conv").losses) < 1e-11


def test_records_and_progress(bk):
    seen = []
    found = trainer("conv", record_every=6).run(
        start("conv"), bk.asarray(data()), progress=lambda *args: seen.append(args)
    )
    assert found.losses.dtype == np.float64
    assert found.losses.shape == (4,)  # updates 0, 6, 12, 18
    assert [done for done, _, _ in seen][-1] == 20
    assert all(total == 20 for _, total, _ in seen)


def test_non_finite_names_the_update_and_keeps_the_rest(bk):
    wild = trainer("conv", optimizer=sgd(constant(1e30)), updates_per_dispatch=2)
    with np.errstate(all="ignore"), pytest.raises(NonFinite, match="before update") as info:
        wild.run(start("conv"), bk.asarray(data()))
    kept = info.value.trained
    assert kept.losses.shape == (kept.updates,)
    assert np.all(np.isfinite(kept.losses))


def test_interrupt_keeps_the_state(bk):
    def stop(done, total, loss):
        if done >= 5:
            raise KeyboardInterrupt

    whole = trainer("conv").run(start("conv"), bk.asarray(data()))
    with pytest.raises(KeyboardInterrupt) as info:
        trainer("conv").run(start("conv"), bk.asarray(data()), progress=stop)
    rest = trainer("conv").run(None, bk.asarray(data()), state=info.value.trained)
    assert np.array_equal(rest.losses, whole.losses)


def test_rollout_repeats_the_network(bk, relative):
    network = NETWORKS["fno"]
    params = tree_map(bk.asarray, start("fno"))
    u = bk.asarray(data()[:, :2])
    states = bk.to_numpy(rollout(network, params, u, 3))
    assert states.shape == (3, 2, 3, 1, 16)
    for t in range(3):
        u = network.apply(params, u)
        assert relative(states[:, :, t], bk.to_numpy(u)) < 1e-13  # a few hundred roundings


def test_weights_survive_the_disk(bk, relative, tmp_path):
    network, path = NETWORKS["fno"], tmp_path / "w.safetensors"
    save_weights(path, tree_map(bk.asarray, start("fno")), {"network": "fno", "updates": 3})
    host, metadata = load_weights(path)
    assert metadata == {"network": "fno", "updates": 3}
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]
    u = data()[:, 0]
    for a, b in zip(leaves(host), leaves(start("fno")), strict=True):
        assert np.array_equal(a, b)
    assert relative(network.apply(host, u), network.apply(start("fno"), u)) == 0.0


def test_weights_that_are_not(tmp_path):
    (tmp_path / "w").write_text("no")
    for name in ("w", "missing"):
        with pytest.raises(InvalidInput, match="save_weights") as info:
            load_weights(tmp_path / name)
        assert "\n" not in str(info.value)


def test_the_emulator_is_the_average_where_one_is_kept(bk, relative):
    """Trained.emulator is the weights, or their average if the optimizer keeps one."""
    data = bk.asarray(np.random.default_rng(0).standard_normal((2, 4, 1, 12)))
    network = Conv(1, 1, 1, width=2, depth=1, activation="tanh")
    weights = network.init(xpde.stream(0, "average"))
    plain, kept = (
        Trainer(network, Supervised(), optimizer, 3, batch_size=2, seed=0).run(weights, data)
        for optimizer in (sgd(constant(0.1)), averaged(sgd(constant(0.1)), 0.5))
    )
    for a, b, c in zip(*map(leaves, (plain.params, plain.emulator, kept.params)), strict=True):
        np.testing.assert_array_equal(bk.to_numpy(a), bk.to_numpy(b))
        assert relative(bk.to_numpy(c), bk.to_numpy(a)) < 1e-13  # averaging changes no update
    moved = [
        np.max(np.abs(bk.to_numpy(a) - bk.to_numpy(b)))
        for a, b in zip(leaves(kept.params), leaves(kept.emulator), strict=True)
    ]
    assert max(moved) > 1e-6
