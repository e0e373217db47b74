"""Workers of a Dask cluster: a running one, or one of processes on this machine."""

import importlib
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from xpde.errors import InvalidInput
from xpde.study.engines.child import Task, work
from xpde.study.engines.engine import shielded, unfinished
from xpde.study.place import Ending

__all__ = ["DaskEngine"]


class DaskEngine:
    """Tasks as Dask futures; every one is a worker process beside the Dask worker that has it.

    The study's folder must be the same for all machines. A task that is under way cannot be taken
    back, so a file in the folder asks the workers to end.

    Parameters
    ----------
    folder
        The study, for that file.
    scheduler
        Address such as ``tcp://host:8786``; none starts a cluster of processes here.
    workers
        Processes of that cluster. With a scheduler: tasks under way at a time, by default as many
        as it has threads.

    Raises
    ------
    InvalidInput
        If Dask is not installed, or nobody answers at the address.
    """

    def __init__(
        self, folder: Path, scheduler: str | None = None, workers: int | None = None
    ) -> None:
        distributed = _distributed()
        self._stop = Path(folder).absolute() / f".stop-{uuid.uuid4().hex}"
        self._cluster: Any = None
        if scheduler is None:
            self.workers = workers or 1
            with shielded():
                self._cluster = distributed.LocalCluster(
                    n_workers=self.workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    silence_logs="CRITICAL",
                )
        try:
            self._client = distributed.Client(scheduler or self._cluster, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise InvalidInput(
                f"scheduler: expected a Dask scheduler at {scheduler!r}, got: {error}"
            ) from error
        if scheduler is not None:
            self.workers = workers or max(1, sum(self._client.nthreads().values()))

    def submit(self, task: Task) -> "_DaskHandle":
        """Queue the task; no two Dask workers share its process."""
        task = replace(task, stop=str(self._stop))
        # Not pure: the same task may be submitted again, and must then run again.
        return _DaskHandle(task, self._client.submit(work, task, pure=False), self._stop)

    def close(self, wait: bool = True) -> None:
        """Leave the cluster, and end it if it is ours; the workers that ran there end with it."""
        for thing in (self._client, self._cluster):
            if thing is not None:
                with suppress(OSError, TimeoutError):
                    thing.close()
        self._stop.unlink(missing_ok=True)


class _DaskHandle:
    def __init__(self, task: Task, future: Any, stop: Path) -> None:
        self.task, self.future, self.stop = task, future, stop

    def done(self) -> bool:
        return bool(self.future.done())

    def endings(self) -> Sequence[Ending]:
        try:
            return [Ending(*values) for values in self.future.result()]
        except Exception as error:  # noqa: BLE001 - a lost worker or cluster, by any exception
            return unfinished(self.task, f"{type(error).__name__}: {error}")

    def cancel(self) -> None:
        with suppress(OSError):
            self.stop.touch()


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise InvalidInput(
            "engine dask: expected the package distributed, got none; install xpde[dask]"
        ) from error
