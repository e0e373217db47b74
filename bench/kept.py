"""Rows of suites and of cases of long ones, kept as they finish, so that a run can go on."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from bench.table import Row, markdown

__all__ = ["file", "forget", "kept", "read"]

FOLDER = Path("out/bench/rows")
RESUME = False
"""Whether rows of an earlier run are taken as they are."""
SUFFIX = ""
"""Of all names: a process that measures something else keeps its rows beside, and prints none."""
_TOLD: set[Row] = set()
"""Rows that were printed: those of a suite have been printed as those of its cases."""


def file(name: str) -> Path:
    """Return where the rows of a suite or case are kept."""
    return FOLDER / f"{re.sub(r'[^a-zA-Z0-9]+', '-', name)}.json"


def read(name: str) -> list[Row] | None:
    """Return the rows that are kept, or None."""
    if not file(name).exists():
        return None
    return [Row(**row) for row in json.loads(file(name).read_text())]


def forget(name: str) -> None:
    """Remove the rows of an earlier run."""
    file(name).unlink(missing_ok=True)


def kept(name: str, make: Callable[[], list[Row]]) -> list[Row]:
    """Return the rows of a case: those of an earlier run, or what ``make`` measures now."""
    name += SUFFIX
    rows = read(name) if RESUME else None
    if rows is None:
        rows = make()
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = file(name).with_suffix(".part")
        part.write_text(json.dumps([asdict(row) for row in rows]))
        part.replace(file(name))  # whole or not there, whenever the run is cut off
        new = [row for row in rows if row not in _TOLD]
        _TOLD.update(new)
        if new and not SUFFIX:
            print(*markdown(new).splitlines()[2:], sep="\n", flush=True)
    return rows
