"""Checks of settings: each refuses a value with what was expected and what was given."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from xpde.errors import InvalidInput

__all__ = ["check_kind", "check_scenario"]

_AT_LEAST = {
    "points": 1,
    "substeps": 1,
    "order": 0,
    "warmup": 0,
    "train_samples": 1,
    "train_horizon": 1,
    "test_samples": 1,
    "test_horizon": 1,
    "batch": 1,
}


def check_scenario(key: str, settings: Mapping[str, Any]) -> None:
    """Raise unless sizes are integers in range and ``dt`` and ``extent`` are positive."""
    for name, least in _AT_LEAST.items():
        value = settings[name]
        if not isinstance(value, Integral) or value < least:
            raise InvalidInput(f"{key}: expected {name} of {least} or more, got {value!r}")
    for name in ("dt", "extent"):
        if not settings[name] > 0:
            raise InvalidInput(f"{key}: expected {name} > 0, got {settings[name]!r}")


def check_kind(key: str, name: str, given: Any, default: Any) -> Any:
    """Return ``given`` as the kind of ``default``: a number stays a number, a text a text."""
    if isinstance(default, str):
        good = isinstance(given, str)
    elif isinstance(default, Integral):
        good = isinstance(given, Integral) and not isinstance(given, bool)
    elif isinstance(default, Real):
        good = isinstance(given, Real) and not isinstance(given, bool)
        given = float(given) if good else given
    else:
        good = isinstance(given, (list, tuple)) and len(given) == len(default)
        given = tuple(float(x) for x in given) if good else given
    if not good:
        kind = "two numbers" if isinstance(default, (list, tuple)) else type(default).__name__
        raise InvalidInput(f"{key}: expected {name} as {kind} like {default!r}, got {given!r}")
    return given
