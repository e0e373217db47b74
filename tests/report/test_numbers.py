import math

import pytest

from xpde.report import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.14e-15, "3.1e-15"),
        (0.0, "0"),
        (math.inf, "inf"),
        (math.nan, "–"),
        (None, "–"),
        (12, "1.2e1"),
    ],
)
def test_scientific(value, text):
    assert numbers.scientific(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234.5, "1,234"), (0.01234, "0.0123"), (5e-7, "5.0e-7"), (2, "2.00")],
)
def test_plain(value, text):
    assert numbers.plain(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2e-6, "2.00 µs"), (0.0123, "12.3 ms"), (5.5, "5.50 s"), (125, "2 min 5 s"), (math.nan, "–")],
)
def test_duration(seconds, text):
    assert numbers.duration(seconds) == text
