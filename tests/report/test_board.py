"""A study on the screen: bars on a terminal, lines elsewhere."""

import io

from rich.console import Console

from xpde.report.board import board, headline
from xpde.study.meter import Line, Snapshot
from xpde.study.place import Ending

LINES = tuple(Line(f"r{i}", f"label {i}", "training", 10 * i, 100, f"loss {i}") for i in range(20))
NEWS = ((Ending("a", "done"), "label a"), (Ending("b", "failed", "no [luck]"), "label b"))
BUSY = Snapshot(40, {"done": 12, "failed": 1, "stopped": 2}, LINES, 830.0, 723.0, NEWS)


def shown(snapshot, terminal):
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=120, color_system=None)
    with board(console) as show:
        show(snapshot)
    return text.getvalue()


def test_headline():
    assert headline(BUSY) == "12/40 runs done, 1 failed, 830 updates/s, 0:12:03 left"
    assert headline(Snapshot(4, {}, (), 0.0, None)) == "0/4 runs done"


def test_lines_where_there_is_no_terminal():
    lines = shown(BUSY, terminal=False).splitlines()
    assert lines == ["done: label a", "failed: label b: no [luck]"]


def test_bars_on_a_terminal():
    text = shown(BUSY, terminal=True)
    assert "12/40 runs done" in text
    assert "label 3" in text
    assert "30/100" in text
    assert "and 4 more" in text
    assert "failed: label b: no [luck]" in text
    assert "done: label a" not in text
