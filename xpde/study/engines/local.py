"""Workers on this machine: processes of this process."""

import time

from xpde.errors import InvalidInput
from xpde.study.engines.child import Child, Task

__all__ = ["LocalEngine"]


class LocalEngine:
    """At most ``workers`` processes at a time.

    Parameters
    ----------
    workers
        How many.
    grace
        Seconds that a worker has for its checkpoint when it is asked to end.
    """

    def __init__(self, workers: int = 1, grace: float = 60.0) -> None:
        if workers < 1:
            raise InvalidInput(f"workers: expected 1 or more, got {workers}")
        self.workers = workers
        self.grace = grace
        self._children: list[Child] = []

    def submit(self, task: Task) -> Child:
        """Start the process."""
        child = Child(task)
        self._children = [c for c in self._children if not c.done()] + [child]
        return child

    def close(self, wait: bool = True) -> None:
        """Ask every process to end, then insist."""
        for child in self._children:
            child.cancel()
        until = time.monotonic() + (self.grace if wait else 0.0)
        while any(not c.done() for c in self._children) and time.monotonic() < until:
            time.sleep(0.05)
        for child in self._children:
            if not child.done():
                child.kill()
            child.close()
