"""The command that measures progressively refined solvers: ``prdp``."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from xpde.cli.frameworks import prepare
from xpde.cli.shared import output_folder, say, terminal
from xpde.errors import InvalidInput
from xpde.options import HERE, Machine, assignments

if TYPE_CHECKING:
    from xpde.study.prdp import Problem, Results

__all__ = ["prdp"]


def prdp(
    experiment: str,
    /,
    *,
    out: Path | None = None,
    seeds: str = "0,1,2",
    levels: str = "",
    small: Annotated[bool, Parameter(negative="")] = False,
    epochs: int | None = None,
    adjoint: Literal["implicit", "unrolled", "one-step", "cut"] | None = None,
    set_: Annotated[
        tuple[str, ...], Parameter(name="--set", negative="", show_default=False)
    ] = (),
    machine: Machine = HERE,
) -> int:
    """Train through a solver whose accuracy is raised as the training goes on: what does it save?

    Four trainings for each seed are compared: with the fully converged solver, with a constant
    number of iterations (the last one of the published rule), with the published rule, and with
    the rule of this library. The table says errors, iterations and seconds. What is finished is
    not done again: the same command goes on after an interruption.

    Experiments: `poisson`, `poisson3`, `heat1d`, `heat2d`, `heat3d`, `burgers1d`, `navier_stokes`.
    At full size those in two and three dimensions take from minutes to hours.

    For example:

    ```
    xpde prdp poisson --dtype float64
    xpde prdp heat1d --backend jax --seeds 0,1,2,3 --levels 1,2,4,8,16
    xpde prdp navier_stokes --small --backend torch --adjoint cut
    ```

    Parameters
    ----------
    experiment
        Name of an experiment.
    out
        Folder for `summary.parquet`, `runs.parquet`, `epochs.parquet`, `experiment.json` and the
        figures; `out/prdp/EXPERIMENT-BACKEND` by default.
    seeds
        Seeds of initial weights and batch orders, with commas.
    levels
        Constant levels to train with besides, with commas.
    small
        At a size of seconds to minutes on one processor core.
    epochs
        Number of epochs, in place of the experiment's.
    adjoint
        How the solver is differentiated, in place of the experiment's.
    set_
        Another field of the experiment as NAME=VALUE, such as `points=20`; may be repeated.
    """
    from xpde.report.progress import reporting
    from xpde.study.prdp import CONTENDERS, Campaign
    from xpde.study.prdp import experiment as look_up

    problem = _changed(
        look_up(experiment, small), assignments(set_), epochs=epochs, adjoint=adjoint
    )
    constants = tuple(f"constant-{level}" for level in _numbers("levels", levels))
    kind = "-small" if small else ""
    folder = output_folder(out, f"prdp/{experiment}{kind}-{machine.backend}")
    prepare([machine.backend], machine.dtype)
    campaign = Campaign(
        problem,
        folder,
        _numbers("seeds", seeds),
        machine.backend,
        machine.dtype,
        machine.device,
        (*CONTENDERS, *constants),
    )
    with reporting(terminal(stderr=True)) as progress:
        results = campaign.run(progress)
    _show(problem, results, folder)
    return 0


def _changed(problem: "Problem", words: dict[str, Any], **options: Any) -> "Problem":
    """Return the experiment with some fields changed; one line if it has no such field."""
    changes = words | {name: value for name, value in options.items() if value is not None}
    known = [field.name for field in dataclasses.fields(problem)]
    for name in changes:
        if name not in known:
            raise InvalidInput(
                f"--set: expected a field of {problem.name}, {', '.join(known)}, got {name!r}"
            )
    return dataclasses.replace(problem, **changes)


def _numbers(option: str, text: str) -> list[int]:
    """Read integers with commas."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not all(word.isdigit() for word in words):
        raise InvalidInput(f"--{option}: expected integers with commas as in 0,1,2, got {text!r}")
    return [int(word) for word in words]


def _show(problem: "Problem", results: "Results", folder: Path) -> None:
    """Print the table and write the figures."""
    from xpde.report.prdp import course_figure, savings_figure, savings_table
    from xpde.report.theme import save_png

    save_png(course_figure(results.epochs, problem.monitored), folder / "course.png")
    save_png(savings_figure(results.summary), folder / "savings.png")
    terminal().print(savings_table(results.summary))
    for row in results.runs[results.runs["status"] != "done"].to_dict("records"):
        say(f"diverged: {row['contender']}, seed {row['seed']}")
    say(f"tables and figures: {folder}")
