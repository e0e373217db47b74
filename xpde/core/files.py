"""Files that appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xpde.errors import XpdeError

__all__ = ["atomic", "write_whole"]


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on success flush it and move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        _flush_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Make the move itself durable; systems that cannot open a folder skip it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` by :func:`atomic`, and say it in one line if that fails.

    Raises
    ------
    XpdeError
        If the system refuses (no space left, no permission). The file of before is intact and the
        one beside it removed.
    """
    try:
        with atomic(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else " ".join(str(error).split())
        kept = "the file of before is intact" if path.is_file() else "nothing was kept"
        raise XpdeError(f"{path}: could not write ({reason}); {kept}, make room for it") from error
