"""The command that runs studies: ``study``."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from xpde.cli.shared import complain, output_folder, say, terminal
from xpde.errors import InvalidInput
from xpde.options import assignments

if TYPE_CHECKING:
    from xpde.study.conduct import Conclusion
    from xpde.study.engines import Engine
    from xpde.study.plan import Study
    from xpde.study.runs import Run

__all__ = ["study"]

_MOST_REASONS = 20


def study(
    source: Path,
    /,
    *,
    out: Path | None = None,
    engine: Literal["local", "dask", "slurm"] = "local",
    workers: int | None = None,
    threads: int | None = None,
    together: Literal["auto", "yes", "no"] = "auto",
    scheduler: str | None = None,
    cluster: str | None = None,
    slurm: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    only: Literal["failed"] | None = None,
    select: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    check: Annotated[bool, Parameter(negative="")] = False,
    list_: Annotated[bool, Parameter(name="--list", negative="")] = False,
    backend: str | None = None,
    updates: int | None = None,
) -> int:
    """Run a study: every combination of scenarios, networks, trainings and seeds in a file.

    Everything is checked before anything runs. What is finished is never computed again: after an
    interruption, a crash or a failure the same command goes on, trainings from their checkpoints.
    A run that fails is a row with its reason, and the others go on.

    Exit code: 0 if every run is done, 1 if some failed or diverged, 2 for bad input, 130 if
    interrupted.

    For example:

    ```
    xpde study depth.toml --check
    xpde study depth.toml --workers 4
    xpde study depth.toml --only failed
    xpde study out/studies/depth --engine dask --scheduler tcp://head:8786
    xpde study depth.toml --engine slurm --slurm partition=gpu --slurm gpus=1 --slurm time=600
    ```

    Parameters
    ----------
    source
        A study file, TOML or Python, or the folder of a study to go on with.
    out
        Folder of the study; `out/studies/NAME` by default.
    engine
        Where the worker processes are: on this machine, on a Dask cluster, or jobs of Slurm.
    workers
        Processes at a time: by default one for each processor, or one where runs name a device;
        the size of the cluster; 64 jobs.
    threads
        Threads of each worker's numeric libraries; the processors are divided by default.
    together
        Whether the seeds of one configuration train together, as one batch of networks: `auto` does
        so with JAX on an accelerator, which one small network leaves idle; on a CPU one after the
        other is faster. A batch needs the memory of all its seeds.
    scheduler
        Address of a Dask scheduler; without it Dask starts workers on this machine.
    cluster
        `slurm` or `local`, which runs the jobs on this machine; what is found by default.
    slurm
        What a job asks for, as NAME=VALUE; may be repeated: `partition`, `time` in minutes,
        `gpus`, `cpus`, `memory` in GB, `account`, `qos`, `constraint`, or any option of sbatch.
    only
        `failed`: only the runs that failed.
    select
        Only runs whose description contains this text; may be repeated.
    check
        Check everything and say how many runs there are; run nothing.
    list_
        List the runs and how they stand; run nothing.
    backend
        Framework of every run, in place of what the file says.
    updates
        Number of updates of every run, in place of what the file says.
    """
    changes = {"backend": backend, "updates": updates}
    if source.is_dir() and out is not None:
        raise InvalidInput(f"--out: expected a study file with it, got the folder {source}")
    found = _read(source, {k: v for k, v in changes.items() if v is not None})
    folder = source if source.is_dir() else output_folder(out, f"studies/{found.name}")
    chosen = found.select(select) if select else found
    if not chosen.runs:
        raise InvalidInput(f"--select: expected text of some run, got {', '.join(select)}")
    if list_:
        return _list(chosen.runs, folder)
    if check:
        return _check(found.name, chosen)
    where = _Where(engine, workers, threads, scheduler, cluster, slurm)
    return _run(found, chosen, folder, where, only == "failed", together)


class _Where:
    """The options that choose an engine."""

    def __init__(
        self,
        engine: str,
        workers: int | None,
        threads: int | None,
        scheduler: str | None,
        cluster: str | None,
        slurm: Sequence[str],
    ) -> None:
        for name, given, wanted in (
            ("scheduler", scheduler, "dask"),
            ("cluster", cluster, "slurm"),
            ("slurm", slurm, "slurm"),
        ):
            if given and engine != wanted:
                raise InvalidInput(f"--{name}: expected with --engine {wanted}, got {engine}")
        if workers is not None and workers < 1:
            raise InvalidInput(f"--workers: expected 1 or more, got {workers}")
        if threads is not None and threads < 1:
            raise InvalidInput(f"--threads: expected 1 or more, got {threads}")
        self.engine, self.workers, self.threads = engine, workers, threads
        self.scheduler, self.cluster = scheduler, cluster
        self.slurm = assignments(slurm, "--slurm")

    def start(self, folder: Path, runs: "Sequence[Run]") -> "tuple[Engine, int | None]":
        """Return the engine and the threads of a worker; nothing is started for no runs."""
        from xpde.study.engines import DaskEngine, LocalEngine, SlurmEngine
        from xpde.study.provenance import threads as processors

        if not runs:
            return LocalEngine(), self.threads
        if self.engine == "slurm":
            jobs = self.workers or 64
            return SlurmEngine(folder, self.cluster, jobs, self.slurm), self.threads
        if self.engine == "dask" and self.scheduler is not None:
            return DaskEngine(folder, self.scheduler, self.workers), self.threads
        here = processors()
        on_device = any(run.device is not None for run in runs)
        workers = self.workers or (1 if on_device else min(here, len(runs)))
        threads = self.threads or max(1, here // workers)
        if self.engine == "dask":
            return DaskEngine(folder, None, workers), threads
        return LocalEngine(workers), threads


def _read(source: Path, changes: dict[str, Any]) -> "Study":
    from xpde.study.plan import Study

    if not source.is_dir():
        return Study.read(source, **changes)
    if changes:
        given = " and ".join(f"--{name}" for name in changes)
        raise InvalidInput(f"{given}: expected a study file to change, got the folder {source}")
    return Study.open(source)


def _check(name: str, chosen: "Study") -> int:
    runs, groups = len(chosen.runs), len(chosen.groups())
    say(f"{name}: {_count(runs, 'run')} of {_count(groups, 'configuration')}, nothing to object to")
    return 0


def _list(runs: "Sequence[Run]", folder: Path) -> int:
    from xpde.study.place import Place

    for run in runs:
        ending = Place.of(folder, run.name).ending()
        reason = f": {ending.reason}" if ending.reason else ""
        say(f"{run.name}  {ending.status:8}  {run.label}{reason}")
    return 0


def _run(
    found: "Study",
    chosen: "Study",
    folder: Path,
    where: _Where,
    only_failed: bool,
    together: str,
) -> int:
    from xpde.report.board import board
    from xpde.study.conduct import conduct, outstanding

    todo = outstanding(folder, chosen.runs, only_failed)
    say(f"study {found.name}: {_count(len(chosen.runs), 'run')}, {len(todo)} to do: {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    found.write(folder)  # refuses a folder of something else before an engine starts
    engine, threads = where.start(folder, todo)
    with _terminable(), board(terminal(stderr=True)) as show:
        conclusion = conduct(
            found,
            folder,
            engine,
            runs=chosen.runs,
            only_failed=only_failed,
            threads=threads,
            together=together,
            show=show,
        )
    return _summary(conclusion, {run.name: run.label for run in chosen.runs}, folder)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does: workers write checkpoints, tables are collected."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _summary(conclusion: "Conclusion", labels: dict[str, str], folder: Path) -> int:
    """Print counts and reasons, and return the exit code."""
    order = ("done", "diverged", "failed", "elsewhere", "stopped", "waiting")
    counts = conclusion.counts
    say(", ".join(f"{counts[status]} {status}" for status in order if counts[status]))
    bad = [e for e in conclusion.endings if e.status in ("diverged", "failed", "elsewhere")]
    for ending in bad[:_MOST_REASONS]:
        complain(f"{ending.status}: run {ending.name} ({labels[ending.name]}): {ending.reason}")
    if len(bad) > _MOST_REASONS:
        complain(f"and {len(bad) - _MOST_REASONS} more; xpde study {folder} --list shows them")
    for warning in conclusion.warnings[:_MOST_REASONS]:
        complain(f"warning: {warning}")
    say(f"tables: {folder / 'runs.parquet'} and metrics, losses, samples, spectra beside it")
    if conclusion.interrupted:
        complain("interrupted; run the same command again")
        return 130
    return 0 if conclusion.complete else 1


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
