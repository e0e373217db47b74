"""The command ``score``: write the start, score a file, print, keep, refuse."""

import numpy as np
import pandas as pd
import pytest

SMALL = ["--points", 16, "--set", "test_samples=2", "--set", "test_horizon=12"]


@pytest.fixture
def start(run):
    """The test set's initial states, as the command wrote them."""
    code, out, err = run("score", "diff_adv", *SMALL, "--initial", "u0.npy")
    assert (code, out, err) == (0, "initial states (2, 1, 16): u0.npy\n", "")
    return np.load("u0.npy")


def repeated(start, steps, factor=1.0):
    return np.repeat(factor * start[:, None], steps, axis=1)


def test_help_has_examples(run):
    code, out, err = run("score", "--help")
    assert (code, err) == (0, "")
    assert "xpde score diff_burgers rollouts.npy" in out.split("For example", 1)[1]


def test_it_prints_and_keeps_the_scores(run, start, tmp_path):
    assert start.dtype == np.float32
    np.save("u.npy", repeated(start, 13))
    words = ["--set", "metrics=correlation,nRMSE", "--out", "mine"]
    code, out, err = run("score", "diff_adv", "u.npy", *SMALL, *words)
    assert (code, err) == (0, "")
    assert "13 frames, assumed to be the initial state and 12 predictions" in out
    assert all(word in out for word in ("step 1 ", "step 10", "step 12", "mean_correlation"))
    assert "geometric mean of mean_nRMSE over steps 1 to 12: " in out
    table = pd.read_parquet("mine/metrics.parquet")
    chosen = table[(table["metric"] == "mean_nRMSE") & (table["step"] == 10)]
    assert f"{chosen['value'].item():.4g}" in out
    figure = np.exp(np.log(table[table["metric"] == "mean_nRMSE"]["value"].to_numpy()).mean())
    assert f"over steps 1 to 12: {figure:.3g}" in out  # float32: the fourth digit may differ
    assert sorted(p.name for p in (tmp_path / "mine").iterdir()) == [
        "metrics.parquet",
        "samples.parquet",
    ]


def test_several_seeds_and_fewer_steps(run, start):
    np.save("u.npy", np.stack([repeated(start, 3, f) for f in (0.5, 1.5, 2.0)]))
    code, out, _ = run("score", "diff_adv", "u.npy", *SMALL)
    assert code == 0
    assert "3 of the 12 steps of the scenario are scored" in out
    assert all(word in out for word in ("of 3 seeds", "median", "lowest", "highest"))
    assert "median of seeds" in out


def test_nan_is_an_error_with_its_place(run, start):
    states = repeated(start, 12)
    states[1, 4:] = np.nan
    np.save("u.npy", states)
    code, out, err = run("score", "diff_adv", "u.npy", *SMALL)
    assert code == 1
    assert "nan" in out
    assert err.startswith("xpde: u.npy: expected finite predictions")
    assert "1 of 2 rollouts, first at step 5 (sample 1)" in err
    assert err.count("\n") == 1


BAD = {
    "nothing to do": ([], "got neither"),
    "missing file": (["nowhere.npy"], "expected a file at nowhere.npy"),
    "initial is a folder": (["--initial", "."], "--initial: expected a file"),
    "out is a file": (["u.npy", "--out", "u.npy"], "--out: expected a folder"),
    "shape": (["u.npy"], "expected shape (2, 12, 1, 16)"),
    "first": (["u.npy", "--first", "last"], "first"),
    "metric": (["u.npy", "--set", "metrics=nRMS"], "did you mean"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_writes_nothing(run, tmp_path, name):
    np.save("u.npy", np.zeros((2, 12, 1, 15)))
    words, hint = BAD[name]
    code, out, err = run("score", "diff_adv", *words, *SMALL)
    assert (code, out) == (2, "")
    assert err.startswith("xpde: ")
    assert err.count("\n") == 1
    assert hint in err
    assert [p.name for p in tmp_path.iterdir()] == ["u.npy"]
