"""The command that measures progressively refined solvers: ``prdp``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from xpde.cli.frameworks import prepare
from xpde.cli.shared import complain, output_folder, say, terminal
from xpde.errors import InvalidInput
from xpde.options import HERE, Machine, assignments

if TYPE_CHECKING:
    from xpde.study.prdp import Problem, Results

__all__ = ["prdp"]

Words = Annotated[tuple[str, ...], Parameter(negative="", show_default=False)]


def prdp(
    experiment: str,
    /,
    *,
    out: Path | None = None,
    seeds: str = "0,1,2",
    contender: Words = (),
    small: Annotated[bool, Parameter(negative="")] = False,
    epochs: int | None = None,
    adjoint: Literal["implicit", "unrolled", "one-step", "cut"] | None = None,
    match: float | None = None,
    set_: Annotated[Words, Parameter(name="--set")] = (),
    machine: Machine = HERE,
) -> int:
    """Measure what it saves to raise the accuracy of a solver as the training through it goes on.

    For each seed the same training is done with the fully converged solver, with a constant number
    of iterations (the last one of the published rule), with the published rule, and with the rule
    of this library. Tables say errors, iterations and seconds; `course.png` shows errors and levels
    over the epochs, `savings.png` what is saved. What is finished is not done again: the same
    command goes on after an interruption, which loses no more than the training under way.

    Experiments: `poisson`, `poisson3`, `heat1d`, `heat2d`, `heat3d`, `burgers1d`, `navier_stokes`.
    At full size those in two and three dimensions take from minutes to hours.

    For example:

    ```
    xpde prdp poisson --dtype float64
    xpde prdp heat1d --backend jax --contender paper,default,constant-1,constant-4
    xpde prdp heat1d --backend torch --contender "paper,prdp;start=4;lag=6"
    xpde prdp navier_stokes --small --backend jax --adjoint cut --out out/cut
    ```

    Parameters
    ----------
    experiment
        Name of an experiment.
    out
        Folder for `summary.parquet`, `runs.parquet`, `epochs.parquet`, `experiment.json` and the
        pictures; `out/prdp/EXPERIMENT-BACKEND` by default.
    seeds
        Seeds of initial weights and batch orders, with commas.
    contender
        What to compare, with commas or repeated: `converged`, `incomplete`, `paper`, `default`,
        `scheduled` (of Poisson), `constant-K` for any number K, or a rule in words such as
        `prdp;start=4;lag=6`. All that have a name by default.
    small
        At a size of seconds to minutes on one processor core.
    epochs
        Number of epochs, in place of the experiment's.
    adjoint
        How the solver is differentiated, in place of the experiment's.
    match
        Error at which iterations are compared; by default what all contenders of a seed reach.
    set_
        Another field of the experiment as NAME=VALUE, such as `points=20`; may be repeated.
    """
    from xpde.report.progress import reporting
    from xpde.study.prdp import Campaign
    from xpde.study.prdp import experiment as look_up

    given = {"epochs": epochs, "adjoint": adjoint}
    words = assignments(set_) | {name: value for name, value in given.items() if value is not None}
    problem = look_up(experiment, small).changed(**words)
    folder = output_folder(out, f"prdp/{experiment}{'-small' if small else ''}-{machine.backend}")
    prepare([machine.backend], machine.dtype)
    campaign = Campaign(
        problem,
        folder,
        _seeds(seeds),
        machine.backend,
        machine.dtype,
        machine.device,
        [name.strip() for word in contender for name in word.split(",")],
        match,
    )
    with reporting(terminal(stderr=True)) as progress:
        results = campaign.run(progress)
    return _show(problem, results, folder)


def _seeds(text: str) -> list[int]:
    """Read integers with commas."""
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() for word in words):
        raise InvalidInput(f"--seeds: expected integers with commas as in 0,1,2, got {text!r}")
    return [int(word) for word in words]


def _show(problem: "Problem", results: "Results", folder: Path) -> int:
    """Print the tables, write the pictures, complain of what diverged."""
    from xpde.report import prdp as report
    from xpde.report.theme import save_png

    costs = results.summary
    save_png(report.course_figure(results.epochs, problem.monitored), folder / "course.png")
    save_png(report.savings_figure(costs), folder / "savings.png")
    for table in (
        report.error_table(costs, problem.monitored),
        report.iteration_table(costs),
        report.time_table(costs),
    ):
        terminal().print(table)
    say(f"tables and pictures: {folder}")
    lost = results.runs[results.runs["status"] == "diverged"]
    for row in lost.to_dict("records"):
        complain(f"warning: {row['contender']}, seed {row['seed']} diverged")
    return 0
