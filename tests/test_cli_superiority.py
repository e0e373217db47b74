"""``xpde superiority theory``: what it writes and prints, how it warns and refuses."""

import numpy as np
import pytest

from xpde.study.store import read_table
from xpde.study.superiority import Combination
from xpde.study.superiority.figures import FIGURES, TEST_MODE, figure_table
from xpde.study.superiority.sweep import COLUMNS

THEORY = ("superiority", "theory")


def picture(path):
    """The size of a PNG file in pixels, from its header."""
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def test_help_has_an_example(run):
    code, out, err = run(*THEORY, "--help")
    assert (code, err) == (0, "")
    assert "xpde superiority theory advection" in out.split("For example", 1)[1]


def test_over_modes(run, tmp_path):
    words = ("advection", "--train", "implicit", "--test", "analytic", "--difficulty", "-0.3")
    code, out, err = run(*THEORY, *words)
    assert (code, err) == (0, "")
    folder = tmp_path / "out" / "superiority" / "advection"
    table = read_table(folder / "ratios.parquet")
    assert tuple(table.columns) == COLUMNS
    assert sorted(set(table["measure"])) == ["complex", "magnitude", "phase"]
    rows = table[table["measure"] == "magnitude"]
    pair = Combination("advection", "implicit", "implicit", difficulty=-0.3)
    expected = pair.ratio(rows["phi"].to_numpy(), 0.003)
    assert np.array_equal(rows["ratio"], expected.value)
    assert np.array_equal(rows["emulator_error"] / rows["baseline_error"], expected.value)
    assert picture(folder / "picture.png")[0] > 900
    # superior above the training mode, up to φ* = .2658 between two of the modes drawn
    line = next(line for line in out.splitlines() if "magnitude" in line)
    assert "0.003159 to 0.2554" in line


def test_over_steps(run, tmp_path):
    words = ("advection", "--train", "implicit", "--difficulty", "-0.3", "--over", "T")
    code, out, err = run(*THEORY, *words, "--steps", 1001, "--out", "t")
    assert (code, err) == (0, "")
    assert "steps T" in out
    table = read_table(tmp_path / "t" / "ratios.parquet")
    rows = table[table["measure"] == "magnitude"].set_index("step")
    assert set(rows["phi"]) == {TEST_MODE}
    assert rows.loc[1, "ratio"] == pytest.approx(0.5779, abs=6e-5)
    assert rows.loc[1001, "ratio"] == pytest.approx(0.675, abs=6e-4)


def test_a_map(run, tmp_path):
    words = ("diffusion", "--train", "analytic", "--baseline", "implicit", "--over", "map")
    assert run(*THEORY, *words, "--difficulty", "0.1,2", "--out", "m")[0] == 0
    table = read_table(tmp_path / "m" / "ratios.parquet")
    assert table["difficulty"].min() == 0.1
    assert table["difficulty"].max() == 2.0
    assert len(table) == 60 * 60
    assert picture(tmp_path / "m" / "picture.png")[1] > 300
    assert run(*THEORY, *words, "--out", "default")[0] == 0
    table = read_table(tmp_path / "default" / "ratios.parquet")
    assert (table["difficulty"].min(), table["difficulty"].max()) == pytest.approx((0.03, 1.8))


@pytest.mark.parametrize("number", FIGURES)
def test_figures(run, tmp_path, number):
    code, out, _ = run(*THEORY, "--figure", number, "--out", "f")
    assert code == 0
    assert out.startswith(f"figure {number}: ")
    name = "errors" if number in (2, 9) else "ratios"
    table = read_table(tmp_path / "f" / f"{name}.parquet")
    assert table.equals(figure_table(number))
    assert picture(tmp_path / "f" / "picture.png")[0] > 500


def test_formulas(run):
    pytest.importorskip("sympy")
    code, out, _ = run(*THEORY, "poisson", "--train", "jacobi-3", "--test", "fd2", "--latex")
    assert code == 0
    assert r"theta0: 1 - \cos^{q}{\left(2 \pi \psi \right)}" in out.splitlines()


def test_warnings_are_lines(run):
    words = ("advection", "--train", "explicit", "--baseline", "analytic", "--difficulty", "-1.5")
    code, out, err = run(*THEORY, *words)
    lines = err.splitlines()
    assert code == 0
    assert all(line.startswith("xpde: warning: ") for line in lines)
    assert "train explicit is unstable at difficulty -1.5" in lines[0]
    assert "blows up in a rollout" in lines[1]
    assert "magnitude is undefined at 100 of 100 points (phi 0.003 to 0.5)" in lines[2]
    assert len(lines) == 5
    assert "nowhere" in out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "expected EQUATION and --train SCHEME"),
        (("advection",), "expected EQUATION and --train SCHEME"),
        (("advektion", "--train", "implicit"), "did you mean advection"),
        (("advection", "--train", "implizit"), "did you mean implicit"),
        (("poisson", "--train", "jacobi"), "jacobi-Q with Q sweeps"),
        (("poisson", "--train", "fd2", "--over", "T"), "poisson, which has no steps"),
        (("poisson", "--train", "fd2", "--over", "map"), "an equation with a difficulty"),
        (("poisson", "--train", "fd2", "--difficulty", "1"), "expected none for poisson"),
        (("diffusion", "--train", "implicit", "--difficulty", "-1"), "a difficulty above 0"),
        (("diffusion", "--train", "implicit", "--psi", "x"), "psi: expected numbers"),
        (("diffusion", "--train", "implicit", "--psi", "0.7"), "psi: expected relative modes"),
        (("advection", "--train", "implicit", "--over", "T", "--steps", "1"), "at least 2"),
        (("advection", "--train", "implicit", "--over", "T", "--phi", "0.9"), "phi: expected"),
        (("advection", "--train", "implicit", "--over", "map", "--psi", "0.1,0.2"), "one mode"),
        (
            ("diffusion", "--train", "implicit", "--over", "map", "--difficulty", "1"),
            "two different",
        ),
        (("--figure", "5"), "figures 5, 6 and 13 are of trained emulators"),
        (("advection", "--figure", "3"), "equation: expected none with --figure, got advection"),
        (("--figure", "3", "--psi", "0.1"), "psi: expected none with --figure, got 0.1"),
        (("--figure", "3", "--latex"), "latex: expected none with --figure"),
        (("advection", "--train", "implicit", "--phi", "0.1"), "phi: expected none without --over"),
        (("advection", "--train", "implicit", "--steps", "9"), "steps: expected none without"),
    ],
)
def test_refusals(run, tmp_path, words, text):
    code, out, err = run(*THEORY, *words)
    assert (code, out) == (2, "")
    assert text in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way(run, tmp_path):
    (tmp_path / "here").touch()
    code, _, err = run(*THEORY, "--figure", 3, "--out", "here")
    assert code == 2
    assert "expected a folder, got the file 'here'" in err
