"""Trajectories equal those of the two reference libraries, on every backend."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import xpde
from xpde.core import leaves, tree_map
from xpde.errors import InvalidInput
from xpde.optim import (
    Optimizer,
    Schedule,
    adam,
    adamw,
    averaged,
    clip_norm,
    clip_value,
    constant,
    decayed,
    exponential,
    flat,
    lion,
    penalized,
    sgd,
    warmup_cosine,
)

sys.path.insert(0, str(Path(__file__).parent))
from descent import STEPS, TOLERANCE, advance, gradient, problem, run, start

WARM = warmup_cosine(0.0, 0.05, 40, 180)
SMALL = constant(0.01)
BETAS = {"b1": 0.8, "b2": 0.99, "eps": 1e-6}
PAIR = {"betas": (0.8, 0.99), "eps": 1e-6}


@dataclass(frozen=True)
class Peer:
    """An optimizer, its rate, and how the two reference libraries call it (None: they do not)."""

    mine: Optimizer
    rate: Schedule
    optax: Callable | None
    torch: Callable | None


PEERS = {
    "adam": Peer(
        adam(WARM),
        WARM,
        lambda o, rate: o.adam(rate),
        lambda t, p: t.Adam(p),
    ),
    "adam-betas": Peer(
        adam(SMALL, **BETAS),
        SMALL,
        lambda o, rate: o.adam(rate, **BETAS),
        lambda t, p: t.Adam(p, **PAIR),
    ),
    "adam-l2": Peer(
        penalized(adam(WARM), 0.3),
        WARM,
        lambda o, rate: o.chain(o.add_decayed_weights(0.3), o.adam(rate)),
        lambda t, p: t.Adam(p, weight_decay=0.3),
    ),
    "adamw": Peer(
        adamw(WARM),
        WARM,
        lambda o, rate: o.adamw(rate, weight_decay=1e-2),
        lambda t, p: t.AdamW(p),
    ),
    "adamw-betas": Peer(
        adamw(SMALL, **BETAS, weight_decay=0.5),
        SMALL,
        lambda o, rate: o.adamw(rate, **BETAS, weight_decay=0.5),
        lambda t, p: t.AdamW(p, **PAIR, weight_decay=0.5),
    ),
    "lion": Peer(lion(WARM), WARM, lambda o, rate: o.lion(rate, weight_decay=0.0), None),
    "lion-decay": Peer(
        lion(SMALL, 0.8, 0.95, weight_decay=0.4),
        SMALL,
        lambda o, rate: o.lion(rate, 0.8, 0.95, weight_decay=0.4),
        None,
    ),
    "sgd": Peer(
        sgd(SMALL),
        SMALL,
        lambda o, rate: o.sgd(rate),
        lambda t, p: t.SGD(p),
    ),
    "momentum": Peer(
        sgd(WARM, momentum=0.9),
        WARM,
        lambda o, rate: o.sgd(rate, 0.9),
        lambda t, p: t.SGD(p, momentum=0.9),
    ),
    "nesterov": Peer(
        sgd(WARM, momentum=0.9, nesterov=True),
        WARM,
        lambda o, rate: o.sgd(rate, 0.9, nesterov=True),
        lambda t, p: t.SGD(p, momentum=0.9, nesterov=True),
    ),
    "clip": Peer(
        clip_norm(sgd(WARM, momentum=0.9), 0.5),
        WARM,
        lambda o, rate: o.chain(o.clip_by_global_norm(0.5), o.sgd(rate, 0.9)),
        None,  # adds 1e-6 to the norm
    ),
    "clip-value": Peer(
        clip_value(adam(SMALL), 0.2),
        SMALL,
        lambda o, rate: o.chain(o.clip(0.2), o.adam(rate)),
        None,
    ),
}


@cache
def of_optax(name):
    optax, jax = pytest.importorskip("optax"), pytest.importorskip("jax")
    peer = PEERS[name]
    params, curve = (tree_map(jax.numpy.asarray, tree) for tree in problem())

    @jax.jit
    def update(params, state, rate):  # the rate is given: optax's own schedules round in float32
        change, state = peer.optax(optax, rate).update(gradient(params, curve), state, params)
        return optax.apply_updates(params, change), state

    state = peer.optax(optax, 0.0).init(params)
    for step in range(STEPS):
        params, state = update(params, state, peer.rate(step))
    return tree_map(np.asarray, params)


@cache
def of_torch(name):
    torch = pytest.importorskip("torch")
    peer, (host, curve) = PEERS[name], problem()
    tensors = [torch.tensor(p, requires_grad=True) for p in leaves(host)]
    curves = [torch.tensor(c) for c in leaves(curve)]
    method = peer.torch(torch.optim, tensors)
    for step in range(STEPS):
        method.param_groups[0]["lr"] = peer.rate(step)
        for p, c in zip(tensors, curves, strict=True):
            p.grad = gradient(p.detach(), c)
        method.step()
    return [p.detach().numpy() for p in tensors]


def furthest(found, expected, relative):
    return max(map(relative, leaves(found), leaves(expected)))


@pytest.mark.parametrize("name", PEERS)
def test_equals_optax(bk, relative, name):
    params, _ = run(bk, PEERS[name].mine)
    assert furthest(params, of_optax(name), relative) < TOLERANCE


@pytest.mark.parametrize("name", [name for name, peer in PEERS.items() if peer.torch])
def test_equals_torch(bk, relative, name):
    params, _ = run(bk, PEERS[name].mine)
    assert furthest(params, of_torch(name), relative) < TOLERANCE


ALL = {name: peer.mine for name, peer in PEERS.items()} | {
    "everything": averaged(clip_value(clip_norm(penalized(adamw(WARM), 0.1), 0.5), 0.3), 0.9)
}


@pytest.mark.parametrize("name", ["adam", "lion", "nesterov", "everything"])
def test_resuming_gives_the_same_bits(bk, name):
    """A state that went through the host is all that the next update needs."""
    optimizer = ALL[name]
    whole = run(bk, optimizer, 20)
    half = run(bk, optimizer, 12)
    params, state = (tree_map(bk.asarray, tree) for tree in half)
    again = advance(bk, optimizer, params, state, range(12, 20))
    for a, b in zip(leaves(whole), leaves(again), strict=True):
        assert np.array_equal(a, bk.to_numpy(b))


@pytest.mark.parametrize("name", ["everything", "lion-decay", "nesterov"])
def test_an_update_is_pure_and_compiles(bk, relative, name):
    optimizer = ALL[name]
    params, state = advance(bk, optimizer, *start(bk, optimizer), range(3))
    before = [bk.to_numpy(x).copy() for x in leaves((params, state))]
    g, constants = gradient(params, params), optimizer.constants(3)
    plain = optimizer.update(g, state, params, constants)
    for a, b in zip(leaves((params, state)), before, strict=True):
        assert np.array_equal(bk.to_numpy(a), b)
    if bk.capabilities.compiles:
        compiled = bk.jit(optimizer.update)(g, state, params, constants)
        # one update, compiled: fused operations round differently
        eps = np.finfo(np.float64).eps
        for a, b in zip(leaves(compiled), leaves(plain), strict=True):
            assert relative(bk.to_numpy(a), bk.to_numpy(b)) < 100 * eps


def test_float32_stays_float32(backends):
    for name in backends:
        params = tree_map(xpde.backend(name, dtype="float32").asarray, problem()[0])
        for label, optimizer in ALL.items():
            constants = optimizer.constants(50)
            after = optimizer.update(params, optimizer.init(params), params, constants)
            dtypes = {str(x.dtype).rsplit(".", 1)[-1] for x in leaves(after)}
            assert dtypes == {"float32"}, (name, label)


def test_constants_are_host_numbers_and_as_many_at_every_step():
    for optimizer in ALL.values():
        assert all(type(c) is float for c in optimizer.constants(7))
        assert len(optimizer.constants(0)) == len(optimizer.constants(199))


def test_rate_zero_changes_nothing(bk):
    for name in ("adam", "adamw", "lion"):
        params, state = start(bk, ALL[name])
        after, _ = advance(bk, ALL[name], params, state, [0])
        assert np.array_equal(bk.to_numpy(after["a"]), bk.to_numpy(params["a"]))


def operations(optimizer):
    """How often an update does each arithmetic operation, from the traced program."""
    jax = pytest.importorskip("jax")
    params = tree_map(jax.numpy.asarray, problem()[0])
    traced = jax.make_jaxpr(optimizer.update)(
        params, optimizer.init(params), params, optimizer.constants(3)
    )
    names = [equation.primitive.name for equation in traced.jaxpr.eqns]
    arithmetic = ("add", "sub", "mul", "div", "sqrt", "sign", "square", "max", "min", "reduce_sum")
    return {name: names.count(name) for name in arithmetic if name in names}


def test_adam_does_what_its_formula_says_and_nothing_else():
    """Two moments, one quotient with two constants, and a subtraction for each of the tensors."""
    assert operations(adam(WARM)) == {"add": 3, "sub": 2, "mul": 7, "div": 1, "sqrt": 1}


def test_wrappers_that_do_nothing_are_not_there():
    plain = adam(WARM)
    assert decayed(plain, WARM, 0.0) is plain
    assert penalized(plain, 0.0) is plain
    assert operations(adamw(WARM, weight_decay=0.0)) == operations(plain)


def test_decay_costs_two_operations_for_each_tensor():
    plain, decaying = operations(adam(WARM)), operations(adamw(WARM))
    assert decaying == plain | {"mul": plain["mul"] + 2, "sub": plain["sub"] + 2}


@pytest.mark.parametrize(
    "make",
    [
        lambda: constant(-1.0),
        lambda: exponential(0.1, 0, 0.5),
        lambda: exponential(0.1, 10, 0.0),
        lambda: warmup_cosine(0.0, 1.0, 10, 10),
        lambda: warmup_cosine(0.0, float("nan"), 1, 10),
        lambda: adam(SMALL, b1=1.0),
        lambda: adam(SMALL, eps=0.0),
        lambda: adamw(SMALL, weight_decay=-1e-2),
        lambda: adamw(SMALL, b2=float("nan")),
        lambda: lion(SMALL, b1=1.0),
        lambda: lion(SMALL, b2=-0.1),
        lambda: lion(SMALL, weight_decay=float("nan")),
        lambda: sgd(SMALL, momentum=-0.1),
        lambda: sgd(SMALL, nesterov=True),
        lambda: penalized(sgd(SMALL), float("inf")),
        lambda: clip_norm(sgd(SMALL), 0.0),
        lambda: clip_norm(sgd(SMALL), float("inf")),
        lambda: clip_value(sgd(SMALL), -1.0),
        lambda: averaged(sgd(SMALL), 1.0),
        lambda: averaged(sgd(SMALL), float("nan")),
    ],
)
def test_errors_are_one_line(make):
    with pytest.raises(InvalidInput, match="expected") as info:
        make()
    assert "\n" not in str(info.value)


@pytest.mark.parametrize("optimizer", [adam(WARM), lion(SMALL)], ids=["adam", "lion"])
def test_large_tensors_are_vectors_of_their_own(bk, monkeypatch, optimizer):
    """Same bits, other vectors: ``a`` has six values, ``b`` four."""
    params, state = run(bk, optimizer, 20)
    assert [m.shape for m in state["m"]] == [(10,)]
    monkeypatch.setattr(flat, "_LARGE", 5)
    others, state = run(bk, optimizer, 20)
    assert [m.shape for m in state["m"]] == [(4,), (6,)]
    for p, q in zip(leaves(params), leaves(others), strict=True):
        assert np.array_equal(p, q)
