"""A grid: settings of which each has a list of values, and the configurations they multiply to."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xpde.errors import InvalidInput, unknown_name
from xpde.study.catalogue import ALIASES, SCENARIOS
from xpde.study.problems import Problems

__all__ = ["AXES", "Axis", "StudyGrid", "read_grid", "setting_names"]

Values = dict[str, list[Any]]

KINDS: dict[str, Any] = {
    "a text": (str,),
    "an integer": (int,),
    "a number": (int, float),
}

LISTS = (list, tuple, range, np.ndarray)


@dataclass(frozen=True)
class Axis:
    """A key of a study: the field of a run that it fills, and what its values are."""

    field: str
    kind: str = "a text"
    optional: bool = False


AXES = {
    "scenario": Axis("scenario"),
    "task": Axis("task"),
    "net": Axis("network"),
    "train": Axis("training"),
    "optim": Axis("optimizer", optional=True),
    "updates": Axis("updates", "an integer", optional=True),
    "validation": Axis("validation", "a number"),
    "patience": Axis("patience", "an integer", optional=True),
    "select": Axis("select"),
    "noise": Axis("noise", "a number"),
    "refine": Axis("refine", optional=True),
    "backend": Axis("backend"),
    "dtype": Axis("dtype"),
    "device": Axis("device", optional=True),
}
"""Keys of a study, from the outermost loop to the innermost; overrides come after the scenario."""

SEEDS = ("seeds", "start_seed", "num_seeds")
KEYS = (*AXES, *SEEDS, "set", "vary")


@dataclass(frozen=True)
class StudyGrid:
    """What a table of a study says.

    Attributes
    ----------
    axes
        Lists of values by the names of :data:`AXES`.
    settings
        Lists of values of the scenario's settings; one that is fixed has one.
    seeds
        Seeds, or None where the table names none.
    """

    axes: Values = field(default_factory=dict)
    settings: Values = field(default_factory=dict)
    seeds: Sequence[int] | None = None

    def under(self, other: "StudyGrid") -> "StudyGrid":
        """Return the grid whose settings are those of ``other``, and mine where it has none."""
        seeds = self.seeds if other.seeds is None else other.seeds
        return StudyGrid(self.axes | other.axes, self.settings | other.settings, seeds)

    @property
    def count(self) -> int:
        """Number of runs."""
        lists = [*self.axes.values(), *self.settings.values(), self.seeds or (0,)]
        return math.prod(max(1, len(values)) for values in lists)

    def problems(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give every scenario with every combination of its settings."""
        for scenario, values in itertools.product(
            self.axes.get("scenario", []), itertools.product(*self.settings.values())
        ):
            yield scenario, dict(zip(self.settings, values, strict=True))

    def emulators(self) -> Iterator[dict[str, Any]]:
        """Give every combination of the other axes."""
        given = {n: self.axes[n] for n in AXES if n != "scenario" and self.axes.get(n)}
        for values in itertools.product(*given.values()):
            yield dict(zip(given, values, strict=True))


def setting_names() -> set[str]:
    """Return the names of settings and parameters of every scenario, the reference's too."""
    own = {name for found in SCENARIOS.values() for name in found.settings()}
    return own | {alias for alias, name in ALIASES.items() if name in own}


def read_grid(table: Mapping[str, Any], where: str, problems: Problems) -> StudyGrid:
    """Read a table; whatever is wrong in it is noted and left out.

    Keys are the :data:`AXES`, each a value or a list of values; ``seeds``, a number of seeds from
    0 or a list, or ``start_seed`` and ``num_seeds``; ``set`` with fixed overrides of the scenario
    and ``vary`` with a list of values for each.
    """
    for key in table:
        if key not in KEYS:
            problems.add(where, "", _unknown(key))
    axes = {
        key: _axis(key, table[key], axis, where, problems)
        for key, axis in AXES.items()
        if key in table
    }
    settings: Values = {}
    for key in ("set", "vary"):
        found = _settings(key, table.get(key, {}), where, problems)
        for name in found.keys() & settings.keys():
            problems.add(where, name, "expected it in set or in vary, got it in both")
        settings |= found
    return StudyGrid(axes, settings, _seeds(table, where, problems))


def _unknown(key: str) -> InvalidInput | str:
    if key in setting_names():
        return (
            f"unknown key {key!r}: a setting of the scenario belongs in the table set, or with a "
            "list of values in the table vary"
        )
    return unknown_name("key", key, KEYS)


def _axis(key: str, given: Any, axis: Axis, where: str, problems: Problems) -> list[Any]:
    values = _list(given)
    if not values:
        problems.add(where, key, f"expected {axis.kind} or a list of them, got an empty list")
    good: list[Any] = []
    for value in values:
        try:
            good.append(None if axis.optional and value is None else _kind(value, axis.kind))
        except TypeError:
            problems.add(where, key, f"expected {axis.kind} or a list of them, got {value!r}")
    return [ALIASES.get(value, value) for value in good] if key == "scenario" else good


def _list(given: Any) -> list[Any]:
    return list(given) if isinstance(given, LISTS) else [given]


def _kind(value: Any, kind: str) -> Any:
    """Return the value as the kind, so that 0 and 0.0 name one run; TypeError if it is another."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool) or not isinstance(value, KINDS[kind]):
        raise TypeError
    return value if kind != "a number" else float(value)


def _settings(key: str, given: Any, where: str, problems: Problems) -> Values:
    if not isinstance(given, Mapping):
        problems.add(where, key, f"expected a table of settings of the scenario, got {given!r}")
        return {}
    found: Values = {}
    for alias, value in given.items():
        name = str(ALIASES.get(alias, alias))
        if name in found:
            problems.add(where, f"{key}.{alias}", f"expected {name} once, got it by two names")
        elif name in (*AXES, *SEEDS):
            wanted = "expected a setting of the scenario, got a key of the study"
            problems.add(where, f"{key}.{name}", f"{wanted}; put it before [{key}]")
        elif key == "vary" and not isinstance(value, LISTS):
            problems.add(
                where, f"vary.{name}", f"expected a list of values, got {value!r}; else use set"
            )
        else:
            found[name] = _plain_values(name, value if key == "vary" else [value], where, problems)
    return {name: values for name, values in found.items() if values}


def _plain_values(name: str, given: Any, where: str, problems: Problems) -> list[Any]:
    values = _list(given)
    if not values:
        problems.add(where, f"vary.{name}", "expected a list of values, got an empty list")
    good = []
    for value in values:
        try:
            good.append(_plain(value))
        except TypeError:
            problems.add(where, name, f"expected finite numbers or a text, got {value!r}")
    return good


def _plain(value: Any) -> Any:
    """Return the value as JSON gives it back, so that a run reads as it was written."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise TypeError


def _seeds(table: Mapping[str, Any], where: str, problems: Problems) -> Sequence[int] | None:
    given = {name: table[name] for name in SEEDS if name in table}
    if not given:
        return None
    try:
        if "seeds" not in given:
            start, count = (_whole(given.get(n, d)) for n, d in (("start_seed", 0), (SEEDS[2], 1)))
            return _some(range(start, start + count))
        if len(given) > 1:
            raise TypeError
        seeds = given["seeds"]
        if isinstance(seeds, LISTS):
            return _some([_whole(seed) for seed in _list(seeds)])
        return _some(range(_whole(seeds)))
    except TypeError:
        got = ", ".join(f"{name} = {value!r}" for name, value in given.items())
        wanted = "seeds as a number of 1 or more or a list of them, or start_seed and num_seeds"
        problems.add(where, "", f"expected {wanted}, got {got}")
        return None


def _whole(value: Any) -> int:
    number = _kind(value, "an integer")
    if number < 0:
        raise TypeError
    return int(number)


def _some(seeds: Sequence[int]) -> Sequence[int]:
    if not seeds:
        raise TypeError
    return seeds
