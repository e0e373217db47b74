"""Studies that are killed at any moment, resumed until they are complete, and never differ."""

import os
import signal
import time

import numpy as np
import pytest

from xpde.core import stream
from xpde.study.place import Place
from xpde.study.plan import Study
from xpde.study.worker import work_on

OFTEN = "import xpde.study.execute as e; e.CHECKPOINT_SECONDS = 0.05"
"""Checkpoints so often that most kills find one."""

PATCH = f"import sys\nif 'xpde.study.worker' in sys.orig_argv: {OFTEN}\n"

WORDS = {
    "local": ["--workers", "2"],
    "dask": ["--engine", "dask", "--workers", "2"],
    "slurm": ["--engine", "slurm", "--cluster", "local", "--workers", "2"],
}


@pytest.fixture
def expected(study_file, tmp_path, results):
    """The file of the study, its runs, and their results without any interruption."""
    source = study_file(updates=400)
    study = Study.read(source)
    study.write(tmp_path / "whole")
    for group in study.groups():
        list(work_on(tmp_path / "whole", [run.name for run in group], lambda: False))
    names = [run.name for run in study.runs]
    return source, {name: results(Place.of(tmp_path / "whole", name)) for name in names}


def strike(program, victim, rng):
    """Kill the conductor, a random worker, or every process of the session; say whether it hit."""
    if victim == "worker":
        pids = program.members("xpde.study.worker")
        pids = [int(rng.choice(pids))] if pids else []
    else:
        pids = program.members() if victim == "session" else [program.process.pid]
    if program.process.poll() is not None:
        return False
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return bool(pids)


def gone(program, seconds):
    """Wait until nothing of the session is left."""
    end = time.monotonic() + seconds
    while left := program.members():
        assert time.monotonic() < end, f"processes {left} were left behind"
        time.sleep(0.05)


def torture(program, folder, source, engine, victims, rng, patience):
    """Start the study again and again, killing something each time; then let it end."""
    hits = 0
    for victim in victims:
        running = program(folder, source, *WORDS[engine], patch=PATCH)
        first = time.monotonic() + 60
        while not running.members("xpde.study.worker") and running.process.poll() is None:
            assert time.monotonic() < first, "no worker began"
            time.sleep(0.02)
        time.sleep(rng.uniform(0.0, 3.0))
        hits += strike(running, victim, rng)
        if victim == "worker":
            running.wait()
        gone(running, patience)
        running.wait()
    for _ in range(3):  # a job that outlived its conductor may still have a run
        code, text = program(folder, source, *WORDS[engine]).wait()
        if code == 0:
            return hits
    raise AssertionError(text)


def check(folder, expected, results):
    for name, wanted in expected.items():
        place = Place.of(folder, name)
        assert results(place) == wanted
        names = {path.name for path in place.folder.iterdir()}
        assert not names & {"checkpoint.safetensors", "failed.json", "progress.json"}
        assert not any(name.startswith(".") for name in names)


def test_two_kills(tmp_path, expected, program, results):
    source, wanted = expected
    rng = np.random.default_rng(5)
    torture(program, tmp_path / "torn", source, "local", ["conductor", "worker"], rng, 20)
    check(tmp_path / "torn", wanted, results)


@pytest.mark.slow
@pytest.mark.parametrize("engine", WORDS)
def test_twenty_kills(engine, tmp_path, expected, program, results):
    """In a new folder whenever the study has come to its end before the next kill."""
    pytest.importorskip({"dask": "distributed", "slurm": "submitit"}.get(engine, "xpde"))
    source, wanted = expected
    rng = stream(0, "kills", engine)
    hits, rounds = 0, 0
    while hits < 20:
        folder = tmp_path / f"torn{rounds}"
        victims = rng.choice(["conductor", "worker", "session"], 3)
        # a job of a queue outlives its conductor, until its runs are done
        patience = 120 if engine == "slurm" else 20
        hits += torture(program, folder, source, engine, victims, rng, patience)
        check(folder, wanted, results)
        rounds += 1
        assert rounds < 30
