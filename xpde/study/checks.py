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
_PER_AXIS = ("points", "extent")


def check_scenario(key: str, settings: Mapping[str, Any]) -> None:
    """Raise unless sizes are integers in range, and times, lengths and shares positive."""
    for name, least in _AT_LEAST.items():
        value = settings[name]
        for entry in _entries(value):
            if not isinstance(entry, Integral) or entry < least:
                raise InvalidInput(f"{key}: expected {name} of {least} or more, got {value!r}")
    for name in ("dt", "extent", "coarse_proportion"):
        value = settings[name]
        if not all(
            entry > 0 for entry in (value if isinstance(value, (list, tuple)) else (value,))
        ):
            raise InvalidInput(f"{key}: expected {name} > 0, got {settings[name]!r}")


def check_kind(key: str, name: str, given: Any, default: Any) -> Any:
    """Return ``given`` as the kind of ``default``: a number stays a number, a text a text."""
    if name in _PER_AXIS and isinstance(given, (list, tuple)):
        kind = default[0] if isinstance(default, (list, tuple)) else default
        return tuple(check_kind(key, name, entry, kind) for entry in given)
    if name in _PER_AXIS and isinstance(default, (list, tuple)):
        default = default[0]
    if isinstance(default, str):
        good = isinstance(given, str)
    elif isinstance(default, bool):
        good = isinstance(given, bool)
    elif isinstance(default, Integral):
        good = isinstance(given, Integral) and not isinstance(given, bool)
    elif isinstance(default, Real):
        good = isinstance(given, Real) and not isinstance(given, bool)
        given = float(given) if good else given
    else:
        good = _fits(given, default, exact=name == "vlim")
        given = _numbers(given) if good else given
    if not good:
        raise InvalidInput(
            f"{key}: expected {name} as {_kind(default, name)} like {default!r}, got {given!r}"
        )
    return given


def _entries(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


def _kind(default: Any, name: str) -> str:
    if not isinstance(default, (list, tuple)):
        return type(default).__name__
    if name == "vlim":
        return "two numbers"
    return "rows of numbers" if isinstance(default[0], (list, tuple)) else "numbers"


def _fits(given: Any, default: Any, exact: bool = False) -> bool:
    """Tell whether a list has numbers, or rows of numbers, where the default has them."""
    if not isinstance(given, (list, tuple)) or not given or (exact and len(given) != len(default)):
        return False
    if isinstance(default[0], (list, tuple)):
        return all(_fits(row, default[0]) for row in given)
    return all(isinstance(x, Real) and not isinstance(x, bool) for x in given)


def _numbers(given: Any) -> Any:
    return tuple(_numbers(x) if isinstance(x, (list, tuple)) else float(x) for x in given)
