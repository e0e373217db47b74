"""A run belongs to one process at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["exclusive"]


@contextmanager
def exclusive(path: Path) -> Iterator[bool]:
    """Try to lock a file and say whether it worked; the lock goes with the block or the process.

    The operating system holds the lock, so that a killed process leaves none behind. It holds
    between the machines of a cluster too if their shared file system knows ``flock`` (NFS from
    version 3, Lustre mounted with ``flock``). The file stays: removing it would let two processes
    lock two files of one name.
    """
    import fcntl  # Unix only, as are signals and cluster queues

    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
