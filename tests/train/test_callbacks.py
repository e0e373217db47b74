"""Callbacks and logs: called when they should be, and without any effect on the numbers."""

import json
import math
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import xpde
from xpde.core import leaves, tree_map
from xpde.errors import InvalidInput
from xpde.metrics import nRMSE
from xpde.optim import sgd
from xpde.train import (
    Callback,
    Checkpointing,
    load_weights,
    log_lines,
    log_scalars,
    rollout,
    rollout_metric,
    weight_files,
    weight_norm,
)

sys.path.insert(0, str(Path(__file__).parent))
from small import NETWORK, bits, data, same_bits, start, training

WATCHED = {"validation": 0.25, "validate_every": 5}


def spoil(event):
    """Overwrite all that an event gives away, where arrays can be overwritten."""
    for leaf in [*leaves(event.params), *leaves(event.emulator)]:
        with suppress(TypeError):  # JAX
            leaf[...] = 0.0


def test_no_numbers_change(bk):
    """A callback that writes into what it gets, at intervals that cut every dispatch."""
    plain = training(**WATCHED).run(start(), bk.asarray(data()))
    seen = []
    found = training(callbacks=[Callback(2, spoil), Callback(7, seen.append)], **WATCHED).run(
        start(), bk.asarray(data())
    )
    assert same_bits(bits(bk, plain), bits(bk, found))
    assert [event.update for event in seen] == [7, 14, 16]


def test_an_event_is_the_state_of_its_update(bk):
    """What is seen after update 10 is what a training of ten updates ends with."""
    seen = []
    whole = training(callbacks=(Callback(5, lambda e: seen.append((e, e.params, e.emulator))),))
    whole = whole.run(start(), bk.asarray(data()))
    event, params, emulator = seen[1]
    ten = training(updates=10).run(start(), bk.asarray(data()))
    assert (event.update, event.total, event.validation) == (10, 16, None)
    assert event.loss == whole.losses[9]
    assert 0 < event.elapsed <= seen[2][0].elapsed <= whole.seconds
    for found, expected in ((params, ten.params), (emulator, ten.emulator)):
        for a, b in zip(leaves(found), leaves(expected), strict=True):
            assert np.array_equal(bk.to_numpy(a), bk.to_numpy(b))


def test_validation_is_seen_where_it_is_measured(backends):
    seen = []
    found = training(callbacks=(Callback(4, seen.append),), validation=0.25, validate_every=8)
    found = found.run(start(), data())
    values = dict(zip(found.validated.tolist(), found.validation, strict=True))
    assert [e.validation for e in seen] == [None, values[8], None, values[16]]


def test_a_stopped_training_calls_at_its_end(backends):
    seen = []
    found = training(
        callbacks=(Callback(100, seen.append),),
        optimizer=sgd(lambda step: -0.1),
        validation=0.25,
        validate_every=2,
        patience=4,
    ).run(start(), data())
    assert found.stopped
    assert [event.update for event in seen] == [4]


def test_a_callback_that_raises_ends_the_training():
    def stop(event):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        training(callbacks=(Callback(3, stop),)).run(start(), data())


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_lines_say_what_is_known(tmp_path):
    path = tmp_path / "logs" / "log.jsonl"
    log = log_lines(path, 5, {"norm": weight_norm})
    found = training(callbacks=(log,), validation=0.25, validate_every=10).run(start(), data())
    lines = rows(path)
    assert [row["update"] for row in lines] == [5, 10, 15, 16]
    assert [list(row) for row in lines[:2]] == [
        ["update", "loss", "norm", "seconds"],
        ["update", "loss", "validation", "norm", "seconds"],
    ]
    assert [row["loss"] for row in lines] == [found.losses[i] for i in (4, 9, 14, 15)]
    assert lines[1]["validation"] == found.validation[1]
    total = math.sqrt(sum(float(np.sum(p**2)) for p in leaves(found.params)))
    assert lines[-1]["norm"] == pytest.approx(total, rel=1e-14)


def test_no_number_is_null(tmp_path):
    path = tmp_path / "log.jsonl"
    log = log_lines(path, 100, {"odd": lambda event: math.nan, "large": lambda event: math.inf})
    training(callbacks=(log,)).run(start(), data())
    assert rows(path)[0]["odd"] is None
    assert rows(path)[0]["large"] is None


@pytest.mark.parametrize("tail", ["", '{"upd', '{"update": 9, "loss": 0.'])
def test_no_update_has_two_lines(tmp_path, tail):
    """Stopped between two checkpoints, once in the middle of a line, and gone on with."""
    path = tmp_path / "log.jsonl"
    log = log_lines(path, 2)
    whole = training(callbacks=(log,)).run(start(), data())
    expected = [(row["update"], row["loss"]) for row in rows(path)]
    checkpoint = Checkpointing(tmp_path / "c", seconds=0)
    one = training(callbacks=(log,), checkpoint=checkpoint)

    def stop(done, total, loss):
        if done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one.run(start(), data(), progress=stop)
    assert [row["update"] for row in rows(path)] == [2, 4, 6]  # a new training begins a new log
    with path.open("a") as file:
        file.write('{"update": 8, "loss": 1.0, "seconds": 2.0}\n' + tail)
    found = one.run(None, data(), state=one.saved())
    assert [(row["update"], row["loss"]) for row in rows(path)] == expected
    assert np.array_equal(found.losses, whole.losses)
    one.run(None, data(), state=one.saved())  # nothing is left to do, nothing is written
    assert [(row["update"], row["loss"]) for row in rows(path)] == expected


def test_an_interrupt_while_logging_loses_no_line(tmp_path):
    """The state to go on from is older than the line, so the line is written again."""
    path, armed = tmp_path / "log.jsonl", [True]

    def interrupt(event):
        if event.update == 6 and armed:
            armed.clear()
            raise KeyboardInterrupt

    one = training(
        callbacks=(log_lines(path, 2), Callback(2, interrupt)),
        checkpoint=Checkpointing(tmp_path / "c", seconds=0),
    )
    with pytest.raises(KeyboardInterrupt) as info:
        one.run(start(), data())
    assert info.value.trained.updates == one.saved().updates == 4
    one.run(None, data(), state=one.saved())
    assert [row["update"] for row in rows(path)] == list(range(2, 17, 2))


@pytest.mark.parametrize("content", ["notes of mine", "notes of mine\n", '{"a": 1}\n', "[1]\n"])
def test_other_files_are_left_alone(tmp_path, content):
    path = tmp_path / "log.jsonl"
    path.write_text(content)
    with pytest.raises(InvalidInput, match="log: expected lines of JSON") as info:
        training(callbacks=(log_lines(path),)).run(start(), data())
    assert "\n" not in str(info.value)
    assert path.read_text() == content


class Board:
    """As the writers of TensorBoard."""

    def __init__(self):
        self.seen = []

    def add_scalar(self, name, value, step):
        self.seen.append((name, value, step))


class Service:
    """As a run of Weights & Biases."""

    def __init__(self):
        self.seen = []

    def log(self, values, step):
        self.seen += [(name, value, step) for name, value in values.items()]


@pytest.mark.parametrize("make", [Board, Service])
def test_writers_get_scalars(make):
    writer = make()
    found = training(callbacks=(log_scalars(writer, 8, {"norm": weight_norm}),), **WATCHED).run(
        start(), data()
    )
    assert [(name, step) for name, _, step in writer.seen] == [
        ("loss", 8),
        ("norm", 8),
        ("loss", 16),
        ("validation", 16),
        ("norm", 16),
    ]
    assert writer.seen[2][1] == found.losses[15]
    assert all(type(value) is float for _, value, _ in writer.seen)


def test_other_writers_are_refused():
    with pytest.raises(InvalidInput, match="writer: expected a method add_scalar or log, got int"):
        log_scalars(3)


def test_weights_on_the_way(bk, tmp_path):
    found = training(callbacks=(weight_files(tmp_path / "w", 10),)).run(start(), bk.asarray(data()))
    assert sorted(p.name for p in (tmp_path / "w").iterdir()) == [
        "00000010.safetensors",
        "00000016.safetensors",
    ]
    params, about = load_weights(tmp_path / "w" / "00000016.safetensors")
    assert about == {"update": 16, "loss": found.losses[-1], "validation": None}
    for a, b in zip(leaves(params), leaves(found.emulator), strict=True):
        assert np.array_equal(a, bk.to_numpy(b))


def test_rollouts_on_the_way(bk, relative):
    """The metric of the last event against a rollout by hand."""
    values = []
    measure = rollout_metric(NETWORK, bk.asarray(data()), partial(nRMSE, dims=1))
    found = training(callbacks=(Callback(100, lambda event: values.append(measure(event))),)).run(
        start(), bk.asarray(data())
    )
    host = tree_map(bk.to_numpy, found.emulator)
    predicted = rollout(NETWORK, host, data()[:, 0], 4)
    expected = np.mean(nRMSE(predicted, data()[:, 1:], dims=1))
    assert relative(values, [expected]) < 1e-12  # two rollouts of four steps


@pytest.mark.parametrize("every", [0, -1])
def test_bad_interval_is_one_line(every):
    with pytest.raises(InvalidInput, match=f"every: expected at least 1 update, got {every}"):
        Callback(every, print)


def test_the_strict_backend_copies_too(backends):
    """Events copy by a function of the standard."""
    if "strict" not in backends:
        pytest.skip("array-api-strict is not installed")
    seen = []
    training(updates=1, callbacks=(Callback(1, lambda e: seen.append(e.params)),)).run(
        start(), backends["strict"].asarray(data())
    )
    assert xpde.backend_of(leaves(seen[0])[0]).name == "strict"
