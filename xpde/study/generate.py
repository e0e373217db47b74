"""Data sets of any size: computed block by block, written as they come, resumed after a kill."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import xpde
from xpde.core import Backend
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde import Solver
from xpde.study.blocks import Block, cut
from xpde.study.data import Split, initial_states, split_of
from xpde.study.invariants import Report
from xpde.study.part import Part
from xpde.study.provenance import provenance
from xpde.study.scenario import Scenario
from xpde.study.well import Layout, create, read_report, write_report, write_states

__all__ = ["generate", "layout_of"]

Progress = Callable[..., None]

_UNSEEN = {"batch", "coarse_proportion", "metrics", "optimizer", "vlim"}
"""Settings of training and pictures, which no data set depends on."""


def _silent(label: str, done: int = 0, total: int = 0, note: str = "") -> None:
    """Report nothing."""


def generate(
    scenario: Scenario,
    backend: Backend,
    path: Path | str,
    *,
    split: Split = "test",
    store: str | None = None,
    memory: float = 512.0,
    progress: Progress = _silent,
) -> Report:
    """Write a data set of a scenario in the layout of The Well; return its invariant report.

    The states equal :func:`~xpde.study.data.reference_data`. Blocks hand on the spectrum, as the
    steps of one rollout do, so on an eager backend they are the same bits. They are equal to
    rounding for a linear equation, whose rollout multiplies by powers of the factor of a step,
    and under a compiler, which may fuse a program of another length differently (a chaotic
    equation lets that grow).

    Parameters
    ----------
    scenario, backend
        What is solved and with what; the backend's dtype is the precision of the computation.
    path
        The file. Until it is complete it is ``path.part`` and a record beside it; an interrupted
        call, even a killed one, goes on from there if everything that decides the numbers is the
        same. If the file is complete already its report is returned.
    split
        ``train`` or ``test``: samples, steps and seed of the scenario.
    store
        Precision of the file; by default that of the computation.
    memory
        MiB for the states in memory, on the device and on the host each. Shorter blocks lose less
        at a kill.
    progress
        Called as ``progress(label, done, total, note)`` after every block.

    A sample that becomes non-finite is NaN from that step on and is listed in the report's
    ``stopped``; the others go on.

    Raises
    ------
    InvalidInput
        If the path holds something else, the memory or the disk is too small, or a name is wrong.
    XpdeError
        If writing fails, as on a full disk; what was written before is kept.
    """
    store = backend.dtype if store is None else store
    if store not in ("float32", "float64"):
        raise InvalidInput(f"store: expected float32 or float64, got {store!r}")
    solver = _Solver(scenario, backend)
    samples, steps, _ = split_of(scenario, split)
    itemsize = 8 if "float64" in (store, backend.dtype) else 4
    blocks = cut(
        samples,
        steps,
        scenario.warmup,
        scenario.channels * scenario.grid.size * itemsize,
        memory,
        whole_warmup=solver.linear,
    )
    longest = [max(b.count for b in blocks), max(b.last - b.first for b in blocks)]
    part = Part(Path(path), _config(scenario, backend, split, store, longest))
    layout = layout_of(scenario, backend, split, store, part.attributes)
    if not part.finished():
        done, carry = part.begin(lambda file: create(file, layout), layout.size)
        with part.open() as file:
            for number, block in list(enumerate(blocks, start=1))[done:]:
                states, carry = _compute(solver, block, split, carry, file)
                with part.writing(number - 1, len(blocks)):
                    _write(file, layout, block, states, store)
                    part.commit(file, number, None if block.last == steps else carry)
                progress("data", number, len(blocks), _note(block))
            with part.writing(len(blocks), len(blocks)):
                write_report(file, layout)
        part.finish()
    with h5py.File(part.target) as file:
        return read_report(file)


def layout_of(
    scenario: Scenario, backend: Backend, split: Split, store: str, more: Mapping[str, Any]
) -> Layout:
    """Return what the file of a data set is made of; ``more`` are further root attributes."""
    samples, steps, seed = split_of(scenario, split)
    settings = scenario.settings()
    about = {
        "xpde_scenario": scenario.key,
        "xpde_split": split,
        "xpde_equation": scenario.equation.formula,
        "xpde_settings": json.dumps(settings, sort_keys=True),
        "xpde_conventions": str(settings.get("conventions", "exact")),
        "xpde_provenance": json.dumps(provenance(backend, {split: seed}), sort_keys=True),
    }
    return Layout(
        name=scenario.key,
        fields=scenario.equation.fields,
        grid=scenario.grid,
        samples=samples,
        times=np.arange(steps + 1) * float(settings["dt"]),
        dtype=store,
        parameters=_numbers(scenario.equation.parameters),
        about=about | dict(more),
    )


class _Solver:
    """The programs of a data set, compiled once for every length of block."""

    def __init__(self, scenario: Scenario, backend: Backend) -> None:
        self.scenario, self.backend = scenario, backend
        self.plan = scenario.stepper(backend)
        self.linear = self.plan.linear
        self.programs: dict[tuple[str, int], Callable[..., Any]] = {}

    def frames(self, carry: Array, steps: int) -> tuple[Array, Array]:
        """Return what is carried after ``steps``, and the states (S, T, C, *N) until there."""

        def run(plan: Solver, carry: Array) -> tuple[Array, Array]:
            def body(carry: Array, _: None) -> tuple[Array, Array]:
                carry = plan.following(carry)
                return carry, plan.state(carry)

            carry, states = self.backend.scan(body, carry, length=steps)
            return carry, self.backend.xp.moveaxis(states, 0, 1)

        return self._program("frames", steps, run)(self.plan, carry)

    def warm(self, carry: Array, steps: int) -> Array:
        """Return what is carried after ``steps``."""

        def run(plan: Solver, carry: Array) -> Array:
            def body(carry: Array, _: None) -> tuple[Array, None]:
                return plan.following(carry), None

            return self.backend.scan(body, carry, length=steps)[0]

        return self._program("warm", steps, run)(self.plan, carry)

    def _program(self, kind: str, steps: int, run: Callable[..., Any]) -> Callable[..., Any]:
        return self.programs.setdefault((kind, steps), self.backend.jit(run))

    def begin(self, block: Block, split: Split) -> Array:
        """Draw the states of a group of samples."""
        host = initial_states(self.scenario, split, block.count, block.sample)
        return self.backend.asarray(host)

    def warm_up(self, block: Block, carry: Array) -> Array:
        """Advance through a block of the warm-up; hand on what is carried, at its end states."""
        length = block.last - block.first
        if self.linear:
            return self.plan.repeat(carry, length)
        if block.first == -self.scenario.warmup:
            carry = self.plan.carried(carry)
        carry = self.warm(carry, length)
        return self.plan.state(carry) if block.last == 0 else carry


def _compute(
    solver: _Solver, block: Block, split: Split, host: np.ndarray | None, file: h5py.File
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return what a block adds to the file, (S', T', C, *N) in turn, and what the next needs.

    Every block begins from the host copy of what the last one handed on, so that a resumed run
    does not differ from one that was never stopped.
    """
    bk, scenario = solver.backend, solver.scenario
    finite = file["invariants/finite_steps"][block.sample : block.sample + block.count]
    length = block.last - block.first
    if block.first > 0 and (finite <= block.first).all():
        gone = np.full((block.count, length, scenario.channels, *scenario.grid.points), np.nan)
        return [gone], np.asarray(host)
    begins = block.first == -scenario.warmup
    carry = solver.begin(block, split) if begins else bk.asarray(host)
    # a blow-up is looked for in every block, not warned of in every operation
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if block.first < 0:
            return [], bk.to_numpy(solver.warm_up(block, carry))
        states = []
        if block.first == 0:
            states.append(bk.to_numpy(carry[:, None, ...]))
            carry = solver.plan.carried(carry)
        carry, frames = solver.frames(carry, length)
        return [*states, bk.to_numpy(frames)], bk.to_numpy(carry)


def _write(
    file: h5py.File, layout: Layout, block: Block, states: list[np.ndarray], store: str
) -> None:
    step = block.first + (block.first != 0)
    with np.errstate(over="ignore", invalid="ignore"):
        while states:
            values = states.pop(0).astype(store, copy=False)
            write_states(file, layout, block.sample, step, values)
            step += values.shape[1]


def _config(
    scenario: Scenario, backend: Backend, split: Split, store: str, blocks: list[int]
) -> dict[str, Any]:
    """Everything that decides the numbers, the cutting into blocks too (a compiler may see it)."""
    settings = {n: v for n, v in scenario.settings().items() if n not in _UNSEEN}
    return {
        "scenario": scenario.key,
        "settings": settings,
        "split": split,
        "store": store,
        "blocks": blocks,
        "backend": backend.name,
        "device": backend.device,
        "dtype": backend.dtype,
        "version": backend.capabilities.version,
        "xpde": xpde.__version__,
    }


def _note(block: Block) -> str:
    stage = f"step {block.last}" if block.last > 0 else "warm-up"
    return f"sample {block.sample} to {block.sample + block.count - 1}, {stage}"


def _numbers(parameters: Mapping[str, Any]) -> dict[str, float]:
    """Return parameters as plain numbers; the entries of a tuple are numbered."""
    found: dict[str, float] = {}
    for name, value in parameters.items():
        values = np.ravel(np.asarray(value, dtype=np.float64))
        names = [name] if values.size == 1 else [f"{name}_{i}" for i in range(values.size)]
        found |= dict(zip(names, map(float, values), strict=True))
    return found
