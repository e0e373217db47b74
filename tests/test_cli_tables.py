"""``xpde tables``: what it prints and writes, what it names, how it refuses."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xpde.study import read_wide
from xpde.study.store import read_table, write_json

sys.path.insert(0, str(Path(__file__).parent / "study"))
from made_study import runs, write_run, write_study


@pytest.fixture
def study(tmp_path):
    """Two networks on two problems, four seeds; Conv is twice as good, and once diverged."""
    made = runs(seeds=4) + runs(seeds=4, scenarios=("diff_burgers",), overrides={"points": 32})
    for made_run in made:
        luck = 1 + 0.2 * made_run.seed + 0.02 * (made_run.seed % 2) * (made_run.network[0] == "R")
        scale = (1.0 if made_run.network.startswith("Conv") else 2.0) * luck
        status = "diverged" if made_run is made[3] else "done"
        write_run(tmp_path / "s", made_run, status, errors=scale * np.ones(120))
    write_json(tmp_path / "s" / "study.json", {"name": "s", "runs": [r.name for r in made]})
    return tmp_path / "s"


def line_of(out, *words):
    """The last line that has all the words, with single spaces."""
    return [" ".join(n.split()) for n in out.splitlines() if all(w in n for w in words)][-1]


def test_help_has_an_example(run):
    code, out, err = run("tables", "--help")
    assert (code, err) == (0, "")
    assert "xpde tables" in out.split("For example", 1)[1]


def test_it_prints_means_and_writes_the_tables(run, study):
    code, out, err = run("tables", study)
    assert (code, err) == (0, "")
    assert line_of(out, "diverged", "update") == "diverged 1 at update 7"
    assert line_of(out, "done") == "done 15"
    assert "geometric mean over steps 1 to 100" in out
    # the diverged seed counts: the median of 1, 1.2, 1.4, ∞
    assert line_of(out.split("diff_burgers")[0], "Conv").endswith("one 4 1 1.30 1.15 inf")
    assert line_of(out, "Res").endswith("one 4 0 2.62 2.33 2.91")
    assert "Against the best" not in out
    assert max(map(len, out.splitlines())) <= 100
    for kind in ("runs", "metrics", "losses", "samples", "spectra"):
        assert len(read_table(study / f"{kind}.parquet")) > 0
    assert run("tables", study) == (code, out, err)


def test_significance(run, study):
    code, out, _ = run("tables", study, "--significance", "--no-gmean", "--up-to", 5)
    assert code == 0
    assert "geometric mean over" not in out
    assert line_of(out, "Conv").endswith("best")
    for part in out.split("diff_burgers")[:2]:
        words = line_of(part, "Res").split()
        assert words[-1] == "worse"
    first = line_of(out.split("diff_burgers")[0], "Res").split()
    assert first[2] == "3"  # pairs: the diverged seed has none
    assert max(map(len, out.splitlines())) <= 100


def test_wide(run, study):
    code, out, _ = run("tables", study, "--wide", "wide.csv")
    assert code == 0
    assert line_of(out, "wide table") == "wide table: wide.csv"
    found = read_wide(Path("wide.csv"))
    assert found.runs["status"].value_counts().to_dict() == {"done": 15, "diverged": 1}
    wide = pd.read_csv("wide.csv")
    assert list(wide.columns[:7]) == [
        "scenario", "task", "train", "net", "seed", "scenario_kwargs", "mean_nRMSE_0001",
    ]  # fmt: skip


def test_damage_is_a_warning_and_exit_code_1(run, study):
    name = read_names(study)[0]
    path = study / "runs" / name / "metrics.parquet"
    path.write_bytes(b"junk")
    code, out, err = run("tables", study)
    assert code == 1
    assert err.startswith("xpde: warning: run ")
    assert str(path) in err
    assert err.count("\n") == 1
    assert line_of(out.split("diff_burgers")[0], "Conv", "one").split()[-5] == "3"


def read_names(study):
    return pd.read_json(study / "study.json")["runs"].tolist()


def test_what_varies_beside_the_network_is_a_candidate(run, tmp_path):
    made = runs(seeds=3)[:3]
    made += [replace(r, noise=0.5) for r in made]
    write_study(tmp_path / "n", made)
    code, out, _ = run("tables", tmp_path / "n", "--significance")
    assert code == 0
    assert out.count("noise") == 2
    assert out.count("Conv;4;1;relu") == 4


def test_a_study_without_a_result(run, tmp_path):
    write_json(tmp_path / "e" / "study.json", {"name": "e", "runs": ["abc"]})
    code, out, err = run("tables", tmp_path / "e", "--significance", "--wide", "e.csv")
    assert (code, err) == (0, "")
    assert line_of(out, "missing") == "missing 1"


BAD = {
    "no study": (["."], "study.json"),
    "metric": (["s", "--metric", "mean_nMAE"], "expected one of mean_nRMSE"),
    "correlation": (["s", "--metric", "mean_correlation"], "the smaller the better"),
    "steps": (["s", "--up-to", "0"], "up_to"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line(run, study, name):
    words, hint = BAD[name]
    code, _, err = run("tables", *words)
    assert code == 2
    assert err.count("\n") == 1
    assert hint in err


def test_it_loads_no_framework(study):
    code = (
        "import io, sys, contextlib; from xpde.cli import main\n"
        f"with contextlib.redirect_stdout(io.StringIO()): code = main(['tables', {str(study)!r}])\n"
        "print(code, [m for m in ('jax', 'torch', 'cupy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 []"
