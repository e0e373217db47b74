"""Each suite in a process of its own, one after the other.

Ratios of one suite do not depend on what another one did to the memory of the process, and a suite
that fails or is killed takes no other with it. What a child has measured it keeps in a file; the
parent joins the files.

Times are taken with an allocator that keeps what is freed (``keep_freed_memory``), as the ``xpde``
command has it: otherwise much of what is timed is the kernel, which clears pages anew for every
large array. Memory is measured by a second process, in which freed memory goes back to the system
at once.
"""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bench import kept
from bench.table import Row

__all__ = ["attempt", "environment", "failure", "joined", "log", "run", "with_memory"]

PATIENCE = 5.0
"""Seconds in which a child may end by itself after an interrupt."""
DOUBLE = ("suite64",)
"""Suites in float64: JAX decides at its start."""
ALONE = {"tape": ("numpy",)}
"""Backends that are placed, where others would only be in the way."""

MEMORY = (
    "floor", "peer", "batches", "measures", "training", "unrolled", "evaluation", "tape", "krylov",
    "solvers", "suite", "suite64",
)  # fmt: skip
"""Suites whose cases are calls in their own process, so that their memory can be measured."""
SUFFIX = " memory"
"""Of the name of the process that measures the memory of a suite."""
AT_ONCE = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
"""Settings of glibc by which freed memory goes back to the system."""


def environment(name: str, memory: bool = False) -> dict[str, str]:
    """Return the environment of the process of a suite, or of that for its memory."""
    double = {"JAX_ENABLE_X64": "1"} if name in DOUBLE else {}
    return {**os.environ, **double, **(AT_ONCE if memory else {})}


def log(name: str) -> Path:
    """Return where a suite that failed says why."""
    return kept.file(name).with_suffix(".log")


def attempt(name: str, make: Callable[[], list[Row]]) -> int:
    """Measure a suite in this process and return its exit status; what failed goes to its log."""
    at = log(name + kept.SUFFIX)
    at.unlink(missing_ok=True)
    try:
        kept.kept(name, make)
    except KeyboardInterrupt:
        return 130
    except Exception:  # noqa: BLE001 - whatever it is, the other suites go on
        kept.FOLDER.mkdir(parents=True, exist_ok=True)
        at.write_text(traceback.format_exc())
        return 1
    return 0


def run(words: Sequence[str], env: dict[str, str] | None = None) -> int:
    """Run a process that prints where this one prints; return its exit status.

    An interrupt reaches both from a terminal; a child that does not end then is ended.
    """
    with subprocess.Popen(words, env=env) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.terminate()
            raise


def failure(name: str, status: int) -> str:
    """Say in one line how a suite failed."""
    if log(name).exists():
        last = log(name).read_text().strip().splitlines()[-1]
        return f"{name}: failed ({last}); {log(name)} says where"
    how = f"ended by signal {-status}" if status < 0 else f"exit status {status}"
    return f"{name}: failed ({how})"


def with_memory(rows: Sequence[Row], measured: Sequence[Row]) -> list[Row]:
    """Give rows the peaks of memory that others of the same name have."""

    def key(row: Row) -> tuple[str, ...]:
        return row.suite, row.case, row.backend, row.against

    found = {key(row): (row.megabytes, row.over_megabytes) for row in measured}
    return [
        replace(row, megabytes=peaks[0], over_megabytes=peaks[1])
        if (peaks := found.get(key(row)))
        else row
        for row in rows
    ]


def _rows(name: str, start: Callable[[str], int]) -> list[Row] | None:
    """Return the rows of one process, kept or new; None if it failed, which is said."""
    status = 0
    if not kept.RESUME:
        kept.forget(name)
    if kept.read(name) is None:
        status = start(name)
    found = kept.read(name)
    if status or found is None:
        print(failure(name, status), file=sys.stderr, flush=True)
        return None
    return found


def joined(
    names: Sequence[str],
    start: Callable[[str], int],
    report: Callable[[list[Row]], None],
    memory: Sequence[str] = MEMORY,
) -> list[str]:
    """Run suites by ``start``, hand all rows so far to ``report`` after each; return what failed.

    Those of ``memory`` are started again as ``NAME memory``, for the peaks of their rows.
    With :data:`bench.kept.RESUME` processes whose rows are complete are not started again.
    """
    rows: list[Row] = []
    failed = []
    for name in names:
        found = _rows(name, start)
        if found is None:
            failed.append(name)
            continue
        if name in memory:
            measured = _rows(name + SUFFIX, start)
            failed += [name + SUFFIX] if measured is None else []
            found = with_memory(found, measured or [])
        print(f"{name}: {len(found)} rows", flush=True)
        rows += found
        report(rows)
    return failed
