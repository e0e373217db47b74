"""``xpde superiority run``: tables, pictures, warnings, refusals."""

import pytest

from xpde.study.store import read_table
from xpde.study.superiority.comparison import COLUMNS

RUN = ("superiority", "run")


def picture(path):
    """Whether a file is a PNG with something in it."""
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5_000


def test_help_has_an_example(run):
    code, out, err = run(*RUN, "--help")
    assert (code, err) == (0, "")
    assert "xpde superiority run advection" in out.split("For example", 1)[1]


def test_a_table_of_advection(run, tmp_path):
    words = ("advection", "--table", "t1", "--row", "ind;1;true", "--updates", 20)
    code, out, _ = run(*RUN, *words)
    assert code == 0
    folder = tmp_path / "out" / "superiority" / "run-numpy"
    table = read_table(folder / "T1" / "curves.parquet")
    assert set(COLUMNS) <= set(table.columns)
    row = table.iloc[0]
    assert (row["updates"], row["batch"], row["seeds"], row["whole"]) == (20, 32, 1, False)
    line = next(line for line in out.splitlines() if "ind;1;true" in line)
    assert f"{row['ratio']:.3f} (0.568)" in line
    # both errors, and a star for the smaller budget
    assert f"{row['numerator']:.2g}/{row['denominator']:.2g}" in out
    assert "1 × 20 × 32*" in out
    assert picture(folder / "T1" / "ratios.png")
    # a second call trains nothing
    stamps = {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/done.json")}
    assert run(*RUN, *words)[0] == 0
    assert stamps == {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/done.json")}


def test_named_seeds(run, tmp_path):
    words = ("advection", "--table", "T1", "--row", "ind;1;true", "--updates", 2, "--out", "s")
    code, out, _ = run(*RUN, *words, "--seed", "init=4,5", "--seed", "shuffle=7", "--paper")
    assert code == 0
    runs = read_table(tmp_path / "s" / "T1" / "runs.parquet")
    seeds = runs[["seed_init", "seed_train", "seed_test", "seed_shuffle"]]
    assert seeds.to_numpy().tolist() == [[4, 1, 2, 7], [5, 1, 2, 7]]
    assert "2 × 2 × 32*" in out


def test_networks_on_burgers(run, tmp_path):
    words = (
        "--table",
        "T5",
        "--row",
        "FNO;12;18;4;gelu",
        "--updates",
        2,
        "--seeds",
        1,
        "--out",
        "b",
    )
    code, out, err = run(*RUN, "burgers", *words)
    assert code == 0
    table = read_table(tmp_path / "b" / "T5" / "curves.parquet")
    assert list(table["step"]) == list(range(1, 11))
    assert picture(tmp_path / "b" / "T5" / "ratios.png")
    assert picture(tmp_path / "b" / "T5" / "fields-FNO.png")
    assert "(0.999)" in out
    # two updates teach nothing, and that is said
    assert "warning: FNO;12;18;4;gelu: differs from its teacher by" in err


def test_rows_are_looked_for_in_all_tables(run, tmp_path):
    words = ("--row", "1 Picard", "--updates", 1, "--seeds", 1, "--out", "b", "--batch", 1)
    code, out, _ = run(*RUN, "burgers", *words, "--table", "T4,T5")
    assert code == 0
    assert "T4:" in out
    assert "T5:" not in out
    assert not (tmp_path / "b" / "T5").exists()


def test_picard_analysis(run, tmp_path):
    code, out, _ = run(*RUN, "burgers", "--table", "F13", "--out", "p", "--dtype", "float64")
    assert code == 0
    table = read_table(tmp_path / "p" / "F13" / "picard.parquet")
    assert len(table) == 40
    assert picture(tmp_path / "p" / "F13" / "picard.png")
    assert f"{table['iterations'].iloc[0]:.0f} solves to convergence in the first step" in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("burgers", "--table", "T1"), "expected one of T5, T4, F13 for burgers, got 'T1'"),
        (("advection", "--small", "--paper"), "expected --small or --paper, got both"),
        (("advection", "--seeds", 0), "seeds: expected 1 or more, got 0"),
        (("advection", "--table", "T2", "--row", "Conv;34;9;relu"), "did you mean Conv;34;0;relu"),
        (("advection", "--table", "T2,T3", "--row", "x"), "--row: expected rows of T2, T3, got x"),
        (("advection", "--seed", "weights=1"), "unknown seed 'weights'"),
        (("advection", "--seed", "init=a"), "expected init=INTEGER,INTEGER"),
        (("heat",), "heat"),
    ],
)
def test_refusals(run, words, expected):
    code, _, err = run(*RUN, *words)
    assert code == 2
    assert expected in err
