"""Weights of every network go from one backend to the others."""

import json

import numpy as np
import pytest
from safetensors import safe_open

from xpde.core import leaves, stream, tree_map
from xpde.nn import (
    FNO,
    MLP,
    Conv,
    Dil,
    MoRes,
    MoUNet,
    Pure,
    Res,
    Transformer,
    UNet,
)
from xpde.optim import adam, constant
from xpde.train import (
    Supervised,
    Trainer,
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
)

NETWORKS = {
    "Conv": Conv(1, 1, 1, 3, 2),
    "Res": Res(1, 1, 1, 3, 1),
    "Dil": Dil(1, 1, 1, 1, 3, 1),
    "UNet": UNet(1, 1, 1, 2, 1),
    "FNO": FNO(1, 1, 1, 3, 3, 2),
    "MLP": MLP(1, 1, 1, (8,), 4, 2),
    "Pure": Pure(1, 1, 1, 3),
    "MoRes": MoRes(1, 1, 1, 3, 1),
    "MoUNet": MoUNet(1, 1, 1, 2, 1),
    "Transformer": Transformer(1, 1, 1, 4, 2, 1),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_trained_on_one_used_on_all(backends, relative, tmp_path, name):
    """Three updates of Adam on PyTorch (or what there is), then one step on every backend."""
    network = NETWORKS[name]
    host = np.random.default_rng(0).standard_normal((2, 3, 1, 8))
    home = backends.get("torch", backends["numpy"])
    trainer = Trainer(network, Supervised(), adam(constant(1e-2)), 3, batch_size=2)
    trained = trainer.run(network.init(stream(0, "files")), home.asarray(host))
    save_weights(tmp_path / "w", trained.emulator)
    save_checkpoint(tmp_path / "c", trained)
    weights, (state, _) = load_weights(tmp_path / "w")[0], load_checkpoint(tmp_path / "c")
    for a, b, c in zip(*map(leaves, (trained.params, weights, state.params)), strict=True):
        assert np.array_equal(home.to_numpy(a), b)
        assert np.array_equal(b, c)
    expected = home.to_numpy(network.apply(trained.params, home.asarray(host[:, 0])))
    for bk in backends.values():
        step = bk.jit(network.apply)
        found = step(tree_map(bk.asarray, weights), bk.asarray(host[:, 0]))
        assert relative(bk.to_numpy(found), expected) < 1e-12  # a few thousand roundings


def test_tuples_and_equal_names_come_back(tmp_path):
    tree = {"a.b": np.ones(1), "a": {"b": (np.zeros(2), [np.full((), 3.0)], None)}}
    save_weights(tmp_path / "w", tree)
    found, _ = load_weights(tmp_path / "w")
    assert found["a.b"] == 1
    assert type(found["a"]["b"]) is tuple
    assert found["a"]["b"][1][0].shape == ()
    assert found["a"]["b"][2] is None


def test_equal_weights_and_metadata_make_equal_files(tmp_path):
    """The header has one entry, since several would be in any order; lists have no mark."""
    about = {"b": 1, "a": [2, 3]}
    for name, given in (("one", about), ("two", dict(reversed(about.items())))):
        save_weights(tmp_path / name, [np.ones(1), {"b": np.ones(2)}], given)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    with safe_open(tmp_path / "one", framework="numpy") as file:
        assert json.loads(file.metadata()["xpde"])["tree"] == ["0", {"b": "1.b"}]


def test_others_may_read_the_file(tmp_path):
    """A file has the permissions that the system gives to any new file."""
    save_weights(tmp_path / "w", [np.ones(1)])
    (tmp_path / "plain").touch()
    assert (tmp_path / "w").stat().st_mode == (tmp_path / "plain").stat().st_mode
