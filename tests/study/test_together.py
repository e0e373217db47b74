"""Seeds that train together: each run has its own results and its own end."""

import os
import signal
import time
from types import SimpleNamespace

import numpy as np
import pytest

from xpde.core import tree_map
from xpde.errors import InvalidInput
from xpde.study import together, worker
from xpde.study.batches import batch_file, begun
from xpde.study.conduct import chunks, conduct
from xpde.study.engines import Child, Task
from xpde.study.equipment import Equipment
from xpde.study.place import Ending, Place
from xpde.study.plan import Study
from xpde.study.runs import Run
from xpde.study.store import read_json, read_table
from xpde.study.worker import work_on

TABLES = ("losses", "metrics", "samples", "spectra")


def after(count):
    """Say stop from the call with this number on: three before the training, then each run's."""
    calls = iter(range(10**9))
    return lambda: next(calls) >= count


@pytest.fixture
def seeds(little):
    def make(count=3, **more):
        return [little(seed=seed, dtype="float64", **more) for seed in range(count)]

    return make


@pytest.fixture
def do(laid, tmp_path):
    """Let a worker do runs in a folder of a name; give the endings, and the places."""

    def call(runs, name="study", word="yes", end=lambda: False):
        places = laid(*runs, folder=tmp_path / name)
        found = work_on(tmp_path / name, [run.name for run in runs], end, word)
        with np.errstate(all="ignore"):
            return {ending.name: ending for ending in found}, places

    return call


def statuses(endings):
    return [ending.status for ending in endings.values()]


def close(first, second):
    """Float64 rounding, amplified by 60 updates and 12 steps of a rollout."""
    for name in TABLES:
        a, b = (read_table(place / f"{name}.parquet") for place in (first, second))
        assert list(a.columns) == list(b.columns)
        np.testing.assert_allclose(
            a.select_dtypes("number"), b.select_dtypes("number"), rtol=1e-10, atol=1e-14
        )


def tidy(folder):
    assert not (folder / "batches").exists()
    left = {path.name for path in folder.glob("runs/*/*")}
    assert not left & {"checkpoint.safetensors", "batch.json", "failed.json", "progress.json"}
    assert not any(name.startswith(".") for name in left)


@pytest.mark.parametrize("name", ["numpy", "jax"])
def test_the_tables_of_seeds_alone_and_the_bits_of_one_session(
    name, backends, seeds, do, results, monkeypatch, tmp_path
):
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    runs = seeds(backend=name, validation=0.34, select="best", noise=1e-3, updates=57)
    tools = Equipment(runs[0])  # compiled once
    monkeypatch.setattr(worker, "Equipment", lambda run: tools)
    endings, whole = do(runs, "whole")
    assert statuses(endings) == ["done"] * 3
    _, alone = do(runs, "alone", "no")
    for place, other in zip(whole, alone, strict=True):
        close(place, other)
        assert read_json(place.done).keys() == read_json(other.done).keys()
        assert [*read_table(place / "losses.parquet")["update"]] == [*range(58)]
    rates = [read_json(place.done)["train_s"] for place in whole]
    assert max(rates) < 1.001 * min(rates)  # equal shares
    for done in (0, 0, 0, 1):  # after each of three dispatches, and between evaluations
        endings, parts = do(runs, "parts", end=after(4))
        assert statuses(endings) == ["done"] * done + ["stopped"] * (3 - done)
        assert batch_file(tmp_path / "parts", [run.name for run in runs]).exists()
        assert parts[2].ending().status == "stopped"
        assert not parts[2].checkpoint.exists()
    endings, parts = do(runs, "parts")
    assert statuses(endings) == ["done"] * 3
    for place, other in zip(parts, whole, strict=True):
        assert results(place) == results(other)
    tidy(tmp_path / "whole")
    tidy(tmp_path / "parts")


def test_one_that_diverges_is_its_own_result(seeds, do, monkeypatch, tmp_path):
    original = Run.initial_weights

    def weights(run):
        scale = 1e200 if run.seed == 1 else 1.0
        return tree_map(lambda p: scale * p, original(run))

    monkeypatch.setattr(Run, "initial_weights", weights)
    runs = seeds()
    endings, places = do(runs)
    assert statuses(endings) == ["done", "diverged", "done"]
    assert "before update 0" in endings[runs[1].name].reason
    assert read_json(places[1].done)["updates"] == 0
    assert not (places[1] / "metrics.parquet").exists()
    _, alone = do([runs[2]], "alone")
    close(places[2], alone[0])
    tidy(tmp_path / "study")


def test_one_that_fails_leaves_the_others_alone(seeds, do, tmp_path):
    """Its log is damaged: that is found where its training begins."""
    runs = seeds()
    place = do(runs[1:2], end=lambda: True)[1][0]
    log = place / "log.jsonl"
    log.write_text("no line of a log\n")
    endings, places = do(runs)
    assert statuses(endings) == ["done", "failed", "done"]
    assert str(log) in endings[runs[1].name].reason
    assert log.read_text() == "no line of a log\n"
    log.unlink()
    assert statuses(do(runs)[0]) == ["done"] * 3
    _, alone = do(runs, "alone", "no")
    for one, other in zip(places, alone, strict=True):
        close(one, other)
    tidy(tmp_path / "study")


def test_where_a_batch_fails_each_is_tried_alone(seeds, do, monkeypatch, capsys):
    def broken(*args):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(worker, "train_together", broken)
    assert statuses(do(seeds(updates=3))[0]) == ["done"] * 3
    assert "out of memory" in capsys.readouterr().err


def test_a_damaged_file_is_named_and_left_alone(seeds, do, tmp_path):
    runs = seeds()
    do(runs, end=after(9))
    path = batch_file(tmp_path / "study", [run.name for run in runs])
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)
    endings, places = do(runs)
    assert statuses(endings) == ["failed"] * 3
    assert all(path.name in ending.reason for ending in endings.values())
    assert path.read_bytes() == content
    places[0].batch.write_text("{}")
    endings, _ = do(runs[:1])
    assert "batch.json" in endings[runs[0].name].reason


def test_trainings_go_on_in_any_company(seeds, do, tmp_path):
    """Together, two of them, alone, together again: no update is lost and no file left over."""
    runs, seen = seeds(updates=120), []
    _, alone = do(runs, "alone", "no")
    do(runs, end=after(4))
    do(runs[:2], end=after(4))
    assert len(list((tmp_path / "study" / "batches").iterdir())) == 2
    _, places = do(runs[:1], word="no", end=after(3))
    assert places[0].checkpoint.exists()
    original = worker._Reports.__call__

    def spy(self, label, done=0, total=0, note=""):
        seen.append((self.place.folder.name, label, done))
        original(self, label, done, total, note)

    worker._Reports.__call__ = spy
    try:
        endings, places = do(runs)
    finally:
        worker._Reports.__call__ = original
    assert statuses(endings) == ["done"] * 3
    for run in runs:
        assert min(n for name, label, n in seen if (name, label) == (run.name, "training")) > 25
    for one, other in zip(places, alone, strict=True):
        close(one, other)
        log = [line for line in (one / "log.jsonl").read_text().splitlines() if line]
        assert len(log) == len((other / "log.jsonl").read_text().splitlines())
    tidy(tmp_path / "study")


def test_where_seeds_train_together(little, monkeypatch):
    run = little()
    assert not together.joins(run, "auto")
    assert together.joins(run, "yes")
    assert not together.joins(run, "no")
    with pytest.raises(InvalidInput, match="unknown together 'yse': did you mean yes"):
        together.joins(run, "yse")
    for compiles, device, expected in (
        (True, "cuda:0", True), (True, "gpu", True), (True, "cpu:0", False), (False, "cuda", False),
    ):  # fmt: skip
        found = SimpleNamespace(device=device, capabilities=SimpleNamespace(compiles=compiles))
        monkeypatch.setattr(together, "backend", lambda *args, found=found, **more: found)
        assert together.joins(run, "auto") == expected


class Here:
    """An engine in this process, that keeps the tasks and asks for the end after some calls."""

    def __init__(self, workers, end=lambda: False):
        self.workers, self.end, self.tasks = workers, end, []

    def submit(self, task):
        self.tasks.append(task)
        found = list(work_on(task.place("x").folder.parents[1], [*task.names], self.end, "yes"))
        return SimpleNamespace(done=lambda: True, endings=lambda: found)

    def close(self, wait=True):
        pass


def test_what_began_together_is_one_task(seeds, tmp_path):
    """More workers, and another seed: the batch stays as it was, for the same bits."""
    runs = seeds(4)
    names = tuple(run.name for run in runs)
    do = {"poll": 0.0, "together": "yes"}
    first = Here(1, after(10))
    conduct(Study("s", runs[:3]), tmp_path, first, **do)
    assert first.tasks[0].names == names[:3]
    assert first.tasks[0].together == "yes"
    again = Here(3)
    assert conduct(Study("s", runs), tmp_path, again, **do).complete
    assert [task.names for task in again.tasks] == [names[:3], names[3:]]
    assert begun(Place.of(tmp_path, name) for name in names) == []


def test_a_batch_is_divided_no_more_than_the_workers_need():
    groups = [[SimpleNamespace(name=f"{g}{i}") for i in range(6)] for g in range(2)]
    assert [len(names) for names in chunks(groups, 1, whole=True)] == [6, 6]
    assert [len(names) for names in chunks(groups, 4, whole=True)] == [3, 3, 3, 3]


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_a_killed_worker_fails_what_it_trained(seeds, laid, tmp_path):
    runs = seeds(updates=200_000)
    places = laid(*runs)
    child = Child(Task(str(tmp_path), tuple(run.name for run in runs), 1, together="yes"))
    until(lambda: all(place.where().get("done", 0) > 0 for place in places))
    child.process.kill()
    until(child.done)
    assert child.endings() == [Ending(run.name, "failed", "killed by signal 9") for run in runs]


OFTEN = "import xpde.study.execute as e; e.CHECKPOINT_SECONDS = 0.05"
PATCH = f"import sys\nif 'xpde.study.worker' in sys.orig_argv: {OFTEN}\n"


@pytest.mark.parametrize("name", ["numpy", pytest.param("jax", marks=pytest.mark.slow)])
def test_killed_and_resumed(name, backends, program, study_file, tmp_path, results):
    """The bits of a study that was never interrupted, whatever is killed."""
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    source = study_file(updates=4000 if name == "jax" else 400, net=["Conv;4;2;relu"], backend=name)
    words, torn = ["--together", "yes", "--workers", "1"], tmp_path / "torn"
    code, text = program(tmp_path / "whole", source, *words).wait()
    assert code == 0, text
    victim = program(torn, source, *words, patch=PATCH)
    until(lambda: list(torn.glob("batches/*.safetensors")) or victim.process.poll() is not None)
    for pid in victim.members("xpde.study.worker"):
        os.kill(pid, signal.SIGKILL)
    code, text = victim.wait()
    assert code == 1
    assert text.count("failed: run") == 2
    code, text = program(torn, source, *words).wait()
    assert code == 0, text
    for run in Study.open(torn).runs:
        parts, whole = (Place.of(folder, run.name) for folder in (torn, tmp_path / "whole"))
        assert results(parts) == results(whole)
    tidy(torn)
