"""The benchmark's wide form: there, back, and melted as the benchmark melts it."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.study.runs import IDENTITY
from xpde.study.store import write_json
from xpde.study.summary import aggregate_gmean
from xpde.study.tables import collect
from xpde.study.wide import melt, read_wide, to_wide, write_wide

sys.path.insert(0, str(Path(__file__).parent))
from made_study import runs, write_run, write_study

KEYS = ["scenario", "task", "train", "net", "seed", "scenario_kwargs"]
MELTED = ["seed", "scenario", "task", "net", "train", "scenario_kwargs"]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Two networks, two trainings, two seeds, settings of the scenario, one diverged run."""
    folder = tmp_path_factory.mktemp("wide")
    made = runs(trains=("one", "sup;3"), overrides={"points": 40, "advection_gamma": 2.5})
    for run in made[:-1]:
        write_run(folder, run, steps=12, updates=4)
    write_run(folder, made[-1], "diverged", updates=2)
    write_json(folder / "study.json", {"name": "x", "runs": [run.name for run in made]})
    return collect(folder)


def sorted_rows(table, keys):
    texts = {c: "str" for c in table.columns if isinstance(table[c].dtype, pd.CategoricalDtype)}
    return table.astype(texts).sort_values(keys, ignore_index=True)


def test_a_row_per_seed_a_column_per_step_and_update(tables):
    wide = to_wide(tables)
    metrics = [f"mean_nRMSE_{t:04d}" for t in range(1, 13)]
    losses = [f"train_loss_{u:06d}" for u in range(4)]
    assert list(wide.columns) == [*KEYS, *metrics, *losses]
    assert len(wide) == 8
    assert wide["seed"].tolist() == [0, 1] * 4
    assert set(wide["scenario_kwargs"]) == {"{'advection_gamma': 2.5, 'num_points': 40}"}
    assert wide[metrics].isna().all(axis=1).tolist() == [False] * 7 + [True]
    for row, run in zip(wide.to_dict("records"), tables.runs["run"], strict=True):
        own = tables.metrics[tables.metrics["run"] == run]
        for step, value in zip(own["step"], own["value"], strict=True):
            assert row[f"mean_nRMSE_{step:04d}"] == value
        own = tables.losses[tables.losses["run"] == run]
        assert [row[name] for name in losses[: len(own)]] == own["loss"].tolist()


def test_there_and_back(tables, tmp_path):
    """Every number has its bits; what the form does not hold is empty."""
    write_wide(tmp_path / "w.csv", tables)
    again = read_wide(tmp_path / "w.csv")
    pd.testing.assert_frame_equal(to_wide(again), to_wide(tables), check_dtype=False)
    keys = ["scenario", "task", "net", "train", "seed", "scenario_kwargs"]
    for kind, columns in (("metrics", ["metric", "step"]), ("losses", ["update"])):
        value = ["loss"] if kind == "losses" else ["value"]
        names = [*keys, *columns, *value]
        one, other = getattr(tables, kind)[names], getattr(again, kind)[names]
        pd.testing.assert_frame_equal(
            sorted_rows(one, names), sorted_rows(other, names), check_dtype=False
        )
    assert again.runs["status"].tolist() == tables.runs["status"].tolist()
    assert again.runs["run"].is_unique
    assert set(again.runs["backend"]) == {""}
    assert list(again.metrics.columns) == list(tables.metrics.columns)
    assert list(again.losses.columns) == list(tables.losses.columns)
    assert list(again.runs.columns) == list(tables.runs.columns)
    assert list(again.samples.columns) == list(tables.samples.columns)


NUMBER = st.floats() | st.sampled_from([np.nan, np.inf, -np.inf, 5e-324, 0.1, -0.0])


@given(curves=st.lists(st.lists(NUMBER, min_size=1, max_size=6), min_size=1, max_size=4))
def test_any_number_and_any_length_survive(tables, tmp_path_factory, curves):
    """NaN is a number of the rollout, the steps of a longer one are not there."""
    row = tables.runs[list(IDENTITY)].iloc[0].to_dict()
    parts = [
        pd.DataFrame(
            {**row, "run": f"r{i}", "scenario": f"s{len(c)}", "seed": i, "metric": "mean_nRMSE",
             "step": np.arange(1, len(c) + 1), "value": c}
        )
        for i, c in enumerate(curves)
    ]  # fmt: skip
    metrics = pd.concat(parts, ignore_index=True)
    about = metrics.groupby("run", as_index=False).first()
    about = about.assign(status="done").astype({"seed": "Int64"})
    path = tmp_path_factory.mktemp("any") / "w.csv"
    write_wide(path, replace(tables, runs=about, metrics=metrics, losses=tables.losses.iloc[:0]))
    found = read_wide(path).metrics.sort_values(["seed", "step"], ignore_index=True)
    assert found["seed"].tolist() == metrics["seed"].tolist()
    assert found["step"].tolist() == metrics["step"].tolist()
    np.testing.assert_array_equal(found["value"], metrics["value"])


def test_runs_that_differ_in_more_than_the_form_has_stay_apart(tmp_path):
    made = runs(seeds=1)[:1]
    made += [replace(made[0], dtype="float64"), replace(made[0], noise=0.1)]
    tables = collect(write_study(tmp_path, made))
    wide = to_wide(tables)
    assert not wide.duplicated(MELTED).any()
    assert wide["scenario_kwargs"][1] == f"{{'dtype': 'float64', 'run': '{made[1].name}'}}"
    write_wide(tmp_path / "w.csv", tables)
    again = read_wide(tmp_path / "w.csv")
    assert again.runs["dtype"].tolist() == ["float32", "float64", "float32"]
    assert again.runs["run"].tolist() == [run.name for run in made]
    assert set(again.runs["scenario_kwargs"]) == {"{}"}


def test_an_optimizer_is_named_as_the_benchmark_names_it(tmp_path):
    made = [replace(runs(seeds=1)[0], optimizer=f"adam;9;constant;{rate}") for rate in (0.1, 0.2)]
    tables = collect(write_study(tmp_path, made))
    kwargs = to_wide(tables)["scenario_kwargs"].tolist()
    assert kwargs == [f"{{'optim_config': '{run.optimizer}'}}" for run in made]
    write_wide(tmp_path / "w.csv", tables)
    assert read_wide(tmp_path / "w.csv").runs["optim"].tolist() == [r.optimizer for r in made]


def test_unfinished_and_failed_runs_have_no_row(tmp_path):
    made = runs(seeds=3)
    for run, status in zip(made, ("done", "failed", "missing"), strict=False):
        write_run(tmp_path, run, status)
    write_json(tmp_path / "study.json", {"name": "x", "runs": [run.name for run in made]})
    wide = to_wide(collect(tmp_path))
    assert wide["seed"].tolist() == [0]


def test_nothing_to_write(tmp_path):
    write_json(tmp_path / "study.json", {"name": "x", "runs": []})
    tables = collect(tmp_path)
    write_wide(tmp_path / "w.csv", tables)
    assert len(read_wide(tmp_path / "w.csv").runs) == 0
    assert list(to_wide(tables).columns) == KEYS


def theirs(wide, quantity, index):
    """The benchmark's melt: pandas' own from wide to long, with an underscore before numbers."""
    long = pd.wide_to_long(wide, stubnames=quantity, i=MELTED, j=index, sep="_")
    return long[quantity].reset_index()


@pytest.mark.parametrize(
    ("quantity", "index"),
    [
        ("mean_nRMSE", "time_step"),
        ("mean_fourier_nRMSE;0;5", "time_step"),
        (["mean_nRMSE", "mean_fourier_nRMSE;0;5"], "time_step"),
        ("train_loss", "update_step"),
        ("sample_rollout", "sample_index"),
    ],
)
def test_melting_is_the_benchmarks(tables, quantity, index):
    wide = to_wide(tables)
    numbers = wide.filter(regex="mean_nRMSE").rename(
        columns=lambda name: name.replace("mean_nRMSE", "mean_fourier_nRMSE;0;5")
    )
    samples = pd.DataFrame(
        {f"sample_rollout_{i:03d}": [str([i, s]) for s in range(8)] for i in (0, 1)}
    )
    wide = pd.concat([wide, 2 * numbers, samples], axis=1)
    ours = melt(wide, quantity)
    names = [quantity] if isinstance(quantity, str) else quantity
    expected = theirs(wide, names, index)
    assert list(ours.columns) == list(expected.columns)
    order = [*MELTED, index]
    pd.testing.assert_frame_equal(
        sorted_rows(ours, order), sorted_rows(expected, order), check_dtype=False
    )


def test_means_of_melted_and_long_tables_agree(tables):
    long = aggregate_gmean(tables.metrics, up_to=10)
    wide = aggregate_gmean(melt(to_wide(tables)), up_to=10)
    wide = wide[wide["gmean_mean_nRMSE"].notna()]  # the diverged run
    np.testing.assert_allclose(
        np.sort(wide["gmean_mean_nRMSE"]), np.sort(long["gmean_mean_nRMSE"]), rtol=1e-14
    )


def test_what_cannot_be_melted_is_refused(tables):
    wide = to_wide(tables)
    for words, call in {
        "'task'": lambda: melt(wide.drop(columns="task")),
        "mean_nMAE_NUMBER, got mean_nRMSE, train_loss": lambda: melt(wide, "mean_nMAE"),
        "numbers of mean_nRMSE": lambda: melt(wide, ["mean_nRMSE", "train_loss"]),
        "two do not": lambda: melt(pd.concat([wide, wide])),
    }.items():
        with pytest.raises(InvalidInput, match=words):
            call()


def benchmarks_file(path, **changes):
    """A file as the benchmark writes it: an index, kwargs of Python, dictionaries, rollouts."""
    frame = pd.DataFrame(
        {
            "scenario": "2d_diff_adv",
            "task": "predict",
            "train": "one",
            "net": "Conv;34;10;relu",
            "seed": [0, 1],
            "scenario_kwargs": "{'num_spatial_dims': 2, 'domain_extent': 2.0, 'g': (0.0, 1.0)}",
            "mean_nRMSE_0001": [0.1, 0.2],
            "mean_nRMSE_0002": [0.3, np.inf],
            "mean_nRMSE_0003": [0.5, np.nan],
            "train_loss_000000": [1.0, 2.0],
            "train_loss_000100": [0.5, 0.25],
            "aux_000000": "{}",
            "sample_rollout_000": "[[[0.1, 0.2], [0.3, 0.4]]]",
        }
    )
    frame.assign(**changes).to_csv(path)
    return path


def test_reading_the_benchmarks_own_files(tmp_path):
    found = read_wide(benchmarks_file(tmp_path / "theirs.csv"))
    assert found.runs["scenario_kwargs"].tolist() == ['{"dims":2,"extent":2.0,"g":[0.0,1.0]}'] * 2
    assert found.metrics["step"].tolist() == [1, 2, 3, 1, 2, 3]
    # the blown-up rollout keeps its step without a number
    np.testing.assert_array_equal(found.metrics["value"], [0.1, 0.3, 0.5, 0.2, np.inf, np.nan])
    assert found.losses["update"].tolist() == [0, 100, 0, 100]
    assert found.losses["loss"].tolist() == [1.0, 0.5, 2.0, 0.25]
    assert set(found.metrics["metric"]) == {"mean_nRMSE"}


BAD_FILES = {
    "a call": ({"scenario_kwargs": "__import__('os').getcwd()"}, "expected a dictionary"),
    "a set": ({"scenario_kwargs": "{'a': {1, 2}}"}, "scenario_kwargs"),
    "text for a number": ({"mean_nRMSE_0001": "much"}, "expected a wide table"),
    "one seed twice": ({"seed": 0}, "line 3 again"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_in_one_line(tmp_path, name):
    changes, words = BAD_FILES[name]
    path = benchmarks_file(tmp_path / "bad.csv", **changes)
    with pytest.raises(InvalidInput, match=words) as caught:
        read_wide(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"", b"a,b\n1,2\n", bytes(range(128, 256))])
def test_a_file_of_something_else_is_named(tmp_path, content):
    path = tmp_path / "other.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match=re.escape(str(path))):
        read_wide(path)
