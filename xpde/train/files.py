"""Files that appear whole or not at all."""

import os
from pathlib import Path

from xpde.errors import XpdeError

__all__ = ["write_whole"]


def write_whole(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``: at every moment the old file is there, or the new one.

    The bytes go to a file beside it, in a folder that must exist, and are flushed to the disk
    before that file is moved; then the folder is flushed, so that the move is durable too.

    Raises
    ------
    XpdeError
        If the system refuses (no space left, no permission). The file of before is intact and the
        one beside it removed.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        _flush(path.parent)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else " ".join(str(error).split())
        kept = "the file of before is intact" if path.is_file() else "nothing was kept"
        raise XpdeError(f"{path}: could not write ({reason}); {kept}, make room for it") from error


def _flush(folder: Path) -> None:
    if os.name == "nt":  # no handle of a folder to be had there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
