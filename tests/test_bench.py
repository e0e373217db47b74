"""The bench's own arithmetic: medians of ratios, exponents, what got slower; nothing is timed."""

import json
import math
import sys
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from bench import apart, clock, compare, growth, kept, peak, table, timing
from bench.page import render
from bench.suite import means
from bench.timing import Timing, interleave


@pytest.fixture(autouse=True)
def only_times(monkeypatch):
    """What tests switch on is off again afterwards."""
    monkeypatch.setattr(timing, "MEMORY", False)
    monkeypatch.setattr(kept, "SUFFIX", "")


def row(case="a", ratio=1.0, low=0.95, high=1.05, target=None):
    return table.Row("suite", case, "numpy", "the peer", ratio, low, high, target, 10.0)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of rows; nothing is resumed."""
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "rows")
    monkeypatch.setattr(kept, "RESUME", False)
    return tmp_path / "rows"


def test_the_ratio_is_the_median_of_ratios_within_rounds():
    """A machine that is twice as slow in one round changes both cases there, not the ratio."""
    found = Timing({"own": [2.0, 4.0, 6.0], "peer": [1.0, 2.0, 2.0]})
    assert found.ratio("own", "peer") == 2.0
    assert found.spread("own", "peer") == (2.0, 3.0)


def test_a_sum_of_cases_is_one_round_by_round():
    found = Timing({"a": [1.0, 2.0], "b": [10.0, 30.0]})
    found.add("floor", {"a": 2.0, "b": 0.5})
    assert found.rounds["floor"] == [7.0, 19.0]
    assert math.isnan(found.megabytes("floor"))


def test_every_case_is_called_as_often_as_it_is_timed(monkeypatch):
    """Twice before, in every round as often as fits; for memory twice, and that of the second."""
    calls = {"slow": 0, "fast": 0}

    def case(name):
        def call():
            calls[name] += 1

        return call

    taken = {"slow": 2.0, "fast": 0.25}
    made = {name: case(name) for name in calls}
    names = {fn: name for name, fn in made.items()}

    def seconds(bk, fn, count):
        for _ in range(count):
            fn()
        return taken[names[fn]]

    monkeypatch.setattr(clock, "seconds", seconds)
    found = interleave(made, rounds=3, seconds=1.0)
    assert found.rounds == {"slow": [2.0] * 3, "fast": [0.25] * 3}
    assert calls == {"slow": 2 + 3, "fast": 2 + 3 * 4}
    assert math.isnan(found.megabytes("fast"))

    monkeypatch.setattr(timing, "MEMORY", True)
    monkeypatch.setattr(peak, "megabytes", lambda bk, fn: fn() or float(calls[names[fn]]))
    calls.update(slow=0, fast=0)
    found = interleave(made, rounds=3, peaks=("fast",))
    assert calls == {"slow": 0, "fast": 2}
    assert found.megabytes("fast") == 2.0
    assert math.isnan(found.megabytes("slow"))
    assert found.ratio("slow", "fast") == 1.0


def test_means_are_geometric_and_keep_suites_apart():
    ones = {"diff_adv 1D": 0.25, "diff_adv 2D": 2.0, "phy_sh 3D x20": 8.0}
    found = means(
        [
            replace(row(case, x), suite=s)
            for s in ("suite", "suite step")
            for case, x in ones.items()
        ]
    )
    assert [(r.suite, r.ratio, r.low, r.high) for r in found] == [
        (s, pytest.approx(x, rel=1e-14), low, 8.0)
        for s in ("suite", "suite step")
        for x, low in ((4.0 ** (1 / 3), 0.25), (4.0, 2.0))
    ]


def test_exponents_are_those_of_powers():
    sizes = np.array([2, 8, 64, 1000])
    assert growth.fitted(sizes, 3e-6 * sizes**1.5) == pytest.approx(1.5, rel=1e-12)


def test_slower_needs_both_a_change_and_quartiles_apart():
    old = table.frame([row("much"), row("noisy"), row("little"), row("fast"), row("old")])
    new = table.frame(
        [
            row("much", 1.5, 1.4, 1.6),
            row("noisy", 1.5, 1.0, 2.0),
            row("little", 1.08, 1.07, 1.09),
            row("fast", 0.5, 0.45, 0.55),
            row("new"),
        ]
    )
    found = compare.changes(old, new).set_index("case")["verdict"].to_dict()
    assert found == {
        "much": "slower", "noisy": "same", "little": "same", "fast": "faster",
        "old": "gone", "new": "added",
    }  # fmt: skip


def test_tables_without_memory_are_still_compared():
    old = table.frame([row()]).drop(columns=["megabytes", "over_megabytes"])
    new = table.frame([replace(row(ratio=2.0, low=2.0, high=2.0), megabytes=3.0)])
    assert list(compare.changes(old, new)["verdict"]) == ["slower"]


def test_the_command_ends_with_one_if_something_is_slower(tmp_path, capsys):
    for name, ratio in (("old", 1.0), ("new", 2.0)):
        (tmp_path / name).mkdir()
        table.write([row(ratio=ratio, low=ratio, high=ratio)], tmp_path / name)
    old, new = str(tmp_path / "old"), str(tmp_path / "new" / "bench.parquet")
    assert compare.main([old, new]) == 1
    assert (
        "| suite | a | numpy | the peer | 1.00 | 2.00 | 2.00 | slower |" in capsys.readouterr().out
    )
    assert compare.main([new, old]) == 0
    with pytest.raises(SystemExit) as ended:
        compare.main([old, str(tmp_path / "nowhere")])
    assert ended.value.code == 2
    assert "expected a table of the bench" in capsys.readouterr().err


def test_a_row_has_time_ratio_and_memory_of_both():
    found = Timing({"own": [2.0, 2.0], "peer": [1.0, 4.0]}, {"own": 5.0})
    made = table.row(
        found, "own", "peer", suite="s", case="c", backend="b", against="a", target=2.0, scale=4.0
    )
    assert (made.ratio, made.low, made.high, made.microseconds) == (1.25, 0.5, 2.0, 0.5e6)
    assert made.megabytes == 5.0
    assert math.isnan(made.over_megabytes)
    assert "| 1.25 | 0.50-2.00 | ≤ 2 | met | 500,000 µs | 5.0 / – |" in table.markdown([made])


def test_the_page_says_what_is_missed():
    bad = replace(row("bad", 2.0, 1.9, 2.1, 1.5), megabytes=12.0, over_megabytes=30.0)
    rows = [row("good", 0.5, 0.4, 0.6, 1.0), bad, row("free")]
    page = render(table.frame(rows), {"date": "2026-01-01"})
    assert "1 of 2 targets hold." in page
    assert "bad on numpy: 2.00 of the peer, target at most 1.5" in page
    assert "<td>12 / 30</td>" in page
    assert page.count("<svg") == 1
    assert "http" not in page.replace("http://www.w3.org", "")
    assert isinstance(table.frame(rows), pd.DataFrame)


def test_rows_are_kept_and_taken_again(folder, monkeypatch, capsys):
    assert kept.kept("a case", lambda: [row()]) == kept.kept("other", lambda: [row()])
    assert capsys.readouterr().out.count("the peer") == 1  # the same row is told once
    monkeypatch.setattr(kept, "RESUME", True)
    again = kept.kept("a case", lambda: pytest.fail("it is there"))
    assert [asdict(r) for r in again] == [pytest.approx(asdict(row()), nan_ok=True)]
    assert not list(folder.glob("*.part"))
    kept.forget("a case")
    assert kept.read("a case") is None


def test_rows_of_earlier_versions_have_no_memory(folder):
    old = {k: v for k, v in asdict(row()).items() if "megabytes" not in k}
    folder.mkdir()
    kept.file("old").write_text(json.dumps([old]))
    (found,) = kept.read("old")
    assert found.ratio == 1.0
    assert math.isnan(found.megabytes)


def test_suites_are_joined_and_those_that_fail_are_named(folder, monkeypatch, capsys):
    """One fails, one is killed before it has rows; the others are in the table."""
    started, reported = [], []

    def start(name):
        started.append(name)
        if name == "killed":
            return apart.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
        if name == "failing":
            return apart.attempt(name, lambda: 1 / 0)
        return apart.attempt(name, lambda: [row(name)])

    names = ["one", "failing", "killed", "two"]
    assert apart.joined(names, start, reported.append) == ["failing", "killed"]
    assert [r.case for r in reported[-1]] == ["one", "two"]
    told = capsys.readouterr().err.splitlines()
    log = folder / "failing.log"
    assert told == [
        f"failing: failed (ZeroDivisionError: division by zero); {log} says where",
        "killed: failed (ended by signal 9)",
    ]
    monkeypatch.setattr(kept, "RESUME", True)
    started.clear()
    assert apart.joined(names[:2], start, reported.append) == ["failing"]
    assert started == ["failing"]


def test_memory_comes_from_a_process_of_its_own(folder, monkeypatch, capsys):
    """Its rows are kept beside those of times, and give them nothing but their peaks."""
    started, reported = [], []

    def start(process):
        started.append(process)
        monkeypatch.setattr(kept, "SUFFIX", " memory" if process.endswith(" memory") else "")
        rows = [row("a", 0.5), row("b", 0.7)]
        if kept.SUFFIX:
            rows = [replace(row("a"), megabytes=3.0, over_megabytes=4.0), row("other")]
        status = apart.attempt("tape", lambda: kept.kept("case", lambda: rows))
        monkeypatch.setattr(kept, "SUFFIX", "")
        return status

    assert apart.joined(["tape"], start, reported.append) == []
    assert started == ["tape", "tape memory"]
    a, b = reported[-1]
    assert (a.ratio, a.megabytes, a.over_megabytes) == (0.5, 3.0, 4.0)
    assert b.ratio == 0.7
    assert math.isnan(b.megabytes)
    assert kept.read("case")[0].ratio == 0.5
    assert kept.read("case memory")[0].megabytes == 3.0
    assert "other" not in capsys.readouterr().out

    kept.forget("tape memory")
    monkeypatch.setattr(kept, "RESUME", True)
    assert apart.joined(["tape"], lambda _: 1, reported.append) == ["tape memory"]
    assert [r.ratio for r in reported[-1]] == [0.5, 0.7]  # times stay without memory


def test_an_old_table_is_no_excuse_for_a_suite_that_failed(folder):
    def fails():
        raise ValueError

    apart.attempt("one", lambda: [row()])
    assert apart.joined(["one"], lambda name: apart.attempt(name, fails), pytest.fail) == ["one"]


def test_an_interrupt_ends_child_and_parent(folder, monkeypatch):
    class Child:
        def __init__(self, words, env):
            self.ended = []

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            ended.extend(self.ended)

        def wait(self, seconds=None):
            if seconds is None:
                raise KeyboardInterrupt
            raise apart.subprocess.TimeoutExpired("child", seconds)

        def terminate(self):
            self.ended.append("terminated")

    ended = []
    monkeypatch.setattr(apart.subprocess, "Popen", Child)
    with pytest.raises(KeyboardInterrupt):
        apart.joined(["one"], lambda name: apart.run([name]), pytest.fail)
    assert ended == ["terminated"]

    def interrupted():
        raise KeyboardInterrupt

    assert apart.attempt("one", interrupted) == 130
    assert kept.read("one") is None


def test_only_processes_of_memory_give_it_back_at_once(monkeypatch):
    for name in apart.AT_ONCE:
        monkeypatch.delenv(name, raising=False)
    assert apart.environment("tape", memory=True).items() >= apart.AT_ONCE.items()
    assert not apart.environment("tape").keys() & apart.AT_ONCE.keys()


def test_only_suites_in_double_switch_jax():
    assert apart.environment("suite64")["JAX_ENABLE_X64"] == "1"
    given = apart.os.environ.get("JAX_ENABLE_X64")
    assert apart.environment("suite").get("JAX_ENABLE_X64") == given


def test_every_suite_is_a_function_of_its_module():
    from bench.__main__ import LONG, SUITES, suite

    assert {*LONG, *apart.DOUBLE, *apart.ALONE, *apart.MEMORY} <= set(SUITES)
    assert all(callable(suite(name)) for name in SUITES)
