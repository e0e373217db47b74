"""The command ``study``: what it checks, lists, runs, and how it ends."""

import json
import os
import signal
import time
from functools import partial

import pytest

from xpde import cli
from xpde.study.store import read_table

LITTLE = """
net = ["Conv;4;2;relu", "Conv;3;1;relu"]
scenario = "diff_burgers"
updates = {updates}
seeds = 2
{more}
[set]
points = 16
train_samples = 3
train_horizon = 6
test_samples = 3
test_horizon = 4
batch = 6
"""


@pytest.fixture
def file(tmp_path):
    def write(updates=5, more="", text=LITTLE):
        path = tmp_path / "little.toml"
        path.write_text(text.format(updates=updates, more=more))
        return path

    return write


@pytest.fixture
def run(run):
    """Run ``xpde study``; give (code, stdout, stderr)."""
    return partial(run, "study")


def test_help_has_an_example(run):
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert "xpde study depth.toml" in out.split("For example", 1)[1]


def test_check_counts_and_runs_nothing(run, file, tmp_path):
    code, out, err = run(file(), "--check")
    assert (code, err) == (0, "")
    assert out == "little: 4 runs of 2 configurations, nothing to object to\n"
    assert not (tmp_path / "out").exists()
    code, out, _ = run(file(), "--check", "--select", "Conv;3", "--backend", "torch")
    assert out.startswith("little: 2 runs of 1 configuration")


def test_every_problem_is_a_line(run, file):
    code, out, err = run(file(more='trian = "one"\ntask = "corect;parallel"'), "--check")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) >= 2
    assert all(line.startswith("xpde: ") for line in err.splitlines())


BAD = {
    "no file": (["nothing.toml"], "nothing.toml"),
    "an option of another engine": (["F", "--scheduler", "tcp://x:1"], "with --engine dask"),
    "no workers": (["F", "--workers", "0"], "--workers"),
    "no threads": (["F", "--threads", "0"], "--threads"),
    "a word without a value": (["F", "--engine", "slurm", "--slurm", "gpu"], "--slurm"),
    "selects nothing": (["F", "--select", "FNO"], "FNO"),
    "a folder with changes": (["D", "--updates", "3"], "--updates"),
    "a folder into another": (["D", "--out", "E"], "--out"),
    "a folder of something else": (["D"], "study.json"),
    "writes into something else": (["F", "--out", "D"], "study.json"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_a_line(case, run, file, tmp_path):
    words, text = BAD[case]
    (tmp_path / "D").mkdir()
    (tmp_path / "D" / "mine").touch()
    code, out, err = run(*(file() if word == "F" else word for word in words))
    assert code == 2, out
    assert text in err
    assert err.startswith("xpde: ")
    assert len(err.splitlines()) == 1


def test_runs_lists_and_goes_on(run, file, tmp_path):
    """One of the four blows up; the others do not mind; a folder is as good as its file."""
    source = file()
    code, out, err = run(source, "--select", "Conv;3", "--workers", "1")
    assert code == 0, err
    assert "2 done" in out
    folder = tmp_path / "out" / "studies" / "little"
    code, out, _ = run(folder, "--list")
    assert [line.split()[1] for line in out.splitlines()] == ["waiting"] * 2 + ["done"] * 2
    first = json.loads((folder / "study.json").read_text())["runs"][0]
    (folder / "runs" / first / "checkpoint.safetensors").write_bytes(b"no checkpoint")
    code, out, err = run(folder, "--workers", "1")
    assert code == 1
    assert "3 done, 1 failed" in out
    line = next(line for line in err.splitlines() if line.startswith("xpde: failed"))
    assert first in line
    assert "checkpoint.safetensors" in line
    (folder / "runs" / first / "checkpoint.safetensors").unlink()
    code, out, _ = run(source, "--only", "failed")
    assert (code, "4 done" in out) == (0, True)
    assert read_table(folder / "runs.parquet")["status"].tolist() == ["done"] * 4
    code, out, _ = run(source)
    assert (code, "0 to do" in out) == (0, True)


def test_an_interrupt_leaves_checkpoints_and_tables(run, file, tmp_path):
    """The signal, a request as Ctrl-C is, reaches the program alone; its worker is told by it."""
    source, folder = file(updates=500_000), tmp_path / "little"
    pid = os.getpid()
    import threading

    def strike():
        end = time.monotonic() + 60
        while time.monotonic() < end:
            reports = list(folder.glob("runs/*/progress.json"))
            if any('"training"' in path.read_text() for path in reports):
                break
            time.sleep(0.05)
        os.kill(pid, signal.SIGTERM)

    thread = threading.Thread(target=strike)
    thread.start()
    code, out, err = run(source, "--out", folder, "--workers", "1")
    thread.join()
    assert code == 130
    assert "run the same command again" in err
    assert "4 stopped" in out or ("stopped" in out and "waiting" in out)
    assert list(folder.glob("runs/*/checkpoint.safetensors"))
    assert len(read_table(folder / "runs.parquet")) == 4


TRAIN = ["train", "diff_adv", "--points", "16", "--net", "Conv;4;1;relu", "--updates", "60"]
FEW = ("train_samples=2", "train_horizon=4", "test_samples=2", "test_horizon=4")
TRAIN += [word for setting in FEW for word in ("--set", setting)]


def test_an_interrupted_train_goes_on(tmp_path, monkeypatch, capsys):
    """The same command again gives the bits of a training that was never interrupted."""
    from xpde.report import progress
    from xpde.train import load_weights

    monkeypatch.chdir(tmp_path)
    assert cli.main([*TRAIN, "--out", "whole"]) == 0
    original = progress._Lines.__call__

    def interrupted(self, label, done=0, total=0, note=""):
        original(self, label, done, total, note)
        if label == "training" and done >= 25:
            raise KeyboardInterrupt

    monkeypatch.setattr(progress._Lines, "__call__", interrupted)
    assert cli.main([*TRAIN, "--out", "parts"]) == 130
    monkeypatch.setattr(progress._Lines, "__call__", original)
    assert (tmp_path / "parts" / "checkpoint.safetensors").exists()
    other = [word if word != "60" else "61" for word in TRAIN]
    capsys.readouterr()
    assert cli.main([*other, "--out", "parts"]) == 2
    assert "got that of" in capsys.readouterr().err
    assert cli.main([*TRAIN, "--out", "parts"]) == 0
    first = capsys.readouterr().out
    for table in ("losses.parquet", "metrics.parquet"):
        parts, whole = (tmp_path / kind / table for kind in ("parts", "whole"))
        assert parts.read_bytes() == whole.read_bytes()
    weights = [
        load_weights(tmp_path / kind / "weights.safetensors")[0] for kind in ("parts", "whole")
    ]
    assert all((a[k] == b[k]).all() for a, b in zip(*weights, strict=True) for k in a)
    stamp = (tmp_path / "parts" / "weights.safetensors").stat().st_mtime_ns
    assert cli.main([*TRAIN, "--out", "parts"]) == 0  # finished: only shown again
    assert capsys.readouterr().out == first
    assert (tmp_path / "parts" / "weights.safetensors").stat().st_mtime_ns == stamp
    assert cli.main([*other, "--out", "parts"]) == 0  # and a finished one is written over
    assert json.loads((tmp_path / "parts" / "config.json").read_text())["updates"] == 61


def test_a_train_that_diverges_says_so(tmp_path, capsys):
    words = [*TRAIN, "--optim", "sgd;60;constant;1e30", "--out", str(tmp_path / "run")]
    assert cli.main(words) == 1
    assert "expected a finite loss" in capsys.readouterr().err
    assert (tmp_path / "run" / "losses.parquet").exists()
