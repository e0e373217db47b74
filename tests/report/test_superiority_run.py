"""Pictures and tables of ratios over steps."""

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from xpde.errors import InvalidInput
from xpde.report.superiority_run import (
    curve_table,
    draw_curves,
    draw_fields,
    draw_picard,
    markdown,
    shown_steps,
)


def made(steps=12, published=(1, 2, 3)):
    parts = []
    for place, name in enumerate(("one", "two")):
        step = np.arange(1, steps + 1)
        ratio = 1 + 0.1 * (-1) ** place * step
        parts.append(
            pd.DataFrame(
                {
                    "row": name,
                    "seeds": 2,
                    "updates": 100 + place,
                    "batch": 4,
                    "whole": place == 0,
                    "step": step,
                    "numerator": 0.01 * ratio,
                    "denominator": 0.01,
                    "ratio": ratio,
                    "low": ratio - 0.05,
                    "high": ratio + 0.05,
                    "published": [0.9 if t in published else np.nan for t in step],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def test_steps_that_are_shown():
    assert shown_steps(made()) == [1, 2, 3, 5, 8, 10]
    assert shown_steps(made(steps=2)) == [1, 2]
    assert shown_steps(made(published=(1,))) == [1]


def test_curves():
    axes = draw_curves(made(), most=8).axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    np.testing.assert_allclose(lines["one"].get_ydata(), 1 + 0.1 * np.arange(1, 9))
    rings = [line for line in axes.get_lines() if line.get_marker() == "o"]
    assert [list(ring.get_xdata()) for ring in rings] == [[1, 2, 3], [1, 2, 3]]
    assert axes.get_ylim() == (0, 2)
    assert axes.get_title(loc="left") == "seeds 2, updates 100 to 101, pairs 4; rings: published"
    # one published step: a point for each row
    single = draw_curves(made(published=(1,))).axes[0]
    assert [text.get_text() for text in single.get_xticklabels()] == ["one", "two"]
    with pytest.raises(InvalidInput, match="curves to draw"):
        draw_curves(made().iloc[:0])


def test_a_table_says_errors_and_budget(capsys):
    Console(width=120).print(curve_table(made(), "a title"))
    out = capsys.readouterr().out
    assert "1.100 (0.9)" in out
    assert "0.011/0.01" in out
    assert "2 × 100 × 4 " in out
    assert "2 × 101 × 4*" in out


def test_markdown():
    lines = markdown(made(), steps=(1, 10))
    assert lines[0] == "| row | budget |  | t = 1 | t = 10 |"
    assert lines[2] == "| `one` | 2 × 100 × 4 | ξ | 1.100 | 2.000 |"
    assert lines[3] == "|  |  | published | 0.900 |  |"
    assert lines[4] == "|  |  | errors | 0.011/0.01 | 0.02/0.01 |"
    assert len({line.count("|") for line in lines}) == 1


def test_fields():
    rng = np.random.default_rng(0)
    fields = {n: rng.standard_normal((6, 8)) for n in ("reference", "teacher", "emulator")}
    fields["initial"] = rng.standard_normal(8)
    drawn = draw_fields(fields, steps=4)
    error = drawn.axes[3].get_lines()[1].get_ydata()
    gap = fields["emulator"][:4] - fields["reference"][:4]
    expected = np.linalg.norm(gap, axis=1) / np.linalg.norm(fields["reference"][:4], axis=1)
    np.testing.assert_allclose(error, [0, *expected])


def test_picard():
    step = np.arange(1, 6)
    table = pd.DataFrame({"step": step, "iterations": 10 * step, "one_step": 0.1 / step})
    for name in ("iterations", "one_step"):
        table = table.assign(**{f"{name}_low": table[name] / 2, f"{name}_high": table[name] * 2})
    left, right = draw_picard(table).axes
    np.testing.assert_array_equal(left.get_lines()[0].get_ydata(), 10 * step)
    assert (right.get_yscale(), right.get_ylim()) == ("log", (1e-5, 1))
