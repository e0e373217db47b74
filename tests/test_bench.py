"""The bench's own arithmetic: medians of ratios, exponents, what got slower; nothing is timed."""

import numpy as np
import pandas as pd
import pytest

from bench import compare, growth, table
from bench.page import render
from bench.timing import Timing


def row(case="a", ratio=1.0, low=0.95, high=1.05, target=None):
    return table.Row("suite", case, "numpy", "the peer", ratio, low, high, target, 10.0)


def test_the_ratio_is_the_median_of_ratios_within_rounds():
    """A machine that is twice as slow in one round changes both cases there, not the ratio."""
    found = Timing({"own": [2.0, 4.0, 6.0], "peer": [1.0, 2.0, 2.0]})
    assert found.ratio("own", "peer") == 2.0
    assert found.spread("own", "peer") == (2.0, 3.0)


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


def test_the_page_says_what_is_missed():
    rows = [row("good", 0.5, 0.4, 0.6, 1.0), row("bad", 2.0, 1.9, 2.1, 1.5), row("free")]
    page = render(table.frame(rows), {"date": "2026-01-01"})
    assert "1 of 2 targets hold." in page
    assert "bad on numpy: 2.00 of the peer, target at most 1.5" in page
    assert page.count("<svg") == 1
    assert "http" not in page.replace("http://www.w3.org", "")
    assert isinstance(table.frame(rows), pd.DataFrame)
