"""A worker does its runs in turn; nothing that becomes of one reaches another."""

import errno
import os
from collections import Counter

import numpy as np
import pytest

from xpde.study import equipment, execute, worker
from xpde.study.lock import exclusive
from xpde.study.place import Ending
from xpde.study.store import read_json, read_table


@pytest.fixture
def do(tmp_path):
    """Let a worker do runs in the folder and return their endings."""

    def call(*runs, end=lambda: False):
        return list(worker.work_on(tmp_path, [run.name for run in runs], end))

    return call


def statuses(endings):
    return [ending.status for ending in endings]


def test_seeds_share_data_and_programs_but_no_numbers(
    little, laid, do, tmp_path, monkeypatch, quiet
):
    asked = Counter()

    def counted(scenario, bk, split, **more):
        asked[split] += 1
        return original(scenario, bk, split, **more)

    original = equipment.reference_data
    monkeypatch.setattr(equipment, "reference_data", counted)
    runs = [little(seed=seed) for seed in range(3)]
    laid(*runs)
    assert statuses(do(*runs)) == ["done"] * 3
    assert asked == {"train": 1, "test": 1}
    (alone,) = laid(runs[2], folder=tmp_path / "alone")
    execute.execute(runs[2], alone, quiet)
    place = laid(runs[2])[0]
    for table in ("losses", "metrics", "samples", "spectra"):
        assert read_table(place / f"{table}.parquet").equals(read_table(alone / f"{table}.parquet"))
    losses = [read_table(p / "losses.parquet")["loss"] for p in laid(*runs)]
    assert not losses[0].equals(losses[1])


def test_another_configuration_gets_its_own(little, laid, do):
    runs = [little(updates=2), little(updates=2, network="Conv;3;1;relu"), little(updates=2)]
    places = laid(*runs)
    assert statuses(do(*runs)) == ["done"] * 3
    assert [read_json(p.done)["parameters"] for p in places] == [
        81,
        22,
        81,
    ]  # 3·3 + 3 + 3·3 + 1 = 22


def test_an_exception_in_one_run_does_not_stop_the_next(little, laid, do, monkeypatch):
    bad, good = little(updates=2), little(updates=2, seed=1)
    place, _ = laid(bad, good)
    original = worker.execute

    def broken(run, *more):
        if run.seed == 0:
            raise RuntimeError("a bug\nof two lines")
        return original(run, *more)

    monkeypatch.setattr(worker, "execute", broken)
    endings = do(bad, good)
    assert endings == [
        Ending(bad.name, "failed", "RuntimeError: a bug of two lines"),
        Ending(good.name, "done"),
    ]
    failed = read_json(place.failed)
    assert set(failed) == {"status", "reason", "trace"}
    assert "in broken" in failed["trace"]
    assert not place.done.exists()
    monkeypatch.undo()
    assert statuses(do(bad)) == ["done"]
    assert not place.failed.exists()


def test_a_solver_that_blows_up_is_a_row_with_its_reason(little, laid, do):
    bad, good = little(overrides={"convection_delta": -1e6}), little(updates=2)
    laid(bad, good)
    with np.errstate(all="ignore"):
        endings = do(bad, good)
    assert statuses(endings) == ["failed", "done"]
    assert "use more substeps" in endings[0].reason


def test_a_missing_backend_is_a_reason(little, laid, do, backends):
    if "cupy" in backends:
        pytest.skip("cupy runs here")
    run = little(backend="cupy")
    laid(run)
    (ending,) = do(run)
    assert ending.status == "failed"
    assert "cupy" in ending.reason


@pytest.mark.parametrize("content", ["{", '{"scenario": "diff_burgers"}', "[]", ""])
def test_a_damaged_configuration_is_named_and_left_alone(little, laid, do, content):
    bad, good = little(updates=2), little(updates=2, seed=1)
    place, _ = laid(bad, good)
    place.config.write_text(content)
    endings = do(bad, good)
    assert statuses(endings) == ["failed", "done"]
    assert "config.json" in endings[0].reason
    assert place.config.read_text() == content


def test_damaged_endings_are_named(little, laid):
    (place,) = laid(little())
    place.done.write_text("{}")
    assert place.ending().status == "failed"
    assert "done.json" in place.ending().reason
    place.done.write_text('{"status"')
    assert "left as it is" in place.ending().reason


def test_a_locked_run_is_left_to_its_owner(little, laid, do, monkeypatch):
    monkeypatch.setattr(worker, "_PATIENCE", 0.3)
    taken, free = little(updates=2), little(updates=2, seed=1)
    place, _ = laid(taken, free)
    with exclusive(place.lock) as mine:
        assert mine
        with exclusive(place.lock) as again:
            assert not again
        endings = do(taken, free)
    assert endings == [
        Ending(free.name, "done"),
        Ending(taken.name, "elsewhere", "running elsewhere"),
    ]
    assert statuses(do(taken)) == ["done"]


def test_a_full_disk_fails_the_run_and_damages_nothing(little, laid, do, monkeypatch):
    """Every file of the second run hits the end of the disk; no room even for the reason."""
    runs = [little(updates=30, seed=seed) for seed in range(3)]
    places = laid(*runs)
    original = os.fsync

    def full(handle):
        if places[1].folder.name in os.readlink(f"/proc/self/fd/{handle}"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(handle)

    before = places[1].config.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    endings = do(*runs)
    assert statuses(endings) == ["done", "failed", "done"]
    assert "No space left" in endings[1].reason
    assert places[1].config.read_bytes() == before
    left = {p.name for p in places[1].folder.iterdir()}
    assert left <= {"config.json", "lock", "log.jsonl"}
    monkeypatch.undo()
    assert statuses(do(*runs)) == ["done"] * 3


def test_asked_to_end_between_runs(little, laid, do):
    runs = [little(updates=2, seed=seed) for seed in range(2)]
    places = laid(*runs)
    assert statuses(do(*runs, end=places[0].done.exists)) == ["done", "stopped"]
    assert not (places[1] / "log.jsonl").exists()


def test_the_end_is_a_signal_or_the_death_of_the_parent():
    end = worker._End(os.getppid())
    assert not end()
    assert worker._End(os.getppid() + 1)()
    end.on_signal()
    assert end()


def test_progress_is_reported_at_most_twice_a_second(little, laid):
    (place,) = laid(little())
    reports = worker._Reports(place)
    assert place.where() == {}
    reports("training", 1, 60, "loss 1")
    reports("training", 2, 60, "loss 1")
    assert place.where() == {"label": "training", "done": 1, "total": 60, "note": "loss 1"}
    reports("evaluation")
    assert place.where()["label"] == "evaluation"
    place.progress.write_text('{"la')
    assert place.where() == {}
