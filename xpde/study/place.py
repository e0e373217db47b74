"""The folder of one run: which file says what, and how the run ended."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xpde.errors import InvalidInput
from xpde.study.store import read_json, write_json

__all__ = ["Ending", "Place"]


@dataclass(frozen=True)
class Ending:
    """How a run ended, or where it is.

    Attributes
    ----------
    name
        The run.
    status
        ``done``, ``diverged`` (both final), ``failed``, ``stopped`` (asked to end, goes on from its
        checkpoint), ``elsewhere`` (another process has it), ``waiting`` (not begun).
    reason
        One line, empty where there is nothing to say.
    """

    name: str
    status: str
    reason: str = ""

    @property
    def final(self) -> bool:
        """Whether nothing of the run will be computed again."""
        return self.status in ("done", "diverged")


@dataclass(frozen=True)
class Place:
    """The folder ``STUDY/runs/NAME``; files appear in it whole or not at all."""

    folder: Path

    @classmethod
    def of(cls, study: Path, name: str) -> "Place":
        """Return the place of a run of a study."""
        return cls(study / "runs" / name)

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    @property
    def config(self) -> Path:
        """The configuration."""
        return self / "config.json"

    @property
    def checkpoint(self) -> Path:
        """The state of an unfinished training."""
        return self / "checkpoint.safetensors"

    @property
    def batch(self) -> Path:
        """Which runs an unfinished one trains together with, and the file with their states."""
        return self / "batch.json"

    def in_batches(self, name: str) -> Path:
        """Return the path of a file with the states of a batch of the study."""
        return self.folder.parent.parent / "batches" / name

    @property
    def unfinished(self) -> Path | None:
        """The file with the state of an unfinished training: its own, or that of a batch."""
        if self.checkpoint.exists():
            return self.checkpoint
        try:
            path = self.in_batches(str(read_json(self.batch)["file"]))
        except (OSError, InvalidInput, KeyError, TypeError):
            return None
        return path if path.exists() else None

    @property
    def done(self) -> Path:
        """Written last: status, reason, times."""
        return self / "done.json"

    @property
    def failed(self) -> Path:
        """The reason of the latest failure; removed by a success."""
        return self / "failed.json"

    @property
    def lock(self) -> Path:
        """Locked by the process that has the run."""
        return self / "lock"

    @property
    def progress(self) -> Path:
        """Where a running process is."""
        return self / "progress.json"

    def ending(self) -> Ending:
        """Return what the files say; a damaged one is a failure that names it."""
        name = self.folder.name
        for path in (self.done, self.failed):
            if path.exists():
                try:
                    values = read_json(path)
                    return Ending(name, str(values["status"]), str(values.get("reason", "")))
                except InvalidInput as error:
                    return Ending(name, "failed", str(error))
                except (KeyError, TypeError, AttributeError):
                    return Ending(name, "failed", f"expected a status in {path}, got none")
        return Ending(name, "waiting" if self.unfinished is None else "stopped")

    def fail(self, reason: str, trace: str = "") -> Ending:
        """Write why the run failed, as far as the disk allows, and return the ending."""
        reason = " ".join(reason.split())[:1000]
        with suppress(OSError):  # on a full disk the caller still has the reason
            write_json(self.failed, {"status": "failed", "reason": reason, "trace": trace})
        return Ending(self.folder.name, "failed", reason)

    def report(self, values: dict[str, Any]) -> None:
        """Write where the run is; a report that cannot be written is left out."""
        temporary = self / f".progress.{os.getpid()}"
        try:
            temporary.write_text(json.dumps(values), encoding="utf-8")
            temporary.replace(self.progress)  # not flushed: it is worth nothing after a crash
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def where(self) -> dict[str, Any]:
        """Return what :meth:`report` wrote last, or nothing."""
        try:
            values = json.loads(self.progress.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}
