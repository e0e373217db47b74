"""Campaigns: the same on every backend, resumed to the same, never twice, honest when they fail."""

import math

import pandas as pd
import pytest

from xpde.errors import InvalidInput
from xpde.study.lock import exclusive
from xpde.study.prdp import Campaign, Clock, Price, experiment
from xpde.study.store import read_json, read_table

TINY = experiment("heat1d", points=8, width=6, depth=1, epochs=14, samples=8, batch=4, rate=0.01)
NAMES = ("converged", "incomplete", "paper", "default")


def silent(*_):
    pass


def tiny(folder, name="numpy", **options):
    return Campaign(TINY.changed(**options.pop("changes", {})), folder, [0, 1], name, "float64",
                    contenders=NAMES, **options)  # fmt: skip


def plain(table):
    """A table without seconds."""
    timed = ("_s", "_s_std", "seconds", "time_saving")
    return table[[column for column in table if not column.endswith(timed)]]


def finished(folder):
    return {path.parent.name: path.stat().st_mtime_ns for path in folder.glob("runs/*/done.json")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A campaign without interruption, and where it is."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, tiny(folder).run(silent)


def test_tables_and_files(whole):
    folder, results = whole
    for kind in ("runs", "epochs", "summary"):
        pd.testing.assert_frame_equal(
            read_table(folder / f"{kind}.parquet"), getattr(results, kind), check_dtype=False
        )
    assert results.summary["contender"].tolist() == list(NAMES)
    assert len(results.runs) == 8
    assert results.epochs.groupby(["contender", "seed"]).size().eq(TINY.epochs + 1).all()
    written = read_json(folder / "experiment.json")
    assert written["parameters"] == 8 * 6 + 6 + 6 * 8 + 8 + 6 * 6 * 0
    assert written["settings"] == TINY.plain()
    assert written["provenance"]["dtype"] == "float64"
    (entry,) = [read_json(p) for p in folder.glob("runs/*/config.json")][:1]
    assert set(entry) == {"problem", "rule", "seed", "backend", "dtype"}


def test_the_paper_is_refined_and_incomplete_is_its_last_level(whole):
    runs = whole[1].runs
    last = runs[runs["contender"] == "paper"]["final_level"]
    assert last.min() > 1
    incomplete = runs[runs["contender"] == "incomplete"]["final_level"]
    assert set(incomplete) == {round(last.mean())}


def test_costs_add_up(whole):
    """Two updates an epoch, a solve and an adjoint solve in each."""
    _, results = whole
    for row in results.runs.to_dict("records"):
        own = results.epochs
        own = own[(own["contender"] == row["contender"]) & (own["seed"] == row["seed"])]
        assert row["level_sum"] == own["level"].sum()
        assert row["forward_iterations"] == row["adjoint_iterations"] == 2 * row["level_sum"]
        assert row["error"] == own["error"].iloc[-1] == own[TINY.monitored].iloc[-1]
        parts = row["solver_s"] + row["network_s"] + row["other_s"]
        assert math.isclose(parts, row["train_s"], rel_tol=1e-12)
        assert own["seconds"].is_monotonic_increasing


def test_decisions_are_those_of_every_backend(whole, bk, tmp_path):
    """Levels and reasons to the letter; errors to rounding that 28 updates of Adam enlarge."""
    found = Campaign(TINY, tmp_path, [0], bk.name, "float64", contenders=("paper", "default"))
    epochs = found.run(silent).epochs
    expected = whole[1].epochs
    expected = expected[(expected["seed"] == 0) & expected["contender"].isin(["paper", "default"])]
    expected = expected.reset_index(drop=True)
    for column in ("contender", "epoch", "level", "why"):
        assert epochs[column].tolist() == expected[column].tolist()
    assert epochs["error"].tolist() == pytest.approx(expected["error"].tolist(), rel=1e-9)


@pytest.mark.parametrize("after", [1, 40, 110])
def test_an_interruption_loses_the_training_under_way(whole, tmp_path, after):
    calls = 0

    def interrupting(*_):
        nonlocal calls
        calls += 1
        if calls == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tiny(tmp_path).run(interrupting)
    before = finished(tmp_path)
    results = tiny(tmp_path).run(silent)
    after_all = finished(tmp_path)
    assert {name: after_all[name] for name in before} == before
    assert len(after_all) == len(finished(whole[0]))
    for kind in ("runs", "epochs", "summary"):
        pd.testing.assert_frame_equal(
            plain(getattr(results, kind)), plain(getattr(whole[1], kind)), check_exact=True
        )


def test_what_is_finished_is_only_read(whole):
    folder, results = whole
    before, seen = finished(folder), []
    again = tiny(folder).run(lambda *words: seen.append(words))
    assert finished(folder) == before
    assert {words[-1] for words in seen} == {"done before"}
    pd.testing.assert_frame_equal(again.summary, results.summary, check_dtype=False)


def test_other_settings_are_other_runs(whole, tmp_path):
    campaign = Campaign(TINY, tmp_path, [0], "numpy", "float64", contenders=("constant-1",))
    campaign.run(silent)
    other = Campaign(
        TINY.changed(rate=0.02), tmp_path, [0], "numpy", "float64", contenders=("constant-1",)
    )
    other.run(silent)
    assert len(finished(tmp_path)) == 2
    assert read_json(tmp_path / "experiment.json")["settings"]["rate"] == 0.02
    campaign.run(silent)
    assert read_json(tmp_path / "experiment.json")["settings"]["rate"] == 0.01
    assert len(finished(tmp_path)) == 2
    Campaign(TINY, tmp_path, [0], "numpy", "float32", contenders=("constant-1",)).run(silent)
    assert read_json(tmp_path / "experiment.json")["provenance"]["dtype"] == "float32"
    assert len(finished(tmp_path)) == 3


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_a_training_that_diverges(tmp_path):
    """Adam at a rate of 1e200 leaves the numbers at once."""
    problem = TINY.changed(rate=1e200, epochs=3)
    results = Campaign(
        problem, tmp_path, [0], "numpy", "float64", contenders=("converged", "incomplete")
    ).run(silent)
    assert set(results.runs["status"]) == {"diverged"}
    assert results.runs["error"].tolist() == [math.inf] * 3
    assert results.summary["diverged"].tolist() == [1, 1, 1]
    done = next(tmp_path.glob("runs/*/done.json"))
    assert read_json(done)["figures"]["error"] is None


def test_refusals(tmp_path):
    with pytest.raises(InvalidInput, match="at least one seed"):
        Campaign(TINY, tmp_path, [], "numpy")
    with pytest.raises(InvalidInput, match="an error above 0 to match, got -1"):
        Campaign(TINY, tmp_path, [0], "numpy", match=-1.0)
    with pytest.raises(InvalidInput, match="did you mean paper"):
        Campaign(TINY, tmp_path, [0], "numpy", contenders=("pepar",))
    with exclusive(tmp_path / "lock"), pytest.raises(InvalidInput, match="in use now"):
        tiny(tmp_path).run(silent)
    assert list(tmp_path.iterdir()) == [tmp_path / "lock"]


def test_seconds_of_the_solver(backends):
    """Two updates an epoch; a solve that is differentiated costs forward and back together."""
    bk = backends["numpy"]
    clock = Clock(bk, TINY, TINY.setup(bk))
    clock.prices = {1: Price(1.0, 3.0), 2: Price(2.0, 5.0)}
    assert clock.solver_seconds([1, 1, 2]) == 2 * (3 + 3 + 5)
    assert clock.solver_seconds([]) == 0
    free = TINY.changed(adjoint="one-step")
    clock = Clock(bk, free, free.setup(bk))
    clock.prices = {1: Price(1.0, 3.0), 2: Price(2.0, 5.0)}
    assert clock.solver_seconds([1, 1, 2]) == 2 * (1 + 1 + 2)
    measured = Clock(bk, TINY, TINY.setup(bk))
    assert measured.solver_seconds(range(1, 100)) > 0
    assert len(measured.prices) == 12  # the others are interpolated
    assert measured.network_seconds() > 0
