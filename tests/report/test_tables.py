import io

import pytest
from rich.console import Console

from xpde.report import Record, print_comparison


def printed(folder, width=100):
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    print_comparison(Record.read(folder), console)
    return console.file.getvalue()


def test_fits_one_hundred_columns(make_store):
    text = printed(make_store({"numpy": "ok", "jax": "ok", "torch": "ok", "cupy": "missing"}))
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 100
    for level in ("adapter", "one step", "rollout", "statistics", "training"):
        assert level in text
    assert "jax and torch agree with numpy at all 5 levels." in text


def test_marks_what_lies_beyond_its_bound(make_store):
    text = printed(make_store({"numpy": "ok", "jax": "ok", "torch": "ok"}, disagree="torch"))
    assert "✗ 4.0e-4" in text
    assert text.count("✗") == 2  # the cell and the legend


@pytest.mark.parametrize("status", ["missing", "failed"])
def test_nothing_ran(make_store, status):
    text = printed(make_store({"jax": status}))
    assert status in text
    assert "No backend ran" in text
