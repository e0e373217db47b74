"""Trajectories equal those of the two reference libraries, on every backend."""

import numpy as np
import pytest

from xpde.core import tree_map
from xpde.errors import InvalidInput
from xpde.optim import adam, constant, exponential, sgd, warmup_cosine

STEPS = 200
# every update rounds a few times at the size of p, and errors add up at most linearly
TOLERANCE = 1e-12


def problem():
    rng = np.random.default_rng(0)
    params = {"a": rng.standard_normal((3, 2)), "b": [rng.standard_normal(4)]}
    curve = tree_map(lambda p: rng.uniform(0.5, 2, p.shape), params)
    return params, curve


def gradient(params, curve):
    """Of Σ c p²/2 + p³/30, the same expression for every array library."""
    return tree_map(lambda p, c: c * p + 0.1 * p * p, params, curve)


def run(bk, optimizer):
    params, curve = (tree_map(bk.asarray, tree) for tree in problem())
    state = optimizer.init(params)
    for step in range(STEPS):
        g = gradient(params, curve)
        params, state = optimizer.update(g, state, params, optimizer.constants(step))
    return tree_map(bk.to_numpy, params)


SCHEDULE = warmup_cosine(0.0, 0.05, 40, 180)
RATES = {
    "adam": SCHEDULE,
    "adam-betas": constant(0.02),
    "sgd": constant(0.01),
    "momentum": SCHEDULE,
}
CASES = {
    "adam": adam(RATES["adam"]),
    "adam-betas": adam(constant(0.02), b1=0.8, b2=0.99, eps=1e-6),
    "sgd": sgd(constant(0.01)),
    "momentum": sgd(SCHEDULE, momentum=0.9),
}


def close(found, expected, relative):
    tree_map(
        lambda a, b: relative(a, b) < TOLERANCE or pytest.fail("trajectories part"), found, expected
    )


@pytest.mark.parametrize("name", CASES)
def test_equals_optax(bk, relative, name):
    optax = pytest.importorskip("optax")
    jax = pytest.importorskip("jax")
    momentum = 0.9 if name == "momentum" else None
    betas = {"b1": 0.8, "b2": 0.99, "eps": 1e-6} if name == "adam-betas" else {}
    params, curve = (tree_map(jax.numpy.asarray, tree) for tree in problem())

    def peer(rate):  # the rate is given: optax's own schedules round in float32
        return optax.adam(rate, **betas) if "adam" in name else optax.sgd(rate, momentum)

    @jax.jit
    def update(params, state, rate):
        change, state = peer(rate).update(gradient(params, curve), state, params)
        return optax.apply_updates(params, change), state

    state = peer(0.0).init(params)
    for step in range(STEPS):
        params, state = update(params, state, RATES[name](step))
    close(run(bk, CASES[name]), tree_map(np.asarray, params), relative)


@pytest.mark.parametrize("name", ["adam-betas", "sgd"])
def test_equals_torch(bk, relative, name):
    torch = pytest.importorskip("torch")
    host, curve = problem()
    leaves = [torch.tensor(p, requires_grad=True) for p in (host["a"], host["b"][0])]
    curves = [torch.tensor(c) for c in (curve["a"], curve["b"][0])]
    peer = (
        torch.optim.SGD(leaves, lr=0.01)
        if name == "sgd"
        else torch.optim.Adam(leaves, lr=0.02, betas=(0.8, 0.99), eps=1e-6)
    )
    for _ in range(STEPS):
        for p, c in zip(leaves, curves, strict=True):
            p.grad = gradient(p.detach(), c)
        peer.step()
    a, b = (p.detach().numpy() for p in leaves)
    close(run(bk, CASES[name]), {"a": a, "b": [b]}, relative)


def test_constants_are_host_numbers():
    for optimizer in CASES.values():
        assert all(type(c) is float for c in optimizer.constants(7))


def test_rate_zero_changes_nothing(bk):
    params, curve = (tree_map(bk.asarray, tree) for tree in problem())
    optimizer = CASES["adam"]
    after, _ = optimizer.update(
        gradient(params, curve), optimizer.init(params), params, optimizer.constants(0)
    )
    assert np.array_equal(bk.to_numpy(after["a"]), bk.to_numpy(params["a"]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: constant(-1.0),
        lambda: exponential(0.1, 0, 0.5),
        lambda: exponential(0.1, 10, 0.0),
        lambda: warmup_cosine(0.0, 1.0, 10, 10),
        lambda: warmup_cosine(0.0, float("nan"), 1, 10),
        lambda: adam(constant(0.1), b1=1.0),
        lambda: adam(constant(0.1), eps=0.0),
        lambda: sgd(constant(0.1), momentum=-0.1),
    ],
)
def test_errors_are_one_line(make):
    with pytest.raises(InvalidInput, match="expected") as info:
        make()
    assert "\n" not in str(info.value)
