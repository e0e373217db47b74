"""Rows of long suites, kept case by case, so that a run that was cut off can go on."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from bench.table import Row, markdown

__all__ = ["kept"]

FOLDER = Path("out/bench/rows")
RESUME = False
"""Whether rows of an earlier run are taken as they are."""


def kept(name: str, make: Callable[[], list[Row]]) -> list[Row]:
    """Return the rows of a case: those of an earlier run, or what ``make`` measures now."""
    file = FOLDER / f"{re.sub(r'[^a-zA-Z0-9]+', '-', name)}.json"
    if RESUME and file.exists():
        return [Row(**row) for row in json.loads(file.read_text())]
    rows = make()
    FOLDER.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(row) for row in rows]))
    print(*markdown(rows).splitlines()[2:], sep="\n", flush=True)
    return rows
