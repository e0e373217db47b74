"""Small runs that several tests of studies share."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from xpde.core import leaves
from xpde.study.place import Place
from xpde.study.runs import Run
from xpde.train import load_weights

LITTLE = {
    "points": 16,
    "initial": "fourier;3;true;true",
    "train_samples": 3,
    "train_horizon": 6,
    "test_samples": 3,
    "test_horizon": 12,
    "batch": 6,
}


@pytest.fixture
def little():
    """Make a run of 60 updates of a network with 81 parameters."""

    def make(network="Conv;4;2;relu", overrides=(), **more):
        settings = {"updates": 60, "backend": "numpy"} | more
        return Run("diff_burgers", LITTLE | dict(overrides), network, **settings)

    return make


@pytest.fixture
def laid(tmp_path):
    """Write configurations of runs into a study's folder and give their places."""

    def lay(*runs, folder=tmp_path):
        places = [Place.of(folder, run.name) for run in runs]
        for run, place in zip(runs, places, strict=True):
            run.write(place.config)
        return places

    return lay


@pytest.fixture
def quiet():
    """Report to nobody."""
    return lambda *args, **kwargs: None


TABLES = ("losses.parquet", "metrics.parquet", "samples.parquet", "spectra.parquet")


def results(place):
    """Return the bytes of the tables and the bits of the weights of a run.

    The header of the weights' file lists its two texts in any order.
    """
    params, about = load_weights(place / "weights.safetensors")
    bits = [(p.dtype, p.shape, p.tobytes()) for p in leaves(params)]
    return [(place / name).read_bytes() for name in TABLES], bits, about


@pytest.fixture(name="results")
def _results():
    return results


class Program:
    """``xpde study`` as a program with a session of its own, so that it can be killed.

    Attributes
    ----------
    folder
        The study.
    words
        Further words of the command.
    patch
        Python that every process runs first.
    """

    def __init__(self, folder, source, *words, patch=""):
        self.folder = folder
        site = folder.parent / f"site-{folder.name}"
        site.mkdir(exist_ok=True)
        (site / "sitecustomize.py").write_text(patch)
        command = [sys.executable, "-m", "xpde", "study", str(source), "--out", str(folder)]
        self.process = subprocess.Popen(
            [*command, *words],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONPATH": str(site)},
        )

    def members(self, word=""):
        """Return the processes of the session whose command line has a word, but zombies."""
        found = []
        for place in Path("/proc").iterdir():
            if place.name.isdigit() and self._is_member(place, word):
                found.append(int(place.name))
        return sorted(found)

    def _is_member(self, place, word):
        try:
            state, _, _, session = (place / "stat").read_text().rpartition(")")[2].split()[:4]
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has just ended
            return False
        return int(session) == self.process.pid and state != "Z" and word in command

    def wait(self, seconds=120):
        """Wait for the end and return the exit code and what was printed."""
        text, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, text


@pytest.fixture
def program():
    """Start programs; whatever they leave behind ends with the test."""
    started = []

    def start(*args, **more):
        started.append(Program(*args, **more))
        return started[-1]

    yield start
    for each in started:
        for pid in each.members():
            os.kill(pid, 9)
        each.process.communicate()


@pytest.fixture
def study_file(tmp_path):
    """Write a study of two networks, two seeds each."""

    def write(updates=60, name="little", **more):
        settings = {"scenario": "diff_burgers", "updates": updates, "seeds": 2} | more
        settings = {"net": ["Conv;4;2;relu", "Conv;3;1;relu"], "backend": "numpy"} | settings
        path = tmp_path / f"{name}.toml"
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        lines += ["[set]", *(f"{key} = {json.dumps(value)}" for key, value in LITTLE.items())]
        path.write_text("\n".join(lines) + "\n")
        return path

    return write
