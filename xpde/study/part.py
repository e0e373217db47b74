"""A file that grows: ``FILE.part`` until it is complete, and a record of how far it is."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from xpde.errors import InvalidInput, XpdeError
from xpde.study.store import atomic, canonical, digest

__all__ = ["Part"]

_CONFIG = "xpde_config"


class Part:
    """The unfinished form of a file, safe against a kill at any moment.

    ``FILE.part`` has its final structure from the start. ``FILE.part.state`` says which
    configuration it belongs to, how many blocks are on the disk, and the state that the next one
    begins with; it is replaced as a whole after the blocks are flushed. When all is done
    ``FILE.part`` is moved to ``FILE``. The record is written before the file is made and removed
    after it is moved, so a file without a record is not ours and is left alone.

    Parameters
    ----------
    target
        The finished file.
    config
        Plain values that decide every number in it; equal ones may go on where others stopped.
    """

    def __init__(self, target: Path, config: Mapping[str, Any]) -> None:
        self.target = target
        self.config = json.loads(canonical(config))
        self.path = target.with_name(target.name + ".part")
        self.state = target.with_name(target.name + ".part.state")

    @property
    def attributes(self) -> dict[str, str]:
        """Root attributes by which the finished file is known again."""
        return {_CONFIG: canonical(self.config), "xpde_hash": digest(self.config)}

    def finished(self) -> bool:
        """Tell whether the target is there with this configuration; refuse any other target."""
        if not self.target.exists():
            return False
        try:
            with h5py.File(self.target) as file:
                found = json.loads(file.attrs.get(_CONFIG, "null"))
        except (OSError, ValueError):
            found = None
        if found is None:
            raise InvalidInput(
                f"expected a new file, got {self.target}, which xpde did not write; it was left "
                "as it is, choose another --out"
            )
        self._agree(self.target, found)
        self._forget()  # the move was the last thing before a kill
        return True

    def begin(self, create: Callable[[Path], None], size: int) -> tuple[int, np.ndarray | None]:
        """Make the file, or find it; return how many blocks are done and the state to go on from.

        Parameters
        ----------
        create
            Writes a file of ``size`` bytes with its final structure.

        Raises
        ------
        InvalidInput
            If an unfinished file has another configuration or no record, or the disk is too small.
        """
        self.target.parent.mkdir(parents=True, exist_ok=True)
        done, carry = self._read()
        if done >= 0:
            return done, carry
        free = shutil.disk_usage(self.target.parent).free
        if free < size:
            raise InvalidInput(
                f"{self.target}: expected {size / 2**20:.4g} MiB free on its disk, "
                f"got {free / 2**20:.4g}"
            )
        self._write(-1, None)
        with self.writing(0, 0):
            create(self.path)
        self._write(0, None)
        return 0, None

    def commit(self, file: h5py.File, done: int, carry: np.ndarray | None) -> None:
        """Put the file on the disk, then record that ``done`` blocks are in it."""
        file.flush()
        with self.path.open("rb") as handle:
            os.fsync(handle.fileno())
        self._write(done, carry)

    def finish(self) -> None:
        """Move the complete file to its place; the last record makes the move durable."""
        with self.path.open("rb") as handle:
            os.fsync(handle.fileno())
        self.path.replace(self.target)
        self._write(-1, None)
        self._forget()

    @contextmanager
    def open(self) -> Iterator[h5py.File]:
        """Open for writing, without a cache of chunks: a block is with the system once written."""
        try:
            file = h5py.File(self.path, "r+", rdcc_nbytes=0, libver="earliest")
        except OSError as error:
            raise InvalidInput(
                f"expected {self.path} to open, got: {_line(error)}; is another process writing it?"
                " If not, remove it and its record to begin again"
            ) from error
        try:
            yield file
        finally:
            try:
                file.close()
            except (OSError, RuntimeError):  # a full disk once more; the first error is on its way
                file.id.close()

    @contextmanager
    def writing(self, done: int, total: int) -> Iterator[None]:
        """Turn a failed write into one line that says what is kept."""
        try:
            yield
        except OSError as error:
            kept = f"{done} of {total} blocks are kept" if total else "nothing was computed"
            reason = os.strerror(error.errno) if error.errno else _line(error)
            raise XpdeError(
                f"{self.path}: could not write ({reason}); {kept}, make room and run the "
                "same command again"
            ) from error

    def _read(self) -> tuple[int, np.ndarray | None]:
        if not self.path.exists():
            return -1, None
        if not self.state.exists():
            raise InvalidInput(
                f"expected no unfinished file without a record, got {self.path}; it was left as "
                "it is, move it away"
            )
        try:
            with h5py.File(self.state) as file:
                found, done = json.loads(file.attrs[_CONFIG]), int(file.attrs["done"])
                carry = file["carry"][()] if "carry" in file else None
        except (OSError, KeyError, ValueError) as error:
            raise InvalidInput(
                f"expected a record of xpde at {self.state}, got: {_line(error)}; it was left as "
                "it is, remove it and the unfinished file to begin again"
            ) from error
        self._agree(self.path, found)
        return done, carry

    def _write(self, done: int, carry: np.ndarray | None) -> None:
        with atomic(self.state) as temporary, h5py.File(temporary, "w") as file:
            file.attrs[_CONFIG] = canonical(self.config)
            file.attrs["done"] = done
            if carry is not None:
                file.create_dataset("carry", data=carry)

    def _forget(self) -> None:
        """Remove the record, and what a kill left of writing one."""
        for path in (self.state, *self.state.parent.glob(f".{escape(self.state.name)}.*")):
            path.unlink(missing_ok=True)

    def _agree(self, path: Path, found: Any) -> None:
        if found == self.config:
            return
        before, now = _flat(found), _flat(self.config)
        names = sorted(k for k in before | now if before.get(k) != now.get(k))
        raise InvalidInput(
            f"expected the configuration of {path} ({digest(found)}), got another "
            f"({digest(self.config)}) in {', '.join(names[:6])}; run its own command, move it "
            "away, or choose another --out"
        )


def _flat(config: Any) -> dict[str, Any]:
    """Return the innermost names of nested plain values."""
    flat: dict[str, Any] = {}
    for name, value in config.items():
        flat |= _flat(value) if isinstance(value, dict) else {name: value}
    return flat


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
