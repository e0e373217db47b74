"""Pictures and tables of refined trainings: what they show is what the tables say."""

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from xpde.errors import InvalidInput
from xpde.report.prdp import (
    course_figure,
    error_table,
    iteration_table,
    savings_figure,
    time_table,
)
from xpde.report.theme import png
from xpde.study.prdp.summary import COLUMNS

NAMES = ("converged", "paper", "constant-4")


def epochs(seeds=(0, 1)):
    rows = [
        (name, seed, e, min(e, 3), (1 + seed) / (1 + e))
        for name in NAMES
        for seed in seeds
        for e in range(5)
    ]
    return pd.DataFrame(rows, columns=["contender", "seed", "epoch", "level", "error"])


def summary(**changes):
    row = dict.fromkeys(COLUMNS, 0.5) | {"rule": "r", "seeds": 3, "diverged": 0}
    row |= {"level_sum": 1234.0, "forward_iterations": 9872.0, "adjoint_iterations": 4936.0}
    return pd.DataFrame([row | {"contender": name} | changes for name in NAMES])[list(COLUMNS)]


def printed(table, width=100):
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(table)
    return console.file.getvalue()


def test_the_course_is_the_median_over_seeds():
    drawn = course_figure(epochs(), "nMSE_2")
    top, bottom = drawn.axes
    assert (top.get_ylabel(), top.get_yscale()) == ("nMSE_2", "log")
    assert len(top.get_lines()) == len(bottom.get_lines()) == 3 * len(NAMES)
    thick = [line for line in top.get_lines() if line.get_linewidth() >= 0.8]
    for line in thick:
        np.testing.assert_array_equal(line.get_xdata(), range(5))
        # the mean of two numbers is their median
        np.testing.assert_allclose(line.get_ydata(), 1.5 / np.arange(1, 6), rtol=1e-15)
    levels = bottom.get_lines()[2]
    np.testing.assert_array_equal(levels.get_xdata(), range(1, 5))
    np.testing.assert_array_equal(levels.get_ydata(), [1, 2, 3, 3])
    assert levels.get_drawstyle() == "steps-mid"


def test_contenders_are_named_and_constant_levels_labelled():
    drawn = course_figure(epochs(), "e")
    (legend,) = drawn.legends
    assert [text.get_text() for text in legend.get_texts()] == ["converged", "paper"]
    assert [text.get_text() for text in drawn.axes[0].texts] == ["K = 4"]


def test_what_is_no_number_is_left_out():
    table = epochs(seeds=(0,))
    table.loc[2, "error"] = np.inf
    drawn = course_figure(table, "e")
    values = drawn.axes[0].get_lines()[0].get_ydata()
    assert np.isnan(values[2])
    assert png(drawn).startswith(b"\x89PNG")


def test_bars_are_the_shares():
    table = summary()
    table["incomplete"], table["refinement"] = [0.0, 0.6, 0.8], [0.0, 0.25, 0.0]
    table["matched_saving"], table["time_saving"] = [0.0, 0.5, np.nan], [0.0, -0.1, 0.2]
    (axes,) = savings_figure(table).axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["paper", "K = 4"]
    widths = [bar.get_width() for bars in axes.containers for bar in bars]
    np.testing.assert_allclose(widths, [60, 80, 25, 0, 50, np.nan, -10, 20], rtol=1e-14)
    words = {text.get_text() for text in axes.texts}
    assert words == {
        "85 % of all iterations", "80 % of all iterations", "50 % at equal error",
        "at equal error: never", "-10 % of the time", "20 % of the time",
    }  # fmt: skip
    low, high = axes.get_xlim()
    assert low < -10
    assert high > 85


def test_bars_that_are_not_known_are_left_out():
    (axes,) = savings_figure(summary(time_saving=np.nan)).axes
    assert {text.get_text().split(" % ")[-1] for text in axes.texts} == {
        "of all iterations", "at equal error",
    }  # fmt: skip


@pytest.mark.parametrize("draw", [savings_figure, lambda t: course_figure(t, "e")])
def test_nothing_to_draw(draw):
    with pytest.raises(InvalidInput, match="expected rows to draw, got none"):
        draw(summary().head(0))


def test_tables_fit_one_hundred_columns():
    made = [error_table(summary(), "u_nMSE_5"), iteration_table(summary()), time_table(summary())]
    for table in made:
        text = printed(table)
        assert "…" not in text
        assert max(map(len, text.splitlines())) <= 100
        assert all(name in text for name in NAMES)


def test_numbers_of_the_tables():
    table = summary(total=0.785, error=0.0123, error_std=0.004, train_s=12.3, train_s_std=np.nan)
    (line, *_) = [line for line in printed(error_table(table, "e")).splitlines() if "paper" in line]
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == ["paper", "3", "0.0123±0.004", "0.5", "1234±0", "50.0", "50.0", "78.5"]
    line = next(line for line in printed(iteration_table(table)).splitlines() if "paper" in line)
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == ["paper", "9,872", "4,936", "0.5", "0", "50.0"]
    line = next(line for line in printed(time_table(table)).splitlines() if "paper" in line)
    assert "12.3 " in line


def test_what_is_not_known_is_a_dash():
    table = summary(diverged=1, error=np.inf, error_std=np.nan, matched_cost=np.nan)
    text = printed(error_table(table, "e"))
    assert "3, 1 diverged" in text
    assert "inf" in text
    assert " - " in printed(iteration_table(table))
