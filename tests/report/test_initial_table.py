"""The list of initial conditions: a row for each string that is read, with what it draws."""

from xpde.report.catalogue import initial_table
from xpde.study.words import INITIAL, RESCALED


def test_a_row_for_each_string():
    strings, draws = (list(column.cells) for column in initial_table().columns)
    assert [text.split(";")[0] for text in strings] == [*INITIAL, *RESCALED, "channels"]
    assert "fourier;CUTOFF;ZERO_MEAN;MAX_ONE" in strings
    assert "clamp;LOW;HIGH;OTHER" in strings
    assert all(text.endswith(".") and len(text.split()) > 4 for text in draws)
    assert len(set(draws)) == len(draws)
