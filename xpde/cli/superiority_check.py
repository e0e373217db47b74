"""The command about a user's own pair of solvers: ``superiority check``."""

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from xpde.cli.frameworks import prepare
from xpde.cli.shared import complain, output_folder, say, terminal
from xpde.errors import InvalidInput
from xpde.options import AS_IS, Machine, Problem

__all__ = ["check"]

PRECISE = Machine(dtype="float64")
"""Errors of good solvers are smaller than rounding in single precision."""


def check(
    *,
    scenario: str,
    teacher: str,
    judge: str,
    fine: str | None = None,
    interpolation: Literal["spectral"] | None = None,
    net: str = "Conv;34;10;relu",
    train: str = "one",
    optim: str | None = None,
    updates: int | None = None,
    seed: str = "0",
    train_initial: str | None = None,
    metric: Literal["nRMSE", "RMSE"] = "nRMSE",
    level: Annotated[float, Parameter(show_default=True)] = 0.95,
    resamples: int = 1000,
    out: Path | None = None,
    pictures: Path | None = None,
    machine: Machine = PRECISE,
    problem: Problem = AS_IS,
) -> int:
    """Train emulators on one solver, judge them by another, and say where they beat their teacher.

    A solver is a word of the scenario, such as `fd;0.5;1` (Crank-Nicolson) or `etdrk`, followed by
    settings (`points`, `substeps`, `order`, `dealias`, `conventions`): `etdrk,order=4,substeps=4`.
    Or it is FILE:NAME, a Python function of states (samples, channels, points) that returns them
    one dt ahead, or of such states and a time; the latter can be halved to see what a judge is
    worth.

    The page says at which steps the ratio of errors is below 1, whether the judge is fine enough
    to say so, and which error is gone: amplitudes, phases, or noise. Tables lie beside it. What is
    finished is not done again: the same command goes on after an interruption.

    Exit code: 0 if the judge is fine enough at some step, or nobody can say; 1 if it is not; 2
    for bad input, such as a teacher finer than the judge.

    For example:

    ```
    xpde superiority check --scenario diff_kdv --points 48 --teacher "fd;0.5;1" --judge etdrk
    xpde superiority check --scenario diff_burgers --teacher a.py:coarse --judge b.py:fine
    xpde superiority check --scenario diff_adv --teacher "fd;1;1" --judge etdrk --seed 0,1,2
    ```

    Parameters
    ----------
    scenario
        Key of a scenario, whose equation, grid and initial states are used; `xpde list`.
    teacher
        Solver that makes the training data.
    judge
        Solver that is taken as the truth.
    fine
        A second, finer judge to judge the judge by; without it the judge is refined itself, if
        it is a word or takes a time.
    interpolation
        How states get to the grid of a solver that has another one: `spectral`.
    net
        Networks separated by commas; `xpde list networks` shows the forms.
    train
        `one` step or `sup;T` steps.
    optim
        Optimizer, such as `adam;10_000;constant;1e-3`; that of the scenario by default.
    updates
        Number of updates; the schedule is scaled with it.
    seed
        Seeds of initial weights and batch order, separated by commas; each is a training.
    train_initial
        Initial states of the training, such as `fourier;2;true;true`; by default those of the
        test.
    metric
        Error whose ratio is taken.
    level
        Of the bootstrap interval.
    resamples
        Of the bootstrap.
    out
        Folder for tables and `report.html`; `out/superiority/check-SCENARIO` by default.
    pictures
        Folder for every figure as a PNG file; none by default.
    """
    from xpde.report.progress import reporting
    from xpde.study.superiority.check import Check
    from xpde.study.superiority.check import check as run

    if problem.solver is not None:
        raise InvalidInput("solver: expected none, got one; --teacher and --judge name the solvers")
    folder = output_folder(out, f"superiority/check-{scenario}")
    prepare([machine.backend], machine.dtype)
    asked = Check(
        scenario,
        teacher,
        judge,
        fine,
        problem.overrides(),
        interpolation,
        tuple(word.strip() for word in net.split(",")),
        _seeds(seed),
        train,
        optim,
        updates,
        train_initial,
        metric,
        level,
        resamples,
        machine.backend,
        machine.dtype,
        machine.device,
    )
    with reporting(terminal(stderr=True)) as progress:
        run(asked, folder, progress)
    return _show(folder, pictures)


def _show(folder: Path, pictures: Path | None) -> int:
    """Print the findings, write the page, and return the exit code."""
    from xpde.report.superiority_check import (
        PairRecord,
        pair_table,
        write_pair_page,
        write_pair_pictures,
    )

    record = PairRecord.read(folder)
    page = write_pair_page(folder)
    terminal().print(pair_table(record))
    found: dict[str, Any] = record.found
    say(found["headline"])
    for sentence in found["sentences"]:
        say(f"- {sentence}")
    for path in [] if pictures is None else write_pair_pictures(folder, pictures):
        say(f"picture: {path}")
    say(f"page: {page}")
    return 0 if found["good"] else complain(found["headline"], 1)


def _seeds(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError as error:
        raise InvalidInput(f"seed: expected numbers separated by commas, got {text!r}") from error
