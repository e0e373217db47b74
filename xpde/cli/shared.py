"""What several commands do: print, complain, choose where to write."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xpde.errors import InvalidInput, InvalidStudy

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["complain", "output_folder", "say", "terminal"]

MOST = 20
"""Problems of one study that are printed."""


def terminal(stderr: bool = False) -> "Console":
    """Return the console, 100 columns wide where nobody says how wide it is."""
    from rich.console import Console

    console = Console(stderr=stderr)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 100
    return console


def say(text: str) -> None:
    """Print one line on stdout as it is."""
    terminal().print(text, highlight=False, markup=False, soft_wrap=True)


def complain(error: Exception | str, code: int = 2) -> int:
    """Print an error as one line on stderr, a study's as one for each of its first problems."""
    lines = error.problems if isinstance(error, InvalidStudy) else (str(error),)
    more = len(lines) - MOST
    for line in [*lines[:MOST], *([f"and {more} more"] if more > 0 else [])]:
        print(f"xpde: {' '.join(line.split())}", file=sys.stderr)
    return code


def output_folder(out: Path | None, scenario: str) -> Path:
    """Choose where to write, and refuse a place that is a file before anything is computed."""
    folder = out or Path("out") / scenario
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"--out: expected a folder, got the file {str(folder)!r}")
    return folder
