"""Files that describe a study: TOML, or Python with ``STUDY`` or the benchmark's ``CONFIGS``.

Reference: the keys of a configuration are those of Koehler et al., APEBench (2024), package 0.1.
"""

import re
import runpy
import tomllib
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xpde.errors import InvalidInput, XpdeError
from xpde.study.catalogue import scenario
from xpde.study.grid import AXES, SEEDS
from xpde.study.problems import Problems

__all__ = ["StudyFile", "read_file"]

LONG_NAMES = {"task_config": "task", "network_config": "net", "train_config": "train"}

NO_EFFECT = (
    "num_trjs_returned", "record_loss_every", "remove_singleton_axis", "num_circle_points",
    "circle_radius",
)  # fmt: skip
"""What the reference keeps of a run, and how finely it integrates φ, which here is exact."""


@dataclass(frozen=True)
class StudyFile:
    """A study as its file has it.

    Attributes
    ----------
    name
        What it is called.
    shared
        Table that holds for every entry.
    entries
        Labels (``grid 2``, or empty for the only one) and tables.
    """

    name: str
    shared: Mapping[str, Any]
    entries: tuple[tuple[str, Mapping[str, Any]], ...]


def read_file(path: Path, problems: Problems) -> StudyFile:
    """Read the file of a study; entries of a wrong form are noted and left out.

    Raises
    ------
    InvalidInput
        If there is no such file, or its text cannot be read or run; the line is named.
    """
    if path.suffix not in (".toml", ".py"):
        raise InvalidInput(f"study: expected a .toml or .py file, got {str(path)!r}")
    if path.suffix == ".toml":
        return _structure(path.stem, _toml(path), problems)
    found = _python(path)
    given = [name for name in ("CONFIGS", "STUDY") if name in found]
    if len(given) != 1:
        raise InvalidInput(
            f"{path}: expected CONFIGS, a list of dicts, or STUDY, a dict, got "
            f"{' and '.join(given) or 'neither'}"
        )
    value = found[given[0]]
    if given == ["STUDY"]:
        if not isinstance(value, Mapping):
            raise InvalidInput(f"{path}: expected STUDY as a dict, got {type(value).__name__}")
        return _structure(path.stem, value, problems)
    if not isinstance(value, (list, tuple)) or not value:
        raise InvalidInput(f"{path}: expected CONFIGS as a list of dicts, got {_brief(value)}")
    labels = [f"config {i}" for i in range(1, len(value) + 1)]
    entries = [
        (label, _configuration(entry, label, problems))
        for label, entry in _tables(labels, value, problems)
    ]
    return StudyFile(path.stem, {}, tuple(entries))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"study: expected a file at {path}, got: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path}: expected a text in UTF-8, got other bytes") from error


def _toml(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = place[1] if place else max(1, len(text.splitlines()))
        reason = re.sub(r" \(at .*\)$", "", str(error))
        raise InvalidInput(f"{path}, line {line}: expected TOML, got: {reason}") from error


def _python(path: Path) -> dict[str, Any]:
    _text(path)
    try:
        return runpy.run_path(str(path))
    except (Exception, SystemExit) as error:  # whatever somebody's program raises
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        if isinstance(error, SyntaxError) and error.filename == str(path):
            lines = [error.lineno]
        place = f", line {lines[-1]}" if lines else ""
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise InvalidInput(f"{path}{place}: {reason}") from error


def _structure(stem: str, values: Mapping[str, Any], problems: Problems) -> StudyFile:
    shared = {key: value for key, value in values.items() if key not in ("name", "grid")}
    name = values.get("name", stem)
    if not isinstance(name, str) or not name.strip() or set(name) & set("/\\"):
        problems.add("", "name", f"expected a text without slashes, got {name!r}")
    grids = values.get("grid", [{}])
    grids = [grids] if isinstance(grids, Mapping) else grids
    if not isinstance(grids, (list, tuple)) or not grids:
        problems.add("", "grid", f"expected tables [[grid]], got {_brief(grids)}")
        grids = []
    labels = [f"grid {i}" if "grid" in values else "" for i in range(1, len(grids) + 1)]
    return StudyFile(str(name), shared, tuple(_tables(labels, grids, problems)))


def _tables(
    labels: list[str], tables: Any, problems: Problems
) -> list[tuple[str, Mapping[str, Any]]]:
    found = []
    for label, table in zip(labels, tables, strict=True):
        if isinstance(table, Mapping) and all(isinstance(key, str) for key in table):
            found.append((label, table))
        else:
            problems.add(label, "", f"expected a table of names and values, got {_brief(table)}")
    return found


def _configuration(given: Mapping[str, Any], where: str, problems: Problems) -> dict[str, Any]:
    """Return a configuration of the reference as a table: all but its own keys are overrides."""
    table: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for alias, value in given.items():
        name = LONG_NAMES.get(alias, alias)
        place = table if name in (*AXES, *SEEDS) else settings
        if name in place:
            problems.add(where, alias, f"expected {name} once, got it by two names")
        place[name] = value
    settings = {name: value for name, value in settings.items() if name not in NO_EFFECT}
    callbacks = settings.pop("callbacks", "")
    if callbacks:
        problems.add(
            where, "callbacks", f"expected none, got {callbacks!r}; see log.jsonl for the losses"
        )
    channels = settings.pop("num_channels", None)
    if channels is not None:
        _check_channels(channels, table.get("scenario"), settings, where, problems)
    return {**table, "set": settings}


def _check_channels(
    given: Any, key: Any, settings: Mapping[str, Any], where: str, problems: Problems
) -> None:
    try:
        own = scenario(key, **settings).channels
    except (XpdeError, TypeError):
        return  # a wrong scenario is a problem of its own
    if given not in (1, own):  # 1 is what the reference writes everywhere and replaces
        problems.add(where, "num_channels", f"expected the {own} of {key}, got {given!r}")


def _brief(value: Any) -> str:
    if isinstance(value, (list, tuple)) and not value:
        return "an empty list"
    return type(value).__name__
