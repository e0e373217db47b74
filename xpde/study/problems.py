"""A list of problems: everything that is wrong is found before anything is said."""

import json
from collections.abc import Mapping
from typing import Any

from xpde.errors import InvalidStudy

__all__ = ["Problems", "shown"]

LONGEST = 60
"""Characters of a value that are repeated in a message."""


class Problems:
    """Collects lines ``WHERE, VALUE: MESSAGE``; what is said twice is one line with a count."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}

    def add(self, where: str, what: str, message: object) -> None:
        """Note that ``what`` at ``where`` (either may be empty) is wrong because of ``message``."""
        text = " ".join(str(message).split())
        self._found.setdefault((what, text), []).append(where)

    def lines(self) -> list[str]:
        """Return a line for every problem: its first place, and how often it was found."""
        found = []
        for (what, text), places in self._found.items():
            parts = ", ".join(part for part in (places[0], what) if part)
            count = f" ({len(places)} times)" if len(places) > 1 else ""
            found.append((f"{parts}: " if parts else "") + text + count)
        return found

    def complain(self) -> None:
        """Raise :class:`~xpde.errors.InvalidStudy` if anything was noted."""
        if self._found:
            raise InvalidStudy(*self.lines())


def shown(values: Mapping[str, Any]) -> str:
    """Return ``net "Conv;34;10;relu", points 48``: names with values, cut where they are long."""
    return ", ".join(f"{name} {_short(value)}" for name, value in values.items())


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
