"""``xpde superiority check``: what it prints and writes, and how it refuses."""

import pytest

CHECK = ("superiority", "check", "--scenario", "diff_adv")
SMALL = (
    "--points", 16, "--set", "advection_gamma=-0.3", "--set", "train_samples=4", "--set",
    "train_horizon=1", "--set", "test_samples=3", "--set", "test_horizon=4", "--set", "batch=4",
    "--set", "initial=fourier;3;true;true", "--net", "Pure;3;identity", "--updates", 20,
)  # fmt: skip
TEACHER = """
def coarse(u, dt):
    return u - 0.3 * dt * (u - u[..., list(range(-1, u.shape[-1] - 1))])
"""


def test_help_has_examples(run):
    code, out, err = run("superiority", "check", "--help")
    assert (code, err) == (0, "")
    assert "xpde superiority check --scenario diff_burgers" in out.split("For example", 1)[1]
    assert "check" in run("superiority", "--help")[1]


def test_a_pair_of_a_file_and_a_word(run, tmp_path):
    (tmp_path / "a.py").write_text(TEACHER)
    words = ("--teacher", "a.py:coarse", "--judge", "etdrk", "--pictures", "p", "--seed", "0,1")
    code, out, err = run(*CHECK, *SMALL, *words)
    assert code == 0
    assert "Traceback" not in err
    assert "Pure;3;identity seed 1 20/20" in err
    assert "The judge is fine enough" in out
    folder = tmp_path / "out" / "superiority" / "check-diff_adv"
    assert f"page: {folder.relative_to(tmp_path)}/report.html" in out
    assert {p.name for p in folder.glob("*.parquet")} == {
        "errors.parquet", "judge.parquet", "modes.parquet", "parts.parquet", "ratios.parquet",
        "spectra.parquet",
    }  # fmt: skip
    assert (tmp_path / "p" / "ratio.png").read_bytes().startswith(b"\x89PNG")
    # the second time nothing is trained
    assert "seed" not in run(*CHECK, *SMALL, *words)[2]


def test_a_judge_that_cannot_judge_is_exit_code_one(run):
    words = ("--teacher", "fd;1;1", "--judge", "fd;1;1,substeps=2", "--out", "o")
    code, _, err = run(*CHECK, *SMALL, *words)
    assert code == 1
    assert "too coarse to judge" in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--teacher", "a.py:corse", "--judge", "etdrk"), "did you mean coarse?"),
        (("--teacher", "c.py:coarse", "--judge", "etdrk"), "'c.py', which does not exist"),
        (("--teacher", "a.py", "--judge", "etdrk"), "FILE:NAME, such as a.py:step"),
        (("--teacher", "fd;1;1", "--judge", "etdrc"), "unknown solver of diff_adv 'etdrc'"),
        (("--teacher", "etdrk", "--judge", "fd;1;1"), "expected a coarser solver than the judge"),
        (("--teacher", "fd;1;1", "--judge", "etdrk,points=32"), "give interpolation spectral"),
        (("--teacher", "fd;1;1", "--judge", "etdrk", "--seed", "a"), "numbers separated by commas"),
        (("--teacher", "fd;1;1", "--judge", "etdrk", "--solver", "etdrk"), "solver: expected none"),
        (("--teacher", "fd;1;1"), "--judge"),
    ],
)
def test_bad_input_is_one_line(run, tmp_path, words, text):
    (tmp_path / "a.py").write_text(TEACHER)
    code, out, err = run(*CHECK, *SMALL, *words)
    assert code == 2
    last = err.splitlines()[-1]
    assert last.startswith("xpde: ")
    assert text in last
    assert "Traceback" not in out + err


def test_an_unstable_teacher_is_one_line(run):
    words = ("--teacher", "fd;0;1", "--judge", "etdrk", "--set", "test_horizon=60")
    code, _, err = run(*CHECK, *SMALL, *words, "--set", "advection_gamma=-30")
    assert code == 2
    assert "teacher fd;0;1: expected a stable solver" in err.splitlines()[-1]
