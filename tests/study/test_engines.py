"""Engines: the same workers anywhere, and what is known of them when they die."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.study.conduct import chunks
from xpde.study.engines import Child, DaskEngine, LocalEngine, SlurmEngine, Task, work
from xpde.study.place import Ending
from xpde.study.runs import IDENTITY
from xpde.study.store import read_json, read_table


class Seed:
    """As much of a run as a chunk needs."""

    def __init__(self, name):
        self.name = name


@given(st.lists(st.integers(1, 12), max_size=8), st.integers(1, 20))
def test_chunks_divide_groups_among_workers(sizes, workers):
    groups = [[Seed(f"{g}-{i}") for i in range(size)] for g, size in enumerate(sizes)]
    found = chunks(groups, workers)
    assert [n for names in found for n in names] == [r.name for group in groups for r in group]
    assert all(len({name.split("-")[0] for name in names}) == 1 for names in found)
    assert len(found) >= min(2 * workers, sum(sizes)) or any(
        size < -(-2 * workers // len(sizes)) for size in sizes
    )
    for group in groups:
        parts = [len(n) for n in found if n[0] in {r.name for r in group}]
        assert max(parts) - min(parts) <= 1
    if len(sizes) >= 2 * workers:
        assert len(found) == len(sizes)


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def task(tmp_path, little, laid):
    """Three seeds of a training that takes long enough to be interrupted."""

    def make(updates):
        runs = [little(updates=updates, seed=seed) for seed in range(3)]
        places = laid(*runs)
        return Task(str(tmp_path), tuple(run.name for run in runs), 1), places

    return make


def test_a_killed_worker_fails_its_run_only(task):
    given_task, places = task(200_000)
    child = Child(given_task)
    until(lambda: places[0].where().get("label") == "training")
    child.process.kill()
    until(child.done)
    assert child.endings() == [
        Ending(given_task.names[0], "failed", "killed by signal 9"),
        Ending(given_task.names[1], "waiting"),
        Ending(given_task.names[2], "waiting"),
    ]
    assert read_json(places[0].failed)["reason"] == "killed by signal 9"


def test_a_worker_that_is_asked_to_end_leaves_a_checkpoint(task):
    given_task, places = task(200_000)
    engine = LocalEngine(1)
    child = engine.submit(given_task)
    until(lambda: places[0].where().get("done", 0) > 0)
    engine.close()
    assert [e.status for e in child.endings()] == ["stopped"] * 3
    assert places[0].checkpoint.exists()
    assert not places[0].failed.exists()
    assert not places[0].progress.exists()


def test_a_stop_file_ends_the_work(task):
    given_task, places = task(200_000)
    stop = places[0].folder.parent.parent / "stop"
    stop.touch()
    asked = Task(given_task.folder, given_task.names, 1, str(stop))
    assert {status for _, status, _ in work(asked)} == {"stopped"}


def test_a_worker_that_cannot_start_says_why(tmp_path, task, monkeypatch):
    given_task, _ = task(2)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'xpde.study.worker' in sys.orig_argv: sys.stderr.write('no luck\\n'), os._exit(3)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    endings = [Ending(*values) for values in work(given_task)]
    assert [e.status for e in endings] == ["failed", "waiting", "waiting"]
    assert endings[0].reason == "its process ended early: no luck"


def test_a_worker_ends_with_its_parent(task):
    """The child of a child loses its parent when that is killed."""
    given_task, places = task(200_000)
    code = (
        "from xpde.study.engines import Child, Task\n"
        f"Child(Task({given_task.folder!r}, {given_task.names!r}, 1)).process.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code])
    until(lambda: places[0].where().get("done", 0) > 0)
    parent.kill()
    parent.wait()
    until(lambda: places[0].checkpoint.exists() and not places[0].progress.exists())


ENGINES = {
    "local": ["--workers", "2"],
    "dask": ["--engine", "dask", "--workers", "2"],
    "slurm": ["--engine", "slurm", "--cluster", "local", "--workers", "2"],
}


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_gives_the_same_tables(name, tmp_path, study_file, program):
    """As one worker in this process, bit for bit; afterwards no process is left."""
    pytest.importorskip({"dask": "distributed", "slurm": "submitit"}.get(name, "xpde"))
    from xpde.study.plan import Study
    from xpde.study.tables import collect
    from xpde.study.worker import work_on

    more = {} if name == "local" else {"net": "Conv;4;2;relu"}
    source = study_file(updates=30, **more)
    study, here = Study.read(source), tmp_path / "here"
    study.write(here)
    for group in study.groups():
        assert {e.status for e in work_on(here, [r.name for r in group], lambda: False)} == {"done"}
    started = program(tmp_path / "there", source, *ENGINES[name])
    code, text = started.wait()
    assert code == 0, text
    expected = collect(here)
    for table in ("metrics", "losses", "samples", "spectra"):
        found = read_table(tmp_path / "there" / f"{table}.parquet")
        assert found.astype(str).equals(getattr(expected, table).astype(str)), table
        numbers = found.select_dtypes("number")
        assert numbers.equals(getattr(expected, table)[numbers.columns]), table
    runs = read_table(tmp_path / "there" / "runs.parquet")
    assert runs["status"].tolist() == ["done"] * len(study.runs)
    assert list(runs.columns[: len(IDENTITY)]) == list(IDENTITY)
    until(lambda: not started.members())
    assert not list((tmp_path / "there").glob(".*"))


def test_engines_refuse_what_they_do_not_understand(tmp_path):
    with pytest.raises(InvalidInput, match="workers"):
        LocalEngine(0)
    pytest.importorskip("submitit")
    with pytest.raises(InvalidInput, match="did you mean slurm"):
        SlurmEngine(tmp_path, "slrum")
    with pytest.raises(InvalidInput, match="engine slurm"):
        SlurmEngine(tmp_path, "local", options={"time": "soon"})


def test_a_scheduler_that_does_not_answer(tmp_path):
    distributed = pytest.importorskip("distributed")
    import dask

    del distributed
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(InvalidInput, match="expected a Dask scheduler"),
    ):
        DaskEngine(tmp_path, "tcp://127.0.0.1:9")
