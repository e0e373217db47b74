"""The strings of refinement: by which rule the solvers in a training work more and more."""

from collections.abc import Callable
from itertools import islice
from typing import Any

from xpde.errors import InvalidInput
from xpde.study.forms import (
    Form,
    Kind,
    choose,
    part_options,
    read_options,
    read_value,
    read_values,
    split_words,
)
from xpde.train import (
    Constant,
    Geometric,
    Linear,
    Milestones,
    Progressive,
    Refine,
    ResidualDriven,
    Rule,
)
from xpde.train.progressive import PRESETS

__all__ = ["refine", "rule"]


def _count(text: str) -> int | None:
    return None if text.lower() == "none" else int(text)


def _plain(text: str) -> float:
    """Read a number, whole ones as integers."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def _reference(text: str) -> str | float:
    return text.lower() if text.lower() in ("infinity", "first") else float(text)


COUNT = Kind(_count, "an integer or none")
NUMBER = Kind(_plain, "a number")

GROWTH: Form = {"start": int, "step": NUMBER, "growth": str, "cap": COUNT, "patience": COUNT}

ADAPTIVE: dict[str, tuple[Callable[..., Rule], Form]] = {
    "prdp": (
        Progressive,
        {
            "preset": str,
            **GROWTH,
            "stepping": float,
            "stop": float,
            "rise": float,
            "window": int,
            "lag": int,
            "cooldown": int,
            "reset": bool,
            "reference": Kind(_reference, "infinity, first or a number"),
            "diverged": bool,
            "nonfinite": str,
            "horizon": COUNT,
            "finish": float,
        },
    ),
    "residual": (ResidualDriven, {**GROWTH, "share": float, "power": float}),
}
"""Rules that read something, and their options."""

SCHEDULES: dict[str, tuple[Callable[..., Rule], Form, Form]] = {
    "constant": (Constant, {"level": int}, {}),
    "linear": (Linear, {"start": int, "step": int}, {"cap": int}),
    "geometric": (Geometric, {"start": int, "factor": NUMBER}, {"every": int, "cap": int}),
}
"""Rules that read nothing: values that must be there, and those that may be."""

FIELDS = {"start": "first", "step": "increment"}
"""What the rules call the words that would be names of their methods."""


def rule(text: str) -> Rule:
    """Read a rule, in one of these forms; values in brackets may be left out.

    ``constant;LEVEL``, ``linear;START;STEP[;CAP]``, ``geometric;START;FACTOR[;EVERY[;CAP]]``,
    ``manual;0=LEVEL;CHECK=LEVEL;...``, ``prdp[;OPTION=VALUE...]``,
    ``residual[;OPTION=VALUE...]``.

    Options, in any order, each at most once: ``start``, ``step``, ``growth`` (add or multiply),
    ``cap``, ``patience``; of ``prdp`` also ``preset`` (paper), ``stepping``, ``stop``, ``rise``,
    ``window``, ``lag``, ``cooldown``, ``reset``, ``reference`` (infinity, first or a number),
    ``diverged``, ``nonfinite``, ``horizon``, ``finish``, see :class:`~xpde.train.Progressive`; of
    ``residual`` also ``share``, ``power``, see :class:`~xpde.train.ResidualDriven`. ``str(rule)``
    gives the words back.

    Raises
    ------
    InvalidInput
        In one line, with the nearest names, if the text has none of these forms.
    """
    name, values = split_words(text)
    name = choose("refinement", name, [*ADAPTIVE, *SCHEDULES, "manual"])
    if name == "manual":
        return _made(text, Milestones, _milestones(text, values))
    if name in SCHEDULES:
        build, needed, more = SCHEDULES[name]
        wanted = {**needed, **dict(islice(more.items(), max(0, len(values) - len(needed))))}
        return _made(text, build, **_named(read_values("refinement", text, name, values, wanted)))
    build, form = ADAPTIVE[name]
    plain, extra = part_options(values)
    read_values("refinement", text, name, plain, {})
    options = _named(read_options("refinement", text, extra, form))
    if "preset" in options:
        preset = choose("preset", options.pop("preset"), PRESETS)
        options = {**PRESETS[preset], **options}
    return _made(text, build, **options)


def refine(text: str, every: int) -> Refine:
    """Read ``RULE[;every=UPDATES]``, the updates between two checks last; else ``every``.

    ``str`` of it gives the words back.
    """
    head, mark, last = text.rpartition(";")
    name, equals, value = (part.strip() for part in last.partition("="))
    if mark and equals and name.lower() == "every":
        every = read_value("refinement", text, "every", value, int)
        text = head
    return _made(text, Refine, rule(text), every)


def _milestones(text: str, values: list[str]) -> dict[int, int]:
    found: dict[int, int] = {}
    for part in values:
        check, equals, level = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise InvalidInput(f"refinement {text!r}: expected CHECK=LEVEL, got {part!r}")
        number = read_value("refinement", text, "a check", check, int)
        if number in found:
            raise InvalidInput(f"refinement {text!r}: expected check {number} once, got it again")
        found[number] = read_value("refinement", text, "a level", level, int)
    return found


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {FIELDS.get(name, name): value for name, value in values.items()}


def _made(text: str, build: Callable[..., Any], *args: Any, **options: Any) -> Any:
    try:
        return build(*args, **options)
    except InvalidInput as error:
        raise InvalidInput(f"refinement {text!r}: {error}") from error
