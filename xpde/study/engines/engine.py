"""What the conductor of a study needs of whatever runs its workers."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from xpde.study.engines.child import Task
from xpde.study.place import Ending

__all__ = ["Engine", "Handle", "shielded", "unfinished"]


class Handle(Protocol):
    """A task that was submitted."""

    def done(self) -> bool:
        """Whether it has ended, in whatever way."""

    def endings(self) -> Sequence[Ending]:
        """Return how its runs ended, one for each, once it is done. Never raises."""

    def cancel(self) -> None:
        """Ask it to write checkpoints and end soon."""


class Engine(Protocol):
    """A place for worker processes.

    Attributes
    ----------
    workers
        Tasks that are worth having under way at a time.
    """

    @property
    def workers(self) -> int:
        """Tasks that are worth having under way at a time."""

    def submit(self, task: Task) -> Handle:
        """Start a task, now or when there is room for it."""

    def close(self, wait: bool = True) -> None:
        """End what still runs, after its checkpoint unless told not to wait, and let go."""


@contextmanager
def shielded() -> Iterator[None]:
    """Let processes that are started here ignore Ctrl-C, which a terminal sends to all of a group.

    They are to hear of it from the conductor, after which their workers have written checkpoints.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may change this, and only it is interrupted
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def unfinished(task: Task, reason: str) -> list[Ending]:
    """Return endings for a task of which nothing but its folders is known: finished or stopped."""
    found = [task.place(name).ending() for name in task.names]
    return [e if e.final else Ending(e.name, "stopped", reason) for e in found]
