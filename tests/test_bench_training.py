"""The hand-written torch.nn networks of the bench are those of xpde; nothing is timed."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

import xpde
from xpde.core import stream, tree_map
from xpde.nn import FNO, Conv, Dil, Res, UNet
from xpde.optim import adam, constant
from xpde.train import Supervised, Trainer
from xpde.train.applied import Applied

torch = pytest.importorskip("torch")

from bench import plain_torch  # noqa: E402
from bench.timing import fresh  # noqa: E402

EPS = np.finfo(np.float64).eps
SMALL = {
    "Conv": (lambda dims: Conv(dims, 1, 1, 3, 2), lambda dims: plain_torch.conv(dims, 3, 2)),
    "Res": (lambda dims: Res(dims, 1, 1, 4, 2), lambda dims: plain_torch.resnet(dims, 4, 2)),
    "UNet": (lambda dims: UNet(dims, 1, 1, 2, 2), lambda dims: plain_torch.unet(dims, 2, 2)),
    "Dil": (lambda dims: Dil(dims, 1, 1, 1, 3, 2), lambda dims: plain_torch.dilated(dims, 1, 3, 2)),
    "FNO": (lambda dims: FNO(dims, 1, 1, 3, 2, 2), lambda dims: plain_torch.fno(dims, 3, 2, 2)),
}


def copy(params, module):
    """Put parameters of xpde into a module whose parts have the same names."""
    if isinstance(params, list):
        parts = [part for part in module if any(True for _ in part.parameters())]
        for own, part in zip(params, parts, strict=True):
            copy(own, part)
    elif "real" in params:
        weights = np.swapaxes(params["real"] + 1j * params["imag"], 1, 2)
        for own, weight in zip(weights, module.weights, strict=True):
            weight.data = torch.as_tensor(own)
    elif "weight" in params:
        place(params, module)
    else:
        for name, own in params.items():
            copy(
                own,
                module[name] if isinstance(module, torch.nn.ModuleDict) else getattr(module, name),
            )


def place(params, module):
    """Put one weight and bias; a transposed convolution of PyTorch has channels and taps turned."""
    weight = params["weight"]
    if isinstance(module, plain_torch.Doubling):
        module = module.inner
        weight = np.flip(np.swapaxes(weight, 0, 1), tuple(range(2, weight.ndim))).copy()
    module.weight.data = torch.as_tensor(weight.reshape(module.weight.shape))
    module.bias.data = torch.as_tensor(params["bias"].reshape(module.bias.shape))


def made(name, dims):
    """Both networks with the same random parameters, and where those are on the host."""
    own, peer = (make(dims) for make in SMALL[name])
    rng = stream(0, name)
    params = tree_map(lambda p: p + 0.1 * rng.standard_normal(p.shape), own.init(rng))
    peer = peer.double()
    copy(params, peer)
    return own, params, peer


def count(module):
    return sum(p.numel() * (2 if p.is_complex() else 1) for p in module.parameters())


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("name", SMALL)
def test_plain_networks_compute_the_same(name, dims, relative):
    own, params, peer = made(name, dims)
    bk = xpde.backend("torch", dtype="float64")
    u = np.random.default_rng(1).standard_normal((2, 1, *(8, 12, 8)[:dims]))
    ours = own.apply(tree_map(bk.asarray, params), bk.asarray(u))
    with torch.no_grad():
        theirs = peer(torch.as_tensor(u))
    assert count(peer) == own.parameter_count()
    # sums of at most 27·8 products in each of at most 12 layers, in another order
    assert relative(bk.to_numpy(ours), theirs.numpy()) < 200 * EPS


@pytest.mark.parametrize("name", plain_torch.NETWORKS)
def test_plain_networks_of_the_benchmark_have_its_sizes(name):
    pytest.importorskip("pdequinox")
    from bench.training import networks

    own = networks()[name].own
    for dims in (1, 2):
        assert count(plain_torch.NETWORKS[name](dims)) == own(dims).parameter_count()


@pytest.mark.parametrize("name", ["Conv", "FNO"])
def test_plain_training_is_that_of_the_trainer(name, relative):
    """One window in the data, so that every batch is the same: losses agree update by update."""
    steps, updates = 3, 4
    own, params, peer = made(name, 1)
    data = np.random.default_rng(2).standard_normal((1, steps + 1, 1, 8))
    bk = xpde.backend("torch", dtype="float64")
    trainer = Trainer(own, Supervised(steps), adam(constant(1e-3)), updates=updates, batch_size=1)
    ours = trainer.run(params, bk.asarray(data)).losses
    losses = plain_torch.training(peer, torch.as_tensor(data), 1e-3, 1, steps)
    theirs = np.array([float(next(losses)) for _ in range(updates)])
    # Adam divides by |g|, which may be small: its error there is that of g over 1e-8
    assert relative(ours, theirs) < 1e-10
    assert theirs[-1] < theirs[0]


def test_the_loss_is_that_of_the_supervised_objective():
    own, params, peer = made("Conv", 2)
    window = np.random.default_rng(3).standard_normal((4, 3, 1, 6, 6))
    bk = xpde.backend("torch", dtype="float64")
    step = Applied(own, tree_map(bk.asarray, params))
    ours = float(Supervised(2)(step, bk.asarray(np.moveaxis(window, 1, 0))))
    theirs = float(plain_torch.loss(peer, torch.as_tensor(window)).detach())
    assert ours == pytest.approx(theirs, rel=100 * EPS)  # means of 144 squares


def test_an_epoch_of_batches_has_every_window_once():
    """Data that counts: snapshot t of sample s is 10 s + t."""
    data = torch.arange(3)[:, None] * 10 + torch.arange(5)[None, :]
    stream_of = plain_torch.batches(data[..., None, None], 4, 2)
    windows = torch.cat([next(stream_of) for _ in range(3)])[..., 0, 0]
    assert Counter(windows[:, 0].tolist()) == Counter(
        10 * s + t for s in range(3) for t in range(3)
    )
    assert torch.equal(windows, windows[:, :1] + torch.arange(3))


def test_trainings_take_turns_from_nothing():
    """Each call comes after what was compiled is forgotten."""
    told = []
    cases = {name: lambda name=name: told.append(name) for name in ("own", "peer")}
    timing = fresh(cases, lambda: told.append("forget"), 2)
    assert told == ["forget", "own", "forget", "peer"] * 2
    assert {name: len(times) for name, times in timing.rounds.items()} == {"own": 2, "peer": 2}


def test_every_architecture_is_in_every_table():
    pytest.importorskip("pdequinox")
    from bench import runs, training

    names = list(training.networks())
    assert list(plain_torch.NETWORKS) == names == list(runs.NAMES[1])
    for (dims, steps), name in product(training.SIZES, names):
        size = training.sized(name, dims, steps)
        training.networks()[name].own(dims).check_grid((size.points,) * dims)
        assert training.trajectories(dims, 4).shape[1] > steps
