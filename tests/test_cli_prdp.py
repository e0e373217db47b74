"""``xpde prdp``: what it writes and prints, how it goes on after a kill, how it refuses."""

import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from xpde.study.prdp import EXPERIMENTS
from xpde.study.prdp.summary import COLUMNS
from xpde.study.store import read_json, read_table

SIZE = ("points=8", "width=6", "samples=8", "batch=4")
HEAT = ("heat1d", "--small", "--dtype", "float64", *(w for s in SIZE for w in ("--set", s)))
TINY = (*HEAT, "--epochs", 12)


def finished(folder):
    return {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/done.json")}


def test_help_has_an_example_and_every_experiment(run):
    code, out, err = run("prdp", "--help")
    assert (code, err) == (0, "")
    assert "xpde prdp poisson --dtype float64" in out.split("For example", 1)[1]
    assert all(name in out for name in EXPERIMENTS)


def test_tables_pictures_and_files(run, tmp_path):
    code, out, err = run("prdp", *TINY, "--seeds", "0,1")
    assert code == 0
    assert "heat1d paper, seed 1 24/24 loss" in err
    folder = tmp_path / "out" / "prdp" / "heat1d-small-numpy"
    assert f"tables and pictures: {folder.relative_to(tmp_path)}" in out
    table = read_table(folder / "summary.parquet")
    assert tuple(table.columns) == COLUMNS
    assert table["contender"].tolist() == ["converged", "incomplete", "paper", "default"]
    row = table.set_index("contender").loc["paper"]
    for words in (f"{100 * row['total']:.1f}", f"{row['forward_iterations']:,.0f}"):
        assert words in out
    assert "nMSE_2" in out
    for name in ("course", "savings"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    settings = read_json(folder / "experiment.json")["settings"]
    assert (settings["epochs"], settings["points"], settings["samples"]) == (12, 8, 8)


def test_contenders_as_asked(run, tmp_path):
    words = ("--contender", "constant-2,prdp;start=3;lag=2", "--contender", "converged")
    code, out, _ = run("prdp", *TINY, "--seeds", 4, *words, "--match", 0.5, "--out", "here")
    assert code == 0
    table = read_table(tmp_path / "here" / "summary.parquet")
    assert table["contender"].tolist() == ["constant-2", "prdp;start=3;lag=2", "converged"]
    assert set(table["matched_error"]) == {0.5}
    assert set(read_table(tmp_path / "here" / "runs.parquet")["seed"]) == {4}
    assert "constant-2" in out


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_kill_loses_the_training_under_way(run, tmp_path):
    words = ["prdp", *HEAT, "--epochs", "60", "--seeds", "0,1", "--out", "killed"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    program = subprocess.Popen(
        [sys.executable, "-m", "xpde", *words], cwd=tmp_path, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    folder, end = tmp_path / "killed", time.monotonic() + 120
    while not finished(folder) and program.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    program.kill()
    program.wait()
    before = finished(folder)
    assert before
    code, _, err = run(*words)
    assert code == 0
    assert err.count("done before") >= len(before)
    after = finished(folder)
    assert {path: after[path] for path in before} == before
    assert run(*[w.replace("killed", "whole") for w in words])[0] == 0
    one, two = (read_table(tmp_path / n / "epochs.parquet") for n in ("killed", "whole"))
    pd.testing.assert_frame_equal(
        one.drop(columns="seconds"), two.drop(columns="seconds"), check_exact=True
    )


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_what_diverged_is_said(run):
    words = ("--set", "rate=1e200", "--contender", "paper", "--seeds", 0)
    code, out, err = run("prdp", *TINY, *words)
    assert code == 0
    assert err.splitlines()[-1] == "xpde: warning: paper, seed 0 diverged"
    assert "1, 1 diverged" in out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("heat1",), "unknown experiment 'heat1': did you mean heat1d"),
        (("heat1d", "--contender", "papr"), "did you mean paper"),
        (("heat1d", "--contender", "prdp;strat=3"), "did you mean start"),
        (("heat1d", "--contender", "residual"), "unknown contender 'residual'"),
        (("heat1d", "--set", "point=3"), "unknown field of heat1d 'point': did you mean points"),
        (("heat1d", "--set", "points"), "--set: expected NAME=VALUE, got 'points'"),
        (("heat1d", "--set", "points=x"), "expected points as a whole number of 1 or more"),
        (("heat1d", "--epochs", "0"), "expected epochs as a whole number of 1 or more, got 0"),
        (("heat1d", "--seeds", "0,x"), "--seeds: expected integers with commas as in 0,1,2"),
        (("heat1d", "--seeds", ""), "--seeds: expected integers with commas"),
        (("heat1d", "--match", "0"), "an error above 0 to match, got 0"),
        (("heat1d", "--backend", "nump"), "unknown backend 'nump': did you mean numpy"),
        (("heat1d", "--dtype", "float16"), "float16"),
        (("navier_stokes", "--adjoint", "one-step"), "a diagonal without zeros"),
        (("poisson", "--set", "method=jacoby"), "did you mean jacobi"),
    ],
)
def test_refusals(run, tmp_path, words, text):
    code, out, err = run("prdp", *words)
    assert (code, out) == (2, "")
    assert text in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way(run, tmp_path):
    (tmp_path / "here").touch()
    code, _, err = run("prdp", "heat1d", "--out", "here")
    assert code == 2
    assert "expected a folder, got the file 'here'" in err
