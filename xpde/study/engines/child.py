"""One worker process under supervision: what it said, and what it leaves if it dies.

Every engine runs :func:`work`, on this machine or another, so that a crash looks the same anywhere.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xpde.study.place import Ending, Place

__all__ = ["Child", "Task", "work"]

_TAIL = 40
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Task:
    """Runs of one configuration for one worker process.

    Attributes
    ----------
    folder
        The study, an absolute path that every machine knows by the same name.
    names
        Its runs, in order.
    threads
        Threads of numeric libraries; None leaves them alone.
    stop
        A file whose appearance asks for the end; empty for none.
    together
        Whether its trainings are done together: ``auto``, ``yes`` or ``no``.
    """

    folder: str
    names: tuple[str, ...]
    threads: int | None = None
    stop: str = ""
    together: str = "auto"

    def place(self, name: str) -> Place:
        """Return the folder of a run."""
        return Place.of(Path(self.folder), name)


class Child:
    """A worker process. Its messages are read as they come, so that no pipe fills up."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._messages: list[dict[str, Any]] = []
        self._errors: deque[str] = deque(maxlen=_TAIL)
        self._cancelled = False
        command = [sys.executable, "-m", "xpde.study.worker", "--parent", str(os.getpid())]
        self.process = subprocess.Popen(
            [*command, "--together", task.together, task.folder, *task.names],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=_environment(task.threads),
        )
        self._readers = [
            _reader(self.process.stdout or (), self._hear),
            _reader(self.process.stderr or (), self._errors.append),
        ]

    def done(self) -> bool:
        """Whether the process has ended."""
        return self.process.poll() is not None

    def cancel(self) -> None:
        """Ask it to write a checkpoint and end."""
        self._cancelled = True
        if not self.done():
            self.process.terminate()

    def kill(self) -> None:
        """End it at once, as the last resort."""
        self._cancelled = True
        self.process.kill()

    def close(self) -> None:
        """Wait for the end and release the pipes."""
        self.process.wait()
        for reader in self._readers:
            reader.join()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def endings(self) -> list[Ending]:
        """Return how the runs ended; what was in progress when the process died has failed."""
        self.close()
        told = {
            m["run"]: Ending(m["run"], m["status"], m["reason"])
            for m in self._messages
            if m["kind"] == "end"
        }
        silent = [name for name in self.task.names if name not in told]
        if silent and not self._cancelled:
            begun = [m.get("runs", [m["run"]]) for m in self._messages if m["kind"] == "begin"]
            open_ = [[name for name in names if name in silent] for names in reversed(begun)]
            for victim in next(filter(None, open_), silent[:1]):
                told[victim] = self._dead(victim)
        rest = "stopped" if self._cancelled else "waiting"
        return [told.get(name, Ending(name, rest)) for name in self.task.names]

    def _dead(self, name: str) -> Ending:
        """Record that the process died in a run; it may just have finished it."""
        place = self.task.place(name)
        found = place.ending()
        if found.final:
            return found
        code, lines = self.process.returncode, [line.strip() for line in self._errors]
        last = next((line for line in reversed(lines) if line), f"exit code {code}")
        reason = f"killed by signal {-code}" if code < 0 else f"its process ended early: {last}"
        return place.fail(reason, "".join(self._errors))

    def _hear(self, line: str) -> None:
        with suppress(ValueError, KeyError):
            value = json.loads(line)
            if isinstance(value, dict) and value.get("kind") in ("begin", "end"):
                self._messages.append(value)


def _reader(lines: Iterable[str], hear: Any) -> threading.Thread:
    def read() -> None:
        with suppress(ValueError, OSError):  # the pipe was closed
            for line in lines:
                hear(line)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _environment(threads: int | None) -> dict[str, str]:
    """Return the environment of a worker; what the user has set stays."""
    found = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}  # workers share a GPU
    if threads is not None:
        found |= dict.fromkeys(_THREADS, str(threads))
    return found | dict(os.environ)


def work(task: Task, poll: float = 0.2) -> list[tuple[str, str, str]]:
    """Run a task to its end and return (name, status, reason) of its runs, as plain values.

    Called on the machine that computes. If this call is interrupted, or ``task.stop`` appears, the
    process is asked to write its checkpoint and end.
    """
    child = Child(task)
    stop = Path(task.stop) if task.stop else None
    try:
        while not child.done():
            if stop is not None and stop.exists():
                child.cancel()
                stop = None
            time.sleep(poll)
    except BaseException:
        child.cancel()
        child.close()
        raise
    return [(e.name, e.status, e.reason) for e in child.endings()]
