"""Checkpoints: the same bits back, damage found, the old file safe, trainings that go on."""

import errno
import json
import os
import shutil
import struct
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xpde
from xpde.core import leaves, tree_map
from xpde.errors import InvalidInput, NonFinite, XpdeError
from xpde.optim import constant, sgd
from xpde.train import (
    Checkpointing,
    Curriculum,
    Supervised,
    Trained,
    load_checkpoint,
    save_checkpoint,
    save_weights,
)

sys.path.insert(0, str(Path(__file__).parent))
from small import bits, data, same_bits, start, training

ODD = {
    "tuple": (np.ones(2), [np.zeros((0, 3)), ()], (np.arange(3),)),
    "list": [],
    "none": None,
    "a.b": np.float32([1.5]),
    "a": {"b": np.full((), 2.5)},
    "flags": np.asarray([True, False]),
    "transposed": np.arange(6.0).reshape(2, 3).T,
}
"""Every kind of node and of leaf; two paths that read the same."""


def odd():
    return Trained(
        {"w": np.ones(2)},
        ODD,
        np.asarray([1.0, np.pi, 5e-324]),
        3,
        np.asarray([0, 3]),
        np.asarray([np.nan, 1.0]),
        best={"w": np.asarray([1.0, -0.0])},
        stopped="no reason",
        seconds=1.25,
    )


def identical(a, b):
    """Same types of nodes, same types and bits of leaves."""
    if isinstance(a, dict):
        return type(b) is dict and a.keys() == b.keys() and all(identical(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(identical, a, b))
    if a is None or isinstance(a, (str, int, float)):
        return a == b
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def test_everything_comes_back(tmp_path):
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, odd(), {"config": {"seed": 1}})
    found, about = load_checkpoint(path)
    assert identical(vars(odd()), vars(found))
    assert about == {
        "config": {"seed": 1},
        "written_by": {"xpde": xpde.__version__, "backend": "numpy", "dtype": "float64"},
    }
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_header_can_be_read_without_xpde(tmp_path):
    """Eight bytes of length, then JSON: the manifest names trees, updates, streams."""
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, odd())
    content = path.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + size])
    manifest = json.loads(header["__metadata__"]["manifest"])
    assert manifest["updates"] == 3
    assert manifest["trees"]["best"] == {"w": "best.w"}
    assert header["best.w"]["shape"] == [2]
    assert "functions of (seed, name, number)" in manifest["streams"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "c.safetensors"
    save_checkpoint(path, odd(), {"seed": 0})
    return path


def read(path):
    """What is in the file, or the reason why nothing is."""
    try:
        return load_checkpoint(path)[0], ""
    except InvalidInput as error:
        return None, str(error)


@given(st.data())
@settings(max_examples=60)
def test_one_changed_bit_is_found(written, data):
    """Wherever it is: the file is refused, or what is read is the same (a space of the header)."""
    content = bytearray(written.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    damaged = written.with_name("damaged.safetensors")
    damaged.write_bytes(content)
    found, reason = read(damaged)
    assert str(damaged) in reason or identical(vars(odd()), vars(found))
    assert "\n" not in reason
    assert damaged.read_bytes() == content


def test_one_changed_number_is_found(written):
    """The last byte of the file belongs to a tensor: nothing but the digest can tell."""
    content = bytearray(written.read_bytes())
    content[-1] ^= 1
    damaged = written.with_name("damaged.safetensors")
    damaged.write_bytes(content)
    with pytest.raises(InvalidInput, match="SHA-256"):
        load_checkpoint(damaged)


@given(st.data())
def test_a_truncated_file_is_refused(written, data):
    content = written.read_bytes()[: data.draw(st.integers(0, written.stat().st_size - 1))]
    short = written.with_name("short.safetensors")
    short.write_bytes(content)
    with pytest.raises(InvalidInput, match="written by save_checkpoint") as info:
        load_checkpoint(short)
    assert "\n" not in str(info.value)
    assert short.read_bytes() == content


def test_other_files_are_refused(tmp_path):
    save_weights(tmp_path / "weights", {"w": np.ones(2)})
    (tmp_path / "text").write_text("no")
    (tmp_path / "folder").mkdir()
    for name in ("weights", "text", "folder", "missing"):
        with pytest.raises(InvalidInput, match="written by save_checkpoint") as info:
            load_checkpoint(tmp_path / name)
        assert "\n" not in str(info.value)
        assert name in str(info.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "text", "weights"]


class Pair(tuple):
    """A tuple that would come back as another type."""


@pytest.mark.parametrize("state", [3.0, "a", {1: np.ones(1)}, Pair((np.ones(1),)), object()])
def test_trees_that_would_not_come_back_are_refused(tmp_path, state):
    with pytest.raises(InvalidInput, match="tree: expected") as info:
        save_checkpoint(tmp_path / "c", replace(odd(), optimizer_state=state))
    assert "\n" not in str(info.value)
    assert list(tmp_path.iterdir()) == []


def no_space(handle):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, odd())
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(XpdeError, match=r"No space left on device.*of before is intact") as info:
        save_checkpoint(path, replace(odd(), updates=4))
    assert "\n" not in str(info.value)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    with pytest.raises(XpdeError, match="nothing was kept"):
        save_checkpoint(tmp_path / "new", odd())
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_limit_of_the_system_leaves_the_old_checkpoint(tmp_path):
    """The kernel itself refuses in the middle of the file."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, odd())
    large = replace(odd(), losses=np.zeros(100_000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(XpdeError, match="could not write"):
            save_checkpoint(path, large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert load_checkpoint(path)[0].losses.size == 3
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_training_on_a_full_disk_keeps_what_it_has(tmp_path, monkeypatch):
    path = tmp_path / "c.safetensors"
    fresh = training(checkpoint=Checkpointing(path, seconds=0))
    whole = fresh.run(start(), data())
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_space)
        with pytest.raises(XpdeError, match="No space left") as info:
            fresh.run(start(), data())
    assert info.value.trained.updates == 3
    assert load_checkpoint(path)[0].updates == 16
    on = training().run(None, data(), state=info.value.trained)
    assert np.array_equal(on.losses, whole.losses)


def stop_at(update):
    def progress(done, total, loss):
        if done >= update:
            raise KeyboardInterrupt

    return progress


FULL = {
    "objective": Curriculum(((0, Supervised(1)), (6, Supervised(2)))),
    "validation": 0.25,
    "validate_every": 4,
    "select": "best",
    "noise": 0.05,
}
"""All that a training may have; momentum and an average are in its optimizer."""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("trainings") / "c.safetensors"


@cache
def whole(bk, place):
    """The trainer, whose path is always the same, and what it gives without a stop."""
    trainer = training(checkpoint=Checkpointing(place, seconds=0, about={"run": 1}), **FULL)
    return trainer, trainer.run(start(), bk.asarray(data()))


@given(stops=st.lists(st.integers(1, 15), max_size=3))
@settings(max_examples=5)
def test_stopped_anywhere_it_has_the_same_bits(bk, place, stops):
    """Noise, validation, best, momentum, average, two stages; killed and read from the file."""
    trainer, expected = whole(bk, place)
    place.unlink(missing_ok=True)
    placed = bk.asarray(data())
    state = None
    for stop in stops:
        try:
            trainer.run(start(), placed, progress=stop_at(stop), state=state)
        except KeyboardInterrupt:
            state = trainer.saved()
            assert state.updates >= stop
    found = trainer.run(start(), placed, state=state)
    assert same_bits(bits(bk, found), bits(bk, expected))
    assert found.stopped == expected.stopped == ""
    again = trainer.saved()
    assert same_bits(bits(xpde.backend("numpy"), again), bits(bk, expected))
    assert load_checkpoint(place)[1]["run"] == 1


def test_a_fused_training_goes_on_too(tmp_path):
    pytest.importorskip("jax")
    placed = xpde.backend("jax", dtype="float64").asarray(data())
    trainer = training(fuse=True, noise=0.05, checkpoint=Checkpointing(tmp_path / "c", seconds=0))
    expected = trainer.run(start(), placed)
    with pytest.raises(KeyboardInterrupt):
        trainer.run(start(), placed, progress=stop_at(7))
    found = trainer.run(None, placed, state=trainer.saved())
    assert same_bits(*(bits(xpde.backend("jax"), state) for state in (found, expected)))


def test_a_training_goes_on_elsewhere(backends, relative, tmp_path):
    """From every backend to every other: the losses of one training, to rounding."""
    path = tmp_path / "c.safetensors"
    expected = training(**FULL).run(start(), data())
    for name, bk in backends.items():
        first = training(updates=7, **FULL).run(start(), bk.asarray(data()))
        save_checkpoint(path, first)
        state, about = load_checkpoint(path)
        assert about["written_by"]["backend"] == name
        for other in backends.values():
            found = training(**FULL).run(None, other.asarray(data()), state=state)
            assert other.owns(leaves(found.params)[0])
            assert relative(found.losses, expected.losses) < 1e-8
            assert other.owns(leaves(found.best)[0])


def test_precision_follows_the_data(backends, tmp_path):
    """A state of float64 goes on in float32 where the data are; counters keep their kind."""
    state = training(updates=4).run(start(), data())
    placed = xpde.backend("torch" if "torch" in backends else "numpy", dtype="float32")
    found = training().run(None, placed.asarray(data()), state=state)
    assert {str(p.dtype).rpartition(".")[2] for p in leaves(found.optimizer_state)} == {"float32"}
    assert np.all(np.isfinite(found.losses))


def test_divergence_is_put_on_the_disk(bk, tmp_path):
    """The last good state, with the losses until then, is in the file and in the exception."""
    path = tmp_path / "c.safetensors"
    wild = training(
        optimizer=sgd(lambda step: 0.1 if step < 8 else 1e30),
        validation=0.25,
        validate_every=4,
        select="best",
        updates_per_dispatch=2,
        checkpoint=Checkpointing(path, seconds=1e9),
    )
    with np.errstate(all="ignore"), pytest.raises(NonFinite) as info:
        wild.run(start(), bk.asarray(data()))
    kept, found = info.value.trained, wild.saved()
    assert same_bits(bits(xpde.backend("numpy"), found), bits(bk, kept))
    assert np.all(np.isfinite(kept.losses))
    assert kept.best_validation[0] == 8
    until = replace(wild, updates=8, checkpoint=None).run(start(), bk.asarray(data()))
    for a, b in zip(leaves(kept.emulator), leaves(until.params), strict=True):
        assert np.array_equal(bk.to_numpy(a), bk.to_numpy(b))


@pytest.mark.parametrize(("seconds", "expected"), [(1e9, [16]), (0, [3, 6, 9, 12, 15, 16])])
def test_time_decides_how_often(tmp_path, monkeypatch, seconds, expected):
    """With a long interval only the end is written, with none every dispatch."""
    written = []
    monkeypatch.setattr(
        "xpde.train.journal.save_checkpoint", lambda path, now, about: written.append(now.updates)
    )
    training(checkpoint=Checkpointing(tmp_path / "c", seconds)).run(start(), data())
    assert written == expected


def test_other_settings_are_refused(tmp_path):
    checkpoint = Checkpointing(tmp_path / "c")
    one = training(checkpoint=checkpoint)
    assert one.saved() is None
    assert training().saved() is None
    one.run(start(), data())
    for changes, name in (({"seed": 1}, "seed"), ({"noise": 0.1}, "noise")):
        with pytest.raises(InvalidInput, match=f"checkpoint: expected {name} = ") as info:
            replace(one, **changes).saved()
        assert "\n" not in str(info.value)
    longer = replace(one, updates=20)
    assert longer.run(None, data(), state=longer.saved()).updates == 20
    save_checkpoint(tmp_path / "c", odd())
    with pytest.raises(InvalidInput, match="expected one that a trainer wrote"):
        one.saved()


def test_a_state_of_another_optimizer_is_refused():
    state = training(updates=3).run(start(), data())
    with pytest.raises(InvalidInput, match="state: expected that of this optimizer") as info:
        training(optimizer=sgd(constant(0.1))).run(None, data(), state=state)
    assert "\n" not in str(info.value)


def test_seconds_add_up():
    half = training(updates=8).run(start(), data())
    assert half.seconds > 0
    assert training().run(None, data(), state=half).seconds > half.seconds


def test_bad_interval_is_one_line(tmp_path):
    with pytest.raises(InvalidInput, match="seconds: expected a number at or above 0, got -1"):
        Checkpointing(tmp_path, -1)


def test_a_copy_is_as_good(tmp_path):
    """One file is all there is to move."""
    first, second = tmp_path / "a", tmp_path / "elsewhere" / "b"
    save_checkpoint(first, training(updates=4).run(start(), data()))
    second.parent.mkdir()
    shutil.move(first, second)
    found = training().run(None, data(), state=load_checkpoint(second)[0])
    assert np.array_equal(found.losses, training().run(start(), data()).losses)
    assert tree_map(np.shape, found.params) == tree_map(np.shape, start())
