"""Collecting a study: every number with its run, and no file that can lose the others."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.study.runs import IDENTITY
from xpde.study.store import read_table, write_json, write_table
from xpde.study.tables import collect, write_tables

sys.path.insert(0, str(Path(__file__).parent))
from made_study import frames, runs, write_run, write_study

LONG = ("metrics", "losses", "samples", "spectra")


def rows_of(table, name):
    return table[table["run"] == name].reset_index(drop=True)


def assert_same(one, other):
    """Equal values in equal columns; categories may differ."""
    texts = {c: "str" for c in one.columns if isinstance(one[c].dtype, pd.CategoricalDtype)}
    pd.testing.assert_frame_equal(one.astype(texts), other.astype(texts), check_dtype=False)


def test_every_number_keeps_its_run(tmp_path):
    made = runs(seeds=3, scenarios=("diff_adv", "diff_burgers"))
    made[2:4] = runs(seeds=2, overrides={"points": 40, "advection_gamma": 2.5})[:2]
    lengths = [3 + i for i in range(len(made))]
    for run, length in zip(made, lengths, strict=True):
        write_run(tmp_path, run, steps=length, updates=length + 1)
    write_json(tmp_path / "study.json", {"name": "x", "runs": [run.name for run in made]})
    found = collect(tmp_path)
    assert found.runs["run"].tolist() == [run.name for run in made]
    assert set(found.runs["status"]) == {"done"}
    assert found.warnings == []
    for run, length in zip(made, lengths, strict=True):
        written = frames(run, steps=length, updates=length + 1)
        for kind in LONG:
            table = getattr(found, kind)
            assert tuple(table.columns[: len(IDENTITY)]) == IDENTITY
            own = rows_of(table, run.name)
            assert own[list(IDENTITY)].drop_duplicates().iloc[0].to_dict() == run.row()
            assert_same(own.drop(columns=list(IDENTITY)), written[kind])


def test_figures_of_a_run(tmp_path):
    made = runs(seeds=2)[:2]
    found = collect(write_study(tmp_path, made)).runs
    assert found["updates"].tolist() == [3, 3]
    assert found["parameters"].tolist() == [41, 41]
    assert found["total_s"].tolist() == [2.5, 2.5]
    assert found["receptive_field"].tolist() == [np.inf, 1.0]  # null is infinite
    assert found["noise"].tolist() == [0.0, 0.0]


def test_statuses(tmp_path):
    made = runs(seeds=3)
    kinds = ["done", "diverged", "failed", "missing", "done"]
    for run, status in zip(made, kinds, strict=False):
        write_run(tmp_path, run, status)
    # a success after a failure, and a table of an earlier, unfinished try
    (tmp_path / "runs" / made[0].name / "failed.json").write_text("{}")
    write_table(tmp_path / "runs" / made[3].name / "losses.parquet", frames(made[3])["losses"])
    write_json(tmp_path / "study.json", {"name": "x", "runs": [run.name for run in made]})
    found = collect(tmp_path)
    assert found.runs["status"].tolist() == [*kinds, "missing"]
    assert found.runs["reason"].tolist() == ["", "at update 7", "boom", "", "", ""]
    assert found.warnings == []
    assert found.runs["scenario"].isna().tolist() == [False] * 5 + [True]  # not begun
    assert set(found.metrics["run"]) == {made[0].name, made[4].name}
    assert set(found.losses["run"]) == {made[i].name for i in (0, 1, 4)}


def test_a_diverged_run_may_have_metrics(tmp_path):
    (run,) = runs(seeds=1)[:1]
    write_run(tmp_path, run, "diverged", kinds=("losses", "metrics"))
    write_json(tmp_path / "study.json", {"name": "x", "runs": [run.name]})
    found = collect(tmp_path)
    assert len(found.metrics) == 5
    assert found.warnings == []


def test_runs_of_another_study_are_left_out(tmp_path):
    made = runs(seeds=2)
    write_study(tmp_path, made)
    write_json(tmp_path / "study.json", {"name": "x", "runs": [made[1].name, made[1].name]})
    found = collect(tmp_path)
    assert found.runs["run"].tolist() == [made[1].name]
    assert set(found.samples["run"]) == {made[1].name}


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "other": lambda path: path.write_bytes(b"[1, 2"),
    "binary": lambda path: path.write_bytes(bytes(range(256))),
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "gone": lambda path: path.unlink(),
}
FILES = ("config.json", "done.json", *(f"{kind}.parquet" for kind in LONG))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished study that is only copied: its folder and its tables."""
    folder = write_study(tmp_path_factory.mktemp("whole") / "study", runs(seeds=1))
    return folder, collect(folder)


@pytest.fixture
def copied(whole, tmp_path):
    """A copy to damage, and the names of its runs."""
    folder = shutil.copytree(whole[0], tmp_path / "study")
    return folder, whole[1].runs["run"].tolist()


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", FILES)
def test_damage_is_named_and_loses_nothing_else(copied, whole, name, how):
    folder, (_, bad) = copied
    path = folder / "runs" / bad / name
    DAMAGE[how](path)
    before = path.read_bytes() if path.is_file() else None
    found = collect(folder)
    if (name, how) == ("done.json", "gone"):  # an unfinished run, no damage
        assert found.warnings == []
    else:
        (line,) = found.warnings
        assert bad in line
        assert str(path) in line
        assert "\n" not in line
    assert (path.read_bytes() if path.is_file() else None) == before
    assert found.runs["run"].tolist() == whole[1].runs["run"].tolist()
    for kind in LONG:
        there, all_of = getattr(found, kind), getattr(whole[1], kind)
        lost = name in ("config.json", "done.json", f"{kind}.parquet")
        expected = all_of[all_of["run"] != bad] if lost else all_of
        assert_same(there, expected.reset_index(drop=True))


@given(part=st.floats(0, 1, exclude_max=True))
def test_a_table_cut_anywhere_is_damaged(whole, part):
    folder, bad, good = whole[0], *whole[1].runs["run"]
    path = folder / "runs" / bad / "samples.parquet"
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    try:
        found = collect(folder)
    finally:
        path.write_bytes(content)
    assert len(found.warnings) == 1
    assert set(found.samples["run"]) == {good}
    assert set(found.metrics["run"]) == {good, bad}


WRONG = {
    "a column less": lambda t: t.drop(columns="value"),
    "text for numbers": lambda t: t.assign(value="much"),
    "steps between steps": lambda t: t.assign(step=t["step"] + 0.5),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_table_of_another_form_is_damaged(copied, how):
    folder, (bad, good) = copied
    path = folder / "runs" / bad / "metrics.parquet"
    write_table(path, WRONG[how](read_table(path)))
    found = collect(folder)
    assert str(path) in found.warnings[0]
    assert set(found.metrics["run"]) == {good}


@pytest.mark.parametrize(
    "done",
    [[], {}, {"status": "fine"}, {"status": "done", "updates": "many"}, {"status": ["done"]}],
)
def test_a_status_that_says_nothing_is_damaged(copied, done):
    folder, (bad, _) = copied
    write_json(folder / "runs" / bad / "done.json", done)
    found = collect(folder)
    assert found.runs["status"].tolist() == ["missing", "done"]
    assert "done.json" in found.warnings[0]
    assert "done.json" in found.runs["reason"][0]


def test_several_damaged_files_are_all_named(copied):
    folder, (bad, _) = copied
    for kind in ("metrics", "spectra"):
        (folder / "runs" / bad / f"{kind}.parquet").write_bytes(b"")
    (line,) = collect(folder).warnings
    assert "metrics.parquet" in line
    assert "spectra.parquet" in line


@pytest.mark.parametrize("content", [None, "", "[]", '{"runs": 3}', '{"runs": [1]}'])
def test_a_folder_without_a_study_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "study.json").write_text(content)
    with pytest.raises(InvalidInput, match=r"study\.json") as caught:
        collect(tmp_path)
    assert "\n" not in str(caught.value)


def test_no_runs_give_empty_tables(tmp_path):
    write_json(tmp_path / "study.json", {"name": "x", "runs": []})
    found = collect(tmp_path)
    write_tables(tmp_path, found)
    assert [len(getattr(found, kind)) for kind in ("runs", *LONG)] == [0] * 5
    assert found.metrics["value"].dtype == np.float64
    assert list(found.metrics.columns) == [*IDENTITY, "metric", "step", "value"]


def test_written_tables_read_back(whole, tmp_path):
    found = whole[1]
    write_tables(tmp_path, found)
    for kind in ("runs", *LONG):
        again = read_table(tmp_path / f"{kind}.parquet")
        pd.testing.assert_frame_equal(again, getattr(found, kind), check_dtype=False)
        texts = [name for name in IDENTITY if name != "seed"]
        assert kind == "runs" or all(again[name].dtype == "category" for name in texts)


def test_a_row_takes_few_bytes(tmp_path):
    """Nine categories of one byte, a seed, an update, two losses: 37 bytes, whatever the text."""
    found = collect(write_study(tmp_path, runs(seeds=2), updates=5000))
    assert len(found.losses) == 4 * 5000
    assert found.losses.memory_usage(deep=True).sum() / len(found.losses) < 40
