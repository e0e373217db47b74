"""The command that scores rollouts from elsewhere: ``score``."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from xpde.cli.frameworks import started
from xpde.cli.shared import complain, output_folder, say, terminal
from xpde.errors import InvalidInput
from xpde.options import AS_IS, HERE, Machine, Problem

if TYPE_CHECKING:
    import numpy as np
    from rich.table import Table

    from xpde.study.external import External

__all__ = ["score"]


def score(
    scenario: str,
    file: Path | None = None,
    /,
    *,
    initial: Path | None = None,
    first: Literal["auto", "initial", "prediction"] = "auto",
    out: Path | None = None,
    machine: Machine = HERE,
    problem: Problem = AS_IS,
) -> int:
    """Score rollouts of an emulator from elsewhere, a file of them, on the test set of a scenario.

    Write the test set's initial states first, roll your emulator out from them, and give the
    rollouts: `.npy` of shape (samples, steps, channels, points...), with an axis of seeds before
    it or not, or HDF5 in the layout of The Well. Metrics are those of `xpde train`. Use the same
    backend, dtype and settings in both commands.

    Exit code: 1 if a prediction is NaN or infinite; 2 for bad input.

    For example:

    ```
    xpde score diff_burgers --initial u0.npy
    xpde score diff_burgers rollouts.npy --out out/mine
    ```

    Parameters
    ----------
    scenario
        Key of a scenario; `xpde list` shows them.
    file
        The rollouts. Fewer steps than the scenario's are scored as far as they go.
    initial
        Where to write the initial states, `.npy` of shape (samples, channels, points...).
    first
        What the first frame is: the `initial` state, the first `prediction`, or `auto`: one frame
        more than the scenario has steps means the former; of fewer frames the first is compared.
    out
        Folder for `metrics.parquet` and `samples.parquet`; nothing is written by default.
    """
    from xpde.study.external import score_file, write_start

    if file is None and initial is None:
        raise InvalidInput("score: expected a file of rollouts or --initial FILE, got neither")
    found = problem.scenario(scenario)
    if initial is not None and initial.is_dir():
        raise InvalidInput(f"--initial: expected a file, got the folder {str(initial)!r}")
    folder = None if out is None else output_folder(out, scenario)
    bk = started(machine)
    if initial is not None:
        say(f"initial states {write_start(found, bk, initial)}: {initial}")
    if file is None:
        return 0
    scores = score_file(found, bk, file, first)
    for note in scores.notes:
        say(f"note: {note}")
    terminal().print(_table(scores))
    say(_summary(scores))
    if folder is not None:
        scores.write(folder)
        say(f"tables: {folder}")
    bad = scores.nonfinite()
    return 0 if bad is None else complain(f"{file.name}: {bad}", 1)


def _table(scores: "External") -> "Table":
    """Return a row for every metric, or three where there are several seeds."""
    from rich import box
    from rich.table import Table

    seeds = len(scores.good)
    steps = sorted({1, 10, 100, scores.steps} & set(range(1, scores.steps + 1)))
    table = Table("metric", box=box.SIMPLE_HEAD)
    if seeds > 1:
        table.add_column(f"of {seeds} seeds")
    for step in steps:
        table.add_column(f"step {step}", justify="right", no_wrap=True)
    for name, values in scores.metrics.items():
        columns = [_spread(values[:, step - 1]) for step in steps]
        for word in columns[0]:
            cells = [column[word] for column in columns]
            lead = [name] if seeds == 1 else [name if word == "median" else "", word]
            table.add_row(*lead, *cells)
    return table


def _spread(values: "np.ndarray") -> dict[str, str]:
    """Write the median over seeds, and the extremes where there are several; NaN is not hidden."""
    import numpy as np

    reductions: dict[str, Callable[..., Any]] = {
        "median": np.median,
        "lowest": np.min,
        "highest": np.max,
    }
    words = list(reductions) if len(values) > 1 else ["median"]
    return {word: f"{float(reductions[word](values)):.4g}" for word in words}


def _summary(scores: "External") -> str:
    found = _spread(scores.gmean)
    text = f"geometric mean of mean_nRMSE over steps 1 to {scores.upto}: {found['median']}"
    if len(found) == 1:
        return text
    return f"{text} (median of seeds; {found['lowest']} to {found['highest']})"
