"""How a string ``NAME;VALUE;...;OPTION=VALUE;...`` is read: by a form, with one line for a typo."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xpde.errors import InvalidInput, unknown_name

__all__ = [
    "Form",
    "Kind",
    "choose",
    "part_options",
    "read_options",
    "read_value",
    "read_values",
    "split_words",
]


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    Attributes
    ----------
    read
        Maps the text to the value; ValueError refuses it.
    like
        What is expected, for the error.
    """

    read: Callable[[str], Any]
    like: str


Form = Mapping[str, type | Kind]
"""The parts of a string in their order and their kinds: int, float, bool, str or another one."""


def _truth(text: str) -> bool:
    words = {"true": True, "false": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


_KINDS: dict[type, Kind] = {
    int: Kind(int, "an integer"),
    float: Kind(float, "a number"),
    bool: Kind(_truth, "true or false"),
    str: Kind(str, "a text"),
}


def split_words(text: str) -> tuple[str, list[str]]:
    """Return the name and the values of ``NAME;VALUE;VALUE``."""
    name, *values = [part.strip() for part in text.split(";")]
    return name, values


def part_options(values: list[str]) -> tuple[list[str], list[str]]:
    """Part values from the options, which begin with the first ``OPTION=VALUE``."""
    first = next((i for i, value in enumerate(values) if "=" in value), len(values))
    return values[:first], values[first:]


def choose(kind: str, given: str, valid: Mapping[str, Any] | Sequence[str]) -> str:
    """Return the valid name that ``given`` is but for its case.

    Raises
    ------
    InvalidInput
        If there is none; the text names the nearest.
    """
    folded = {name.lower(): name for name in valid}
    if given.lower() not in folded:
        raise unknown_name(kind, given, valid)
    return folded[given.lower()]


def read_values(
    kind: str, text: str, name: str, values: list[str], form: Form, mark: str = ";"
) -> dict[str, Any]:
    """Read one value for every part of the form; the rest is for the error.

    Raises
    ------
    InvalidInput
        If values are missing, too many, or of another kind.
    """
    if len(values) != len(form):
        wanted = mark.join([name, *(part.upper() for part in form)])
        raise InvalidInput(
            f"{kind} {text!r}: expected {wanted}, got {len(values)} of {len(form)} values"
        )
    return {
        part: read_value(kind, text, part, value, form[part])
        for part, value in zip(form, values, strict=True)
    }


def read_options(kind: str, text: str, parts: list[str], form: Form) -> dict[str, Any]:
    """Read ``OPTION=VALUE`` in any order, each at most once.

    Raises
    ------
    InvalidInput
        If an option is unknown, given twice, or its value is of another kind.
    """
    found: dict[str, Any] = {}
    for part in parts:
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise InvalidInput(f"{kind} {text!r}: expected OPTION=VALUE, got {part!r}")
        name = choose(f"{kind} option", name, form)
        if name in found:
            raise InvalidInput(f"{kind} {text!r}: expected {name} once, got it again")
        found[name] = read_value(kind, text, name, value, form[name])
    return found


def read_value(kind: str, text: str, name: str, value: str, wanted: type | Kind) -> Any:
    """Read one value.

    Raises
    ------
    InvalidInput
        If it is of another kind; the text says what was expected.
    """
    reader = wanted if isinstance(wanted, Kind) else _KINDS[wanted]
    try:
        return reader.read(value)
    except InvalidInput:  # it says more than the kind does
        raise
    except ValueError as error:
        raise InvalidInput(
            f"{kind} {text!r}: expected {name} as {reader.like}, got {value!r}"
        ) from error
