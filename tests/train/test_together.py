"""Several seeds at once: each gives what it gives alone, however the others end."""

import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpde
from xpde.core import leaves, tree_map
from xpde.errors import InvalidInput, NonFinite
from xpde.optim import Optimizer, adam, averaged, constant, sgd
from xpde.pde import Stepper, burgers
from xpde.space import Grid
from xpde.train import (
    Callback,
    Corrector,
    Curriculum,
    DivertedChain,
    Supervised,
    Together,
)
from xpde.train.checkpoint import Checkpointing, load_checkpoints, save_checkpoints
from xpde.train.together import lanes

sys.path.insert(0, str(Path(__file__).parent))
from small import NETWORK, bits, data, same_bits, start, training

SEEDS = {"a": 0, "b": 1, "c": 2}
ROUNDING = 1e-10
"""Of 50 updates in float64: sums of a mapped operation are in another order (some 1e-15), which the
training amplifies by the smoothness of the loss, and Adam by small roots."""


def weights():
    return {name: start(seed) for name, seed in SEEDS.items()}


def together(plain, **more):
    return Together({name: replace(plain, seed=seed) for name, seed in SEEDS.items()}, **more)


def alone(plain, bk):
    return {
        name: replace(plain, seed=seed).run(start(seed), bk.asarray(data()))
        for name, seed in SEEDS.items()
    }


def close(bk, found, expected):
    assert (found.updates, found.stopped) == (expected.updates, expected.stopped)
    assert np.array_equal(found.validated, expected.validated)
    for a, b in zip(bits(bk, found), bits(bk, expected), strict=True):
        scale = np.max(np.abs(b), initial=1e-3)  # moments of Adam may be tiny
        assert np.max(np.abs(np.subtract(a, b)), initial=0.0) <= ROUNDING * scale


EVERYTHING = {
    "updates": 50,
    "updates_per_dispatch": 8,
    "optimizer": averaged(adam(constant(1e-2)), 0.9),
    "validation": 0.25,
    "validate_every": 10,
    "select": "best",
    "noise": 1e-2,
    "record_every": 3,
}
STAGES = Curriculum(((0, Supervised(1)), (20, Supervised(2))))


@pytest.mark.parametrize(
    ("name", "fuse", "objective"),
    [("numpy", None, STAGES), ("jax", False, Supervised(2)), ("jax", True, STAGES)],
)
def test_each_seed_gives_what_it_gives_alone(backends, name, fuse, objective):
    """Two stages, full and short batches, noise, validation, averages, the best."""
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    bk, plain = backends[name], training(**EVERYTHING, fuse=fuse, objective=objective)
    found = together(plain).run(weights(), bk.asarray(data()))
    expected = alone(plain, bk)
    for each in SEEDS:
        assert expected[each].losses.shape == (17,)
        close(bk, found[each], expected[each])
    assert not np.allclose(found["a"].losses, found["b"].losses)


def test_every_backend_trains_together(bk, relative):
    plain = training(updates=6)
    found = together(plain).run(weights(), bk.asarray(data()))
    for name, seed in SEEDS.items():
        expected = replace(plain, seed=seed).run(start(seed), data())
        assert relative(found[name].losses, expected.losses) < ROUNDING


@pytest.mark.parametrize("name", ["numpy", "jax"])
def test_a_solver_is_shared(backends, name):
    """Its arrays are arguments of the program, without an axis of seeds."""
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    bk = backends[name]
    solver = Stepper.build(burgers(1, 0.1), Grid.cube(1, 8), 0.05, backend=bk)
    network = Corrector(NETWORK, solver, "parallel")
    objective = DivertedChain(2).bind(solver)
    plain = training(network=network, objective=objective, updates=3, fuse=name == "jax")
    found = together(plain).run(weights(), bk.asarray(data()))
    for each, expected in alone(plain, bk).items():
        close(bk, found[each], expected)


PAIR = pytest.mark.parametrize("name", ["numpy", "jax"])


def wild():
    """Weights of which those of "b" are larger, and a method that leaves all bounds for them alone.

    It counts from the largest weight, in steps of 0.1, and "b" is at the limit after 7 updates.
    """
    plain, begin = sgd(constant(0.05)), weights()
    begin["b"] = tree_map(lambda p: p + 3.0, begin["b"])
    limit = max(float(np.max(p)) for p in leaves(begin["b"])) + 0.65

    def largest(params):
        xp = xpde.core.namespace_of(leaves(params)[0])
        return xp.max(xp.stack([xp.max(p) for p in leaves(params)]))

    def update(gradient, state, params, constants):
        params, _ = plain.update(gradient, None, params, constants)
        big, xp = state > limit, xpde.core.namespace_of(state)
        return tree_map(lambda p: xp.where(big, 1e200 * (p + 1), p), params), state + 0.1

    return begin, Optimizer(largest, plain.constants, update)


@PAIR
def test_one_that_diverges_ends_alone(backends, name):
    """The others never see its infinities."""
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    bk, (begin, optimizer), told = backends[name], wild(), []
    plain = training(optimizer=optimizer, updates=12, fuse=False)
    with np.errstate(all="ignore"):
        found = together(plain).run(begin, bk.asarray(data()), lambda *news: told.append(news))
        with pytest.raises(NonFinite) as info:
            replace(plain, seed=1).run(begin["b"], bk.asarray(data()))
    assert isinstance(found["b"], NonFinite)
    assert str(found["b"]).partition("got")[0] == str(info.value).partition("got")[0]
    assert str(found["b"]).partition("before")[2] == str(info.value).partition("before")[2]
    close(bk, found["b"].trained, info.value.trained)
    for each in ("a", "c"):
        close(
            bk, found[each], replace(plain, seed=SEEDS[each]).run(begin[each], bk.asarray(data()))
        )
    assert {each for each, done, *_ in told if done == 12} == {"a", "c"}


@pytest.mark.parametrize("name", ["numpy", pytest.param("jax", marks=pytest.mark.slow)])
def test_one_that_stops_early_ends_alone(backends, name):
    """Where the validation loss of a seed is at its least depends on the seed."""
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    bk = backends[name]
    plain = training(
        optimizer=sgd(constant(0.4), momentum=0.9), updates=40, patience=4, select="best",
        validation=0.25, validate_every=2, fuse=False,
    )  # fmt: skip
    found = together(plain).run(weights(), bk.asarray(data()))
    expected = alone(plain, bk)
    assert sorted(state.updates for state in expected.values()) == [4, 6, 8]
    for each in SEEDS:
        assert expected[each].stopped
        close(bk, found[each], expected[each])


class Cut(KeyboardInterrupt):
    pass


def cut(update):
    def progress(name, done, total, loss):
        if done >= update:
            raise Cut

    return progress


@PAIR
@pytest.mark.parametrize("update", [0, 7, 16])
def test_interrupted_and_resumed_gives_the_same_bits(backends, name, update, tmp_path):
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    bk = backends[name]
    plain = training(validation=0.25, validate_every=4, select="best", noise=1e-2, fuse=False)
    whole = together(plain).run(weights(), bk.asarray(data()))
    parts = together(plain, checkpoint=Checkpointing(tmp_path / "all.safetensors", 1e9))
    assert parts.saved() == {}
    with pytest.raises(Cut):
        parts.run(weights(), bk.asarray(data()), cut(update))
    states = parts.saved()
    assert len({state.updates for state in states.values()}) == 1
    found = parts.run({}, bk.asarray(data()), states=states)
    for each in SEEDS:
        assert same_bits(bits(bk, found[each]), bits(bk, whole[each]))
        assert same_bits(bits(bk, parts.saved()[each]), bits(bk, whole[each]))


def test_an_ending_survives_the_disk(backends, tmp_path):
    """One diverged, the others interrupted: resumed, the lanes are as they were."""
    bk, (begin, optimizer) = backends["numpy"], wild()
    plain = training(optimizer=optimizer, updates=12)
    parts = together(plain, checkpoint=Checkpointing(tmp_path / "all.safetensors", 1e9))
    with np.errstate(all="ignore"):
        whole = together(plain).run(begin, data())
        with pytest.raises(Cut):
            parts.run(begin, data(), cut(9))
        states = parts.saved()
        assert isinstance(states["b"], NonFinite)
        found = parts.run({}, data(), states=states)
    assert found["b"].trained.updates == 6
    assert str(found["b"]) == str(whole["b"])
    assert same_bits(bits(bk, found["b"].trained), bits(bk, whole["b"].trained))
    for each in ("a", "c"):
        assert same_bits(bits(bk, found[each]), bits(bk, whole[each]))


def test_those_behind_catch_up(backends):
    """States of any number of updates, and none: the end is the same."""
    bk, plain = backends["numpy"], training(validation=0.25, validate_every=4)
    states = {"b": replace(plain, seed=1, updates=7).run(start(1), data())}
    expected = alone(plain, bk)
    states["c"] = expected["c"]
    # a training that is made longer keeps the validation loss after what was its last update
    expected["b"] = replace(plain, seed=1).run(None, data(), state=states["b"])
    seen = []
    found = together(plain).run(
        weights(), data(), lambda *news: seen.append(news[:2]), states=states
    )
    assert [done for name, done in seen if name == "a"][:3] == [3, 4, 7]
    assert not [done for name, done in seen if name == "c"]
    for each in SEEDS:
        close(bk, found[each], expected[each])


def test_what_a_callback_raises_ends_one(backends):
    def broken(event):
        if event.update >= 8:
            raise OSError("no space left")

    bk, plain, heard = backends["numpy"], training(), []
    calls = {"a": heard.append, "b": broken, "c": heard.append}
    trainers = {
        name: replace(plain, seed=seed, callbacks=(Callback(4, calls[name]),))
        for name, seed in SEEDS.items()
    }
    found = Together(trainers).run(weights(), data())
    assert isinstance(found["b"], OSError)
    assert found["b"].trained.updates == 7
    assert [event.update for event in heard] == [4, 4, 8, 8, 12, 12, 16, 16]
    expected = alone(plain, bk)
    for each in ("a", "c"):
        close(bk, found[each], expected[each])
    damaged = Callback(4, heard.append, begin=lambda updates: Path("/nowhere/log").stat())
    trainers["a"] = replace(trainers["a"], callbacks=(damaged,))
    again = Together(trainers).run(weights(), data())
    assert isinstance(again["a"], FileNotFoundError)
    close(bk, again["c"], expected["c"])


@given(st.integers(1, 100), st.data())
def test_lanes_are_few_shapes_and_at_least_half_full(total, draw):
    live = draw.draw(st.integers(1, total))
    width = lanes(total, live)
    assert live <= width < 2 * live + 1
    shapes = {lanes(total, count) for count in range(1, total + 1)}
    assert lanes(total, total) == max(shapes) == total
    assert len(shapes) <= total.bit_length() + 1


def test_compiled_once(backends):
    """An update that counts its tracings: the full and the short batch, in a second run none."""
    if "jax" not in backends:
        pytest.skip("jax is not installed")
    calls, plain = [], sgd(constant(1e-2))

    def update(*args):
        calls.append(1)
        return plain.update(*args)

    one = training(optimizer=replace(plain, update=update), batch_size=5, fuse=True)
    placed = backends["jax"].asarray(data())
    together(one).run(weights(), placed)
    assert len(calls) == 2
    together(one).run(weights(), placed)
    assert len(calls) == 2


def other(**changes):
    plain = training()
    return {"a": plain, "b": replace(plain, seed=1, **changes)}


LOOK = Callback(3, print)
DIFFERENT = {
    "none": ({}, "expected one trainer or more"),
    "updates": (other(updates=3), "seeds only, got different updates"),
    "optimizer": (other(optimizer=sgd(constant(0.05))), "got different optimizer"),
    "looks": (other(callbacks=(LOOK,)), "look equally often"),
    "checkpoint": (other(checkpoint=Checkpointing("x")), "one checkpoint for all"),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_bad_input_is_one_line(case):
    trainers, expected = DIFFERENT[case]
    with pytest.raises(InvalidInput, match=expected) as info:
        Together(trainers)
    assert "\n" not in str(info.value)


@contextmanager
def refused(text):
    with pytest.raises(InvalidInput, match=text) as info:
        yield
    assert "\n" not in str(info.value)


def test_a_file_of_another_training_is_refused(backends, tmp_path):
    path = tmp_path / "all.safetensors"
    parts = together(training(updates=3), checkpoint=Checkpointing(path))
    parts.run(weights(), data())
    members, about = load_checkpoints(path)
    assert set(members) == set(SEEDS)
    assert about["written_by"]["backend"] == "numpy"
    with refused("expected noise = 0.5 as now, got 0.0"):
        together(training(updates=3, noise=0.5), checkpoint=parts.checkpoint).saved()
    with refused("not 'xpde checkpoint 1'"):
        xpde.train.load_checkpoint(path)
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)
    with refused("SHA-256"):
        parts.saved()
    save_checkpoints(path, members, {"trainers": about["trainers"]})
    assert set(parts.saved()) == set(SEEDS)
    assert NETWORK.parameter_count() == sum(p.size for p in leaves(members["a"].params))
