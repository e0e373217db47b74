"""Numbers as words: short, aligned, the same in the terminal and on the page."""

import math
from typing import Any

__all__ = ["absent", "duration", "plain", "rate", "scientific"]

_DASH = "–"


def absent(value: Any) -> bool:
    """Tell whether a table cell is empty: None or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def scientific(value: Any) -> str:
    """Write a difference or a bound with two digits: ``3.1e-15``, ``0``, ``inf``."""
    if absent(value):
        return _DASH
    if value == 0:
        return "0"
    if math.isinf(value):
        return "inf"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def plain(value: Any, digits: int = 3) -> str:
    """Write a measured number with ``digits`` significant digits and no exponent if it fits."""
    if absent(value):
        return _DASH
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if abs(value) >= 10**6 or abs(value) < 10**-4:
        return scientific(value)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}"


def rate(value: Any) -> str:
    """Write a number of events per second: ``410/s``."""
    return _DASH if absent(value) else f"{plain(value)}/s"


def duration(seconds: Any) -> str:
    """Write a time with the unit that fits: ``12 µs``, ``3.4 ms``, ``1.2 s``, ``2 min 5 s``."""
    if absent(seconds):
        return _DASH
    if seconds < 1e-3:
        return f"{plain(seconds * 1e6)} µs"
    if seconds < 1:
        return f"{plain(seconds * 1e3)} ms"
    if seconds < 120:
        return f"{plain(seconds)} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"
