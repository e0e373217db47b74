"""The conductor: what it runs, leaves alone, tries again, and what it says of it."""

import errno
import os

import numpy as np
import pytest

from xpde.errors import XpdeError
from xpde.study import worker
from xpde.study.conduct import conduct, outstanding
from xpde.study.engines import Task
from xpde.study.meter import Meter
from xpde.study.place import Ending, Place
from xpde.study.plan import Study
from xpde.study.store import read_json, read_table


class Here:
    """An engine in this process: a task is done when it is submitted."""

    def __init__(self, workers=2, script=None):
        self.workers = workers
        self.script = script or self.work
        self.tasks: list[Task] = []
        self.closed = 0

    def submit(self, task):
        self.tasks.append(task)
        return Done(self.script(task))

    @staticmethod
    def work(task):
        folder = Place(task.place("x").folder).folder.parent.parent
        return list(worker.work_on(folder, list(task.names), lambda: False))

    def close(self, wait=True):
        self.closed += wait


class Done:
    def __init__(self, found):
        self.found, self.cancelled = found, False

    def done(self):
        return True

    def endings(self):
        return self.found

    def cancel(self):
        self.cancelled = True


@pytest.fixture
def study(little):
    nets = ("Conv;4;2;relu", "Conv;3;1;relu")
    return Study("s", [little(net, updates=4, seed=s) for net in nets for s in range(2)])


def run(study, folder, engine=None, **more):
    engine = engine or Here()
    conclusion = conduct(study, folder, engine, poll=0.0, **more)
    assert engine.closed == 1
    return engine, conclusion


def names(engine):
    return [name for task in engine.tasks for name in task.names]


def test_does_everything_once(study, tmp_path):
    seen = []
    engine, conclusion = run(study, tmp_path, show=seen.append)
    assert conclusion.complete
    assert sorted(names(engine)) == sorted(r.name for r in study.runs)
    assert [e.name for e in conclusion.endings] == [r.name for r in study.runs]
    assert read_json(tmp_path / "study.json")["runs"] == [r.name for r in study.runs]
    assert read_table(tmp_path / "runs.parquet")["status"].tolist() == ["done"] * 4
    assert seen[-1].counts == {"done": 4}
    news = [ending.name for snapshot in seen for ending, _ in snapshot.news]
    assert sorted(news) == sorted(r.name for r in study.runs)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "runs").rglob("*.*")}
    again, conclusion = run(study, tmp_path)
    assert (again.tasks, conclusion.complete) == ([], True)
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "runs").rglob("*.*")} == before


def test_a_failed_run_is_tried_again_and_alone_if_asked(study, tmp_path, monkeypatch):
    bad = study.runs[1]
    original = worker.execute

    def broken(run, *more):
        if run.name == bad.name:
            raise XpdeError("bad luck")
        return original(run, *more)

    monkeypatch.setattr(worker, "execute", broken)
    _, conclusion = run(study, tmp_path, runs=study.runs[:2])
    assert conclusion.endings == (
        Ending(study.runs[0].name, "done"),
        Ending(bad.name, "failed", "bad luck"),
    )
    assert not conclusion.complete
    assert read_table(tmp_path / "runs.parquet")["status"].tolist() == [
        "done", "failed", "missing", "missing",
    ]  # fmt: skip
    monkeypatch.undo()
    engine, conclusion = run(study, tmp_path, only_failed=True)
    assert names(engine) == [bad.name]
    assert conclusion.counts == {"done": 2, "waiting": 2}
    engine, conclusion = run(study, tmp_path)
    assert names(engine) == [r.name for r in study.runs[2:]]
    assert conclusion.complete


def test_diverged_runs_are_final(little, tmp_path):
    study = Study("s", [little(optimizer="sgd;60;constant;1e30")])
    with np.errstate(all="ignore"):
        _, conclusion = run(study, tmp_path)
    assert conclusion.counts == {"diverged": 1}
    assert outstanding(tmp_path, study.runs) == []
    assert read_table(tmp_path / "runs.parquet")["status"].tolist() == ["diverged"]


def test_what_a_dead_worker_left_goes_on_elsewhere(study, tmp_path):
    first = study.runs[0].name

    def script(task):
        if first in task.names and not Place.of(tmp_path, first).failed.exists():
            dead = task.place(first).fail("killed by signal 9")
            return [dead, *(Ending(name, "waiting") for name in task.names[1:])]
        return Here.work(task)

    engine, conclusion = run(study, tmp_path, Here(1, script))
    assert conclusion.counts == {"done": 3, "failed": 1}
    assert conclusion.endings[0].reason == "killed by signal 9"
    assert names(engine).count(study.runs[1].name) == 2


def test_a_run_that_is_always_stopped_is_given_up(study, tmp_path):
    engine = Here(1, lambda task: [Ending(name, "stopped", "preempted") for name in task.names])
    _, conclusion = run(study, tmp_path, engine)
    assert conclusion.counts == {"stopped": 4}
    assert names(engine).count(study.runs[0].name) == 3


def test_a_run_that_gets_on_is_not_given_up(study, tmp_path):
    calls = []

    def script(task):
        calls.append(task)
        if len(calls) > 7:
            return Here.work(task)
        for name in task.names:
            task.place(name).checkpoint.write_bytes(b"x" * len(calls))
        return [Ending(name, "stopped") for name in task.names]

    def clear(task):
        found = script(task)
        for name in task.names if len(calls) == 7 else ():
            task.place(name).checkpoint.unlink()
        return found

    _, conclusion = run(study, tmp_path, Here(1, clear), runs=study.runs[:1])
    assert conclusion.complete
    assert len(calls) == 8


def test_an_interrupt_recalls_the_workers_and_keeps_the_tables(study, tmp_path):
    handles = []

    class Slow(Here):
        def submit(self, task):
            handle = super().submit(task)
            handles.append(handle)
            if len(handles) > 1:
                raise KeyboardInterrupt
            return handle

    engine = Slow(3)
    _, conclusion = run(study, tmp_path, engine)
    assert conclusion.interrupted
    assert handles[0].cancelled
    assert read_table(tmp_path / "runs.parquet")["status"].tolist().count("done") >= 1


def test_runs_of_another_process_are_not_waited_for(study, tmp_path):
    engine = Here(1, lambda task: [Ending(n, "elsewhere", "running elsewhere") for n in task.names])
    _, conclusion = run(study, tmp_path, engine)
    assert conclusion.counts == {"elsewhere": 4}


def test_a_damaged_ending_is_a_failure_and_left_alone(study, tmp_path):
    run(study, tmp_path)
    done = Place.of(tmp_path, study.runs[2].name).done
    done.write_text("{")
    engine, conclusion = run(study, tmp_path)
    assert engine.tasks == []
    assert conclusion.endings[2].status == "failed"
    assert "done.json" in conclusion.endings[2].reason
    assert done.read_text() == "{"


def test_a_disk_too_full_for_the_reason_is_still_reported(study, tmp_path, monkeypatch):
    bad, original = study.runs[0].name, os.fsync

    def full(handle):
        if bad in os.readlink(f"/proc/self/fd/{handle}"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(handle)

    study.write(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    _, conclusion = run(study, tmp_path)
    assert conclusion.counts == {"done": 3, "failed": 1}
    assert "No space left" in conclusion.endings[0].reason


def test_the_meter_reads_progress(study, tmp_path):
    study.write(tmp_path)
    runs = study.runs
    meter = Meter(tmp_path, runs, runs)
    place = Place.of(tmp_path, runs[0].name)
    under_way = [run.name for run in runs[:2]]
    first = meter.snapshot(under_way, {})
    assert (first.total, first.lines, first.rate, first.left) == (4, (), 0.0, None)
    for done in (1, 3):
        place.report({"label": "training", "done": done, "total": 4, "note": "loss 1"})
        found = meter.snapshot(under_way, {})
    assert [(line.name, line.done, line.note) for line in found.lines] == [
        (runs[0].name, 3, "loss 1")
    ]
    assert found.rate > 0
    assert found.left == pytest.approx((4 * 4 - 3) / found.rate, rel=0.5)  # time goes on
    ended = meter.snapshot(under_way, {runs[0].name: Ending(runs[0].name, "failed", "why")})
    assert ended.counts == {"failed": 1}
    assert ended.news == ((Ending(runs[0].name, "failed", "why"), runs[0].label),)
    assert meter.snapshot(under_way, {}).news == ()
