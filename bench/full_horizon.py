"""Run the 46 scenarios as they are: ``python -m bench.full_horizon [--key KEY] [--backends ...]``.

Default settings in float32: the warm-up, then 200 steps from all 30 test samples (10 in 3D) on JAX
and PyTorch, from two on NumPy. Kolmogorov flow, 14000 substeps, takes most of the time. Rows are
kept in ``--rows`` and not computed again, so that an interrupted run goes on.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import xpde
from bench.table import provenance
from xpde.core import Backend
from xpde.study.catalogue import suite
from xpde.study.data import unchecked_data
from xpde.study.invariants import good_steps, largest
from xpde.study.scenario import Scenario
from xpde.study.store import atomic

OUT, ROWS = Path("docs/full_horizon.md"), Path("out/full_horizon.json")
FEW = {"numpy": 2}
"""Samples where it is not all of them."""

HEAD = """# The suite over its full horizon

Written by `python -m bench.full_horizon`: default settings, float32, steps of the warm-up and of
the test horizon, all test samples (2 on NumPy). `finite` counts the samples without NaN and
infinity in any of their states, max|u| is over all states after the warm-up, and the time includes
compilation. {facts}.

{finite} of {count} runs are finite; {scenarios} of the 46 scenarios are in the table.

"""
COLUMNS = ("key", "D", "N", "backend", "samples", "steps", "finite", "max\\|u\\|", "seconds")


@dataclass(frozen=True)
class Run:
    """One scenario on one backend over its whole horizon."""

    key: str
    dims: int
    points: int
    backend: str
    samples: int
    steps: int
    finite: int
    largest: float
    seconds: float

    @property
    def name(self) -> tuple[str, int, str]:
        """What is run, and on what."""
        return self.key, self.dims, self.backend


def measure(found: Scenario, bk: Backend, samples: int | None = None) -> Run:
    """Run a scenario with its own settings and count the finite samples."""
    count = found.test_samples if samples is None else min(samples, found.test_samples)
    began = time.perf_counter()
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        states = unchecked_data(found, bk, "test", samples=count)
        sizes = bk.to_numpy(largest(states, found.dims))
    seconds = time.perf_counter() - began
    good = good_steps(sizes)
    return Run(
        found.key,
        found.dims,
        found.grid.points[0],
        bk.name,
        count,
        found.warmup + found.test_horizon,
        int(np.sum(good == sizes.shape[1])),
        float(np.max(sizes)),
        seconds,
    )


def runs(backends: list[str], keys: list[str] | None, done: list[Run]) -> Iterator[Run]:
    """Yield the runs that are not done."""
    names = {run.name for run in done}
    for backend in backends:
        bk = xpde.backend(backend)
        for found in suite():
            wanted = not keys or found.key in keys
            if wanted and (found.key, found.dims, backend) not in names:
                yield measure(found, bk, FEW.get(backend))


def page(rows: list[Run]) -> str:
    """Return the page, in the order of the suite."""
    order = {(s.key, s.dims): i for i, s in enumerate(suite())}
    rows = sorted(rows, key=lambda run: (order[run.key, run.dims], run.backend))
    facts = provenance()
    facts_line = ", ".join(f"{name} {facts[name]}" for name in ("date", "cores", *_PACKAGES))
    head = HEAD.format(
        facts=facts_line[0].upper() + facts_line[1:],
        finite=sum(run.finite == run.samples for run in rows),
        count=len(rows),
        scenarios=len({(run.key, run.dims) for run in rows}),
    )
    lines = [COLUMNS, ["---"] * len(COLUMNS), *map(_cells, rows)]
    return head + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


_PACKAGES = ("xpde", "numpy", "jax", "torch")


def _cells(run: Run) -> list[str]:
    finite = "all" if run.finite == run.samples else f"**{run.finite}**"
    numbers = [f"{run.dims}", f"{run.points}", run.backend, f"{run.samples}", f"{run.steps}"]
    return [f"`{run.key}`", *numbers, finite, f"{run.largest:.3g}", f"{run.seconds:.1f}"]


def main() -> None:
    """Compute what is missing and write the page after every run."""
    parser = argparse.ArgumentParser(prog="python -m bench.full_horizon", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="the page")
    parser.add_argument("--rows", type=Path, default=ROWS, help="rows so far, also read")
    parser.add_argument("--backends", default="jax,torch,numpy", help="separated by commas")
    parser.add_argument("--key", action="append", help="scenario to run (repeatable)")
    arguments = parser.parse_args()
    rows = []
    if arguments.rows.exists():
        rows = [Run(**row) for row in json.loads(arguments.rows.read_text(encoding="utf-8"))]
    for run in runs(arguments.backends.split(","), arguments.key, rows):
        print(*_cells(run), flush=True)
        rows.append(run)
        with atomic(arguments.rows) as temporary:
            temporary.write_text(json.dumps([asdict(row) for row in rows], indent=1))
        with atomic(arguments.out) as temporary:
            temporary.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
