"""Workers as jobs of a Slurm cluster, through submitit; its local executor stands in for tests."""

import importlib
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from xpde.errors import InvalidInput, unknown_name
from xpde.study.engines.child import Task, work
from xpde.study.engines.engine import shielded, unfinished
from xpde.study.place import Ending

__all__ = ["SlurmEngine"]

CLUSTERS = ("slurm", "local")
_NAMES = {
    "time": "timeout_min",
    "gpus": "gpus_per_node",
    "cpus": "cpus_per_task",
    "memory": "mem_gb",
    "partition": "slurm_partition",
    "account": "slurm_account",
    "qos": "slurm_qos",
    "constraint": "slurm_constraint",
}
_MINUTES = 24 * 60
"""Of a job, where nobody says how long: submitit's own five would end most trainings."""


class SlurmEngine:
    """One job a task.

    Jobs outlive the program that submitted them. A job that comes to the end of its time writes a
    checkpoint on the signal before it, and the conductor submits what is left again.

    Parameters
    ----------
    folder
        The study; logs of the jobs go to ``slurm`` in it.
    cluster
        ``slurm``, or ``local`` for processes on this machine; by default what submitit finds.
    workers
        Jobs in the queue at a time.
    options
        ``time`` (minutes), ``gpus``, ``cpus``, ``memory`` (GB), ``partition``, ``account``,
        ``qos``, ``constraint``; any other name is an option of ``sbatch``.

    Raises
    ------
    InvalidInput
        If submitit is not installed, finds no cluster, or refuses an option.
    """

    def __init__(
        self,
        folder: Path,
        cluster: str | None = None,
        workers: int = 64,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        if workers < 1:
            raise InvalidInput(f"workers: expected 1 or more, got {workers}")
        if cluster is not None and cluster not in CLUSTERS:
            raise unknown_name("cluster", cluster, CLUSTERS)
        self.workers = workers
        self._stop = Path(folder).absolute() / f".stop-{uuid.uuid4().hex}"
        submitit = _submitit()
        try:
            self._executor = submitit.AutoExecutor(Path(folder) / "slurm", cluster=cluster)
            self._executor.update_parameters(name="xpde", **_parameters(options or {}))
        except (RuntimeError, ValueError, NameError, AssertionError, TypeError) as error:
            text = " ".join(str(error).split())
            raise InvalidInput(f"engine slurm: {text or type(error).__name__}") from error

    def submit(self, task: Task) -> "_SlurmHandle":
        """Submit the job."""
        task = replace(task, stop=str(self._stop))
        with shielded():
            job = self._executor.submit(work, task)
        return _SlurmHandle(task, job, self._executor.cluster != "local")

    def close(self, wait: bool = True) -> None:
        """Nothing is held: jobs were cancelled, or go on."""
        self._stop.unlink(missing_ok=True)


class _SlurmHandle:
    def __init__(self, task: Task, job: Any, queued: bool) -> None:
        self.task, self.job, self.queued = task, job, queued

    def done(self) -> bool:
        return bool(self.job.done())

    def endings(self) -> Sequence[Ending]:
        try:
            return [Ending(*values) for values in self.job.result()]
        except Exception as error:  # noqa: BLE001 - submitit wraps whatever ended the job
            last = [line for line in str(error).splitlines() if line.strip()][-1:]
            return unfinished(self.task, f"the job ended early: {''.join(last).strip()}")

    def cancel(self) -> None:
        with suppress(OSError):
            Path(self.task.stop).touch()
        if self.queued:  # also those that have not begun
            self.job.cancel(check=False)


def _parameters(options: Mapping[str, Any]) -> dict[str, Any]:
    """Translate the options into submitit's words."""
    known = {_NAMES[k]: v for k, v in options.items() if k in _NAMES}
    others = {k.replace("-", "_"): v for k, v in options.items() if k not in _NAMES}
    more = {"slurm_additional_parameters": others} if others else {}
    return {"timeout_min": _MINUTES} | known | more


def _submitit() -> Any:
    try:
        return importlib.import_module("submitit")
    except ImportError as error:
        raise InvalidInput(
            "engine slurm: expected the package submitit, got none; install xpde[slurm]"
        ) from error
