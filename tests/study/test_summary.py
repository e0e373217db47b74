"""Means over time and quantiles over seeds: identities of the mathematics, and the edges."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from xpde.errors import InvalidInput
from xpde.study.runs import IDENTITY
from xpde.study.summary import (
    aggregate_gmean,
    candidate_columns,
    kwargs_of,
    quantiles,
    read_kwargs,
    relative_by_config,
    split_train,
    with_diverged,
)

EPS = np.finfo(np.float64).eps
KEYS = {
    "scenario": "diff_adv", "scenario_kwargs": "{}", "task": "predict", "net": "Conv;4;1;relu",
    "train": "one", "optim": "adam;9;constant;1e-3", "seed": 0, "backend": "numpy",
    "dtype": "float32",
}  # fmt: skip

ROUNDING = 1e-12  # a hundred logarithms of size 30, their mean and its exponential: 3000 eps


def curve(values, run="a", metric="mean_nRMSE", **keys):
    """A long table of one run."""
    row = {"run": run, **KEYS, **keys, "metric": metric}
    steps = np.arange(1, len(values) + 1)
    return pd.DataFrame({**row, "step": steps, "value": np.asarray(values, dtype=float)})


def gmean(*tables, **options):
    found = aggregate_gmean(pd.concat(tables, ignore_index=True), **options)
    return dict(zip(found["run"], found["gmean_mean_nRMSE"], strict=True))


positive = st.floats(1e-6, 1e6)


@given(first=positive, ratio=st.floats(0.8, 1.25), length=st.integers(1, 120))
def test_the_mean_of_a_geometric_sequence_is_its_middle(first, ratio, length):
    """(Π_t a r^{t-1})^{1/n} = a r^{(n-1)/2}, n = min(T, 100)."""
    n = min(length, 100)
    found = gmean(curve(first * ratio ** np.arange(length)))["a"]
    assert found == pytest.approx(first * ratio ** ((n - 1) / 2), rel=ROUNDING)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 5))
def test_each_run_has_scipys_mean_whatever_the_order_of_rows(seed, count):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 30, count)
    curves = {f"r{i}": np.exp(rng.normal(size=n)) for i, n in enumerate(lengths)}
    table = pd.concat([curve(v, run, seed=i) for i, (run, v) in enumerate(curves.items())])
    for rows in (
        table,
        table.sample(frac=1, random_state=int(seed)),
        table.astype({"run": "category"}),
    ):
        found = gmean(rows, up_to=10)
        assert found.keys() == curves.keys()
        for run, values in curves.items():
            assert found[run] == pytest.approx(stats.gmean(values[:10]), rel=ROUNDING)


@given(scale=positive)
def test_it_scales_with_the_error(scale):
    values = np.linspace(0.1, 2.0, 50)
    assert gmean(curve(scale * values))["a"] == pytest.approx(
        scale * gmean(curve(values))["a"], rel=ROUNDING
    )


EDGES = {
    "zero": ([1.0, 0.0, 2.0], 0.0),
    "infinite": ([1.0, math.inf], math.inf),
    "not a number": ([1.0, math.nan, 1.0], math.nan),
    "negative": ([1.0, -1.0], math.nan),
    "zero and infinite": ([0.0, math.inf], math.nan),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges_are_those_of_the_logarithm(name):
    values, expected = EDGES[name]
    found = gmean(curve(values), curve([2.0, 8.0], "b", seed=1))
    assert found["a"] == pytest.approx(expected, nan_ok=True)
    assert found["b"] == pytest.approx(4.0, rel=ROUNDING)  # and no neighbor is touched


def test_it_counts_the_steps_it_used():
    found = aggregate_gmean(pd.concat([curve(np.ones(150)), curve(np.ones(7), "b", seed=1)]))
    assert found["steps"].tolist() == [100, 7]
    assert list(found.columns) == [*IDENTITY, "gmean_mean_nRMSE", "steps"]


def test_the_last_step_is_inclusive_and_other_metrics_are_apart():
    table = pd.concat([curve([1.0, 4.0, 100.0]), curve([9.0, 9.0, 9.0], metric="mean_nMAE")])
    assert gmean(table, up_to=2)["a"] == pytest.approx(2.0, rel=ROUNDING)
    assert aggregate_gmean(table, "mean_nMAE")["gmean_mean_nMAE"].tolist() == pytest.approx([9.0])


def test_the_benchmarks_long_form_gives_the_same():
    table = curve(np.linspace(0.1, 1.0, 20))
    theirs = table.rename(columns={"step": "time_step", "value": "mean_nRMSE"})
    theirs = theirs[["seed", "scenario", "task", "net", "train", "scenario_kwargs", "time_step",
                     "mean_nRMSE"]]  # fmt: skip
    found = aggregate_gmean(theirs, up_to=10)
    assert found["gmean_mean_nRMSE"].tolist() == list(gmean(table, up_to=10).values())
    assert list(found.columns[:6]) == [
        "scenario",
        "scenario_kwargs",
        "task",
        "net",
        "train",
        "seed",
    ]


def test_what_has_no_mean_is_refused():
    table = pd.concat([curve([1.0, 2.0]), curve([3.0, 4.0], "b", seed=1)])
    for words, call in {
        "got step 1 again": lambda: aggregate_gmean(table, by=["net"]),
        "expected one of mean_nRMSE": lambda: aggregate_gmean(table, "mean_nMAE"),
        "up_to": lambda: aggregate_gmean(table, up_to=0),
        "expected a table": lambda: aggregate_gmean(table.drop(columns="metric")),
        "expected the column 'network'": lambda: aggregate_gmean(table, by=["run", "network"]),
    }.items():
        with pytest.raises(InvalidInput, match=words) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_no_rows_have_no_means():
    assert len(aggregate_gmean(curve([1.0]).iloc[:0])) == 0


TRAINS = {
    "one": ("one", "sup", 1),
    "sup;5": ("sup", "sup", 5),
    "sup;3;true": ("sup", "sup", 3),
    "div;4": ("div", "div", 4),
    "chain;6;2": ("chain", "div", 6),
    "mix;2;3": ("mix", "mix", 2),
    "residuum;3": ("residuum", "residuum", 3),
    "one;loss=nRMSE": ("one", "sup", 1),
    "sum;1;one|0.5;sup;5": ("sum", "sum", 5),
    "curriculum;0;one|500;(sum;1;one|1;div;3;push=7)": ("curriculum", "curriculum", 3),
}


@pytest.mark.parametrize("dtype", ["object", "category"])
def test_split_train(dtype):
    table = pd.DataFrame({"train": [*TRAINS, "one"], "x": 1}).astype({"train": dtype})
    table.index = table.index + 5
    found = split_train(table)
    columns = found[["category", "type", "rollout"]]
    assert [tuple(row) for row in columns.itertuples(index=False)] == [
        *TRAINS.values(), TRAINS["one"],
    ]  # fmt: skip
    assert found["rollout"].dtype == np.int64
    assert list(table.columns) == ["train", "x"]


def test_categories_that_no_row_has_any_more():
    """What is left of a table after a selection."""
    table = pd.DataFrame(
        {"train": ["sup;2", "one", "?"], "scenario_kwargs": ['{"a":1}', "{}", "?"]}
    )
    rest = table.astype("category").iloc[:2]
    assert split_train(rest)["rollout"].tolist() == [2, 1]
    assert read_kwargs(rest)["a"].isna().tolist() == [False, True]


def test_split_train_as_the_benchmark():
    """Its rule: the first token; sup for one and sup, else div; the second token, 1 for one."""
    table = split_train(pd.DataFrame({"train": ["one", "sup;1", "sup;10", "div;2;true"]}))
    for train, category, kind, rollout in table.itertuples(index=False):
        assert category == train.split(";")[0]
        assert kind == ("sup" if category in ("one", "sup") else "div")
        assert rollout == (1 if train == "one" else int(train.split(";")[1]))


def test_split_train_refuses_what_says_no_number():
    with pytest.raises(InvalidInput, match="expected one or sup;STEPS"):
        split_train(pd.DataFrame({"train": ["sup"]}))
    assert len(split_train(pd.DataFrame({"train": []}))) == 0


def means():
    """Three seeds, two trainings, two networks: 2^seed, three times that where unrolled."""
    rows = [
        {"run": f"{net}{train}{seed}", **KEYS, "net": net, "train": train, "seed": seed,
         "gmean_mean_nRMSE": 2.0**seed * (1 + 2 * (train != "one")) * (1 + (net == "b"))}
        for net in "ab" for train in ("one", "sup;5") for seed in range(3)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_relative_to_one_step_training_seed_by_seed():
    table = means()
    for rows in (table, table.sample(frac=1, random_state=0)):
        found = relative_by_config(rows)
        expected = np.where(rows["train"] == "one", 1.0, 3.0)
        np.testing.assert_array_equal(found["gmean_mean_nRMSE_rel"], expected)
        assert found.index.equals(rows.index)
    assert "gmean_mean_nRMSE_rel" not in table.columns


def test_relative_to_anything_else():
    by = ["net", "train"]
    found = relative_by_config(means(), query="seed == 1", by=by, suffix="_x")
    np.testing.assert_array_equal(found["gmean_mean_nRMSE_x"], 2.0 ** (found["seed"] - 1))


@pytest.mark.parametrize(("query", "count"), [("train == 'two'", 0), ("seed >= 0", 2)])
def test_relative_needs_exactly_one(query, count):
    with pytest.raises(InvalidInput, match=f"exactly one row with .* net=a, .*got {count}$"):
        relative_by_config(means(), query=query)


def test_settings_become_columns():
    texts = ['{"points":64,"mode":"x"}', "{'points': 32, 'extent': (1.0, 2.0)}", "{}"]
    table = pd.DataFrame({"scenario_kwargs": pd.Categorical([texts[i] for i in (0, 1, 2, 1)])})
    found = read_kwargs(table)
    assert found["points"].tolist()[:2] == [64, 32]
    assert found["points"].isna().tolist() == [False, False, True, False]
    assert found["extent"].tolist()[1] == (1.0, 2.0)
    assert found["mode"][0] == "x"


def test_settings_that_all_rows_have_keep_their_type():
    found = read_kwargs(pd.DataFrame({"scenario_kwargs": ['{"gamma":2}', '{"gamma":4}']}))
    assert found["gamma"].dtype == np.int64


@pytest.mark.parametrize("text", ["", "[1]", "{", "open('/x')", "dict(a=1)", "{'a': print(1)}"])
def test_a_text_that_is_no_dictionary_is_refused_not_run(text, capsys):
    with pytest.raises(InvalidInput, match="expected a dictionary"):
        kwargs_of(text)
    assert capsys.readouterr().out == ""


def test_a_setting_may_not_hide_a_column():
    with pytest.raises(InvalidInput, match="'seed'"):
        read_kwargs(pd.DataFrame({"seed": [0], "scenario_kwargs": ['{"seed":3}']}))


@given(
    seed=st.integers(0, 2**32 - 1),
    levels=st.lists(st.floats(0, 1), min_size=1, max_size=3, unique=True),
)
def test_quantiles_are_numpys(seed, levels):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"g": rng.choice(list("abc"), 40), "h": rng.integers(0, 2, 40)})
    table["x"] = rng.normal(size=40)
    found = quantiles(table, ["g", "h"], "x", *levels)
    for row in found.itertuples(index=False):
        values = table["x"][(table["g"] == row[0]) & (table["h"] == row[1])]
        expected = np.quantile(values, levels)
        # two products and a sum of numbers of size 4
        np.testing.assert_allclose(row[2:-1], expected, rtol=0, atol=16 * EPS)
        assert row[-1] == len(values)
    assert found["count"].sum() == 40


def test_quantiles_of_lost_runs():
    """NaN and infinity are the worst: a median stands as long as less than half are lost."""
    table = pd.DataFrame(
        {"g": ["a"] * 5 + ["b"] * 4, "x": [1, 2, 3, np.nan, np.inf, *[np.nan] * 3, 1]}
    )
    found = quantiles(table, ["g"], "x")
    assert list(found.columns) == ["g", "q25", "q50", "q75", "count"]
    assert found.iloc[0].tolist() == ["a", 2.0, 3.0, math.inf, 5]
    assert found.iloc[1].tolist() == ["b", math.inf, math.inf, math.inf, 4]
    other = quantiles(table, ["g"], "x", 0.0, lost=-1.0)
    assert other["q0"].tolist() == [-1.0, -1.0]


def test_quantiles_without_groups_and_of_bad_levels():
    table = pd.DataFrame({"value": [1.0, 3.0]})
    assert quantiles(table, [], "value", 0.5)["q50"].tolist() == [2.0]
    with pytest.raises(InvalidInput, match="levels"):
        quantiles(table, [], "value", 50.0)


def test_diverged_runs_become_rows_without_a_value():
    found = aggregate_gmean(curve([1.0, 4.0]).astype({"net": "category", "run": "category"}))
    runs = pd.DataFrame([{"run": n, **KEYS, "seed": i} for i, n in enumerate("abcd")])
    runs = runs.assign(status=["done", "diverged", "failed", "missing"]).astype({"seed": "Int64"})
    whole = with_diverged(found, runs)
    assert whole["run"].tolist() == ["a", "b"]
    assert whole["gmean_mean_nRMSE"].isna().tolist() == [False, True]
    assert whole["seed"].tolist() == [0, 1]
    assert with_diverged(whole, runs) is whole


def test_candidates_differ_in_what_varies_within_a_problem():
    table = means().assign(noise=0.0, patience=None)
    assert candidate_columns(table) == ["net", "train"]
    table["optim"] = np.where(table["seed"] > 0, "a", "b")
    table["noise"] = np.where(table["net"] == "a", 0.0, 0.1)
    assert candidate_columns(table) == ["net", "train", "optim", "noise"]
    other = means().assign(scenario="diff_ks", optim="another for this problem")
    assert candidate_columns(pd.concat([means(), other])) == ["net", "train"]
