"""A function of the user's, named on the command line as ``FILE:NAME``."""

import runpy
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xpde.errors import InvalidInput, XpdeError, unknown_name

__all__ = ["is_file_name", "load", "one_line"]


def is_file_name(text: str) -> bool:
    """Tell whether a text is ``FILE:NAME``, or a Python file whose NAME was forgotten."""
    return text.endswith(".py") or ".py:" in text


def load(role: str, text: str) -> Callable[..., Any]:
    """Return what ``FILE:NAME`` names, by running the file; it may import files beside it.

    Parameters
    ----------
    role
        Whose it is, for the messages.
    text
        ``FILE:NAME``; a relative file is looked for in the current folder.

    Raises
    ------
    InvalidInput
        If the file is absent or does not run, or NAME is not in it or cannot be called; one line.
    """
    file, _, name = text.rpartition(":")
    if not file or not name or not is_file_name(file):
        raise InvalidInput(f"{role}: expected FILE:NAME, such as {text.rstrip(':')}:step")
    path = Path(file)
    if not path.is_file():
        raise InvalidInput(f"{role}: expected a Python file, got {file!r}, which does not exist")
    try:
        with _beside(path):
            found = runpy.run_path(str(path))
    except (KeyboardInterrupt, XpdeError):
        raise
    except BaseException as error:  # whatever a file does when it runs, SystemExit too
        raise InvalidInput(
            f"{role}: expected {file} to run, got {one_line(error)}{_place(error, path)}"
        ) from error
    known = {key for key, value in found.items() if callable(value) and not key.startswith("_")}
    if name not in known:
        if name in found:
            raise InvalidInput(
                f"{role}: expected {name} in {file} as a function of a state, got "
                f"{type(found[name]).__name__}"
            )
        raise unknown_name(f"function of {file}", name, known)
    return found[name]


def one_line(error: BaseException) -> str:
    """Return the kind and the text of an error as one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


@contextmanager
def _beside(path: Path) -> Iterator[None]:
    """Let a file import its neighbors while it runs."""
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _place(error: BaseException, path: Path) -> str:
    """Say on which line of the file an error arose, where it is known."""
    if isinstance(error, SyntaxError):
        return ""  # its text has the line
    trace, line = error.__traceback__, None
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).name == path.name:
            line = trace.tb_lineno
        trace = trace.tb_next
    return "" if line is None else f" (line {line})"
