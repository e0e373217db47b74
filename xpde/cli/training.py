"""The command that trains: ``train``."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from xpde.cli.frameworks import prepare
from xpde.cli.shared import complain, output_folder, say, terminal
from xpde.errors import InvalidInput
from xpde.options import AS_IS, DEFAULT, HERE, Emulator, Machine, Problem

if TYPE_CHECKING:
    from xpde.study.runs import Run

__all__ = ["train"]


def train(
    scenario: str,
    /,
    *,
    out: Path | None = None,
    emulator: Emulator = DEFAULT,
    machine: Machine = HERE,
    problem: Problem = AS_IS,
) -> int:
    """Train one emulator on one backend and measure its rollout: weights, losses, metrics.

    An interrupted training goes on from its checkpoint when the same command is given again, and
    ends with the same bits. What the command has finished it only shows again.

    For example:

    ```
    xpde train diff_adv --net "Conv;34;10;relu" --backend torch
    xpde train diff_burgers --net "FNO;12;18;4;gelu" --train "sup;5" --updates 2000
    xpde train diff_burgers --train "div;2" --substeps 8 --validation 0.2 --refine prdp
    ```

    Parameters
    ----------
    scenario
        Key of a scenario; `xpde list` shows them.
    out
        Folder for `weights.safetensors`, `losses.parquet`, `metrics.parquet`, `config.json` and
        more; `out/SCENARIO` by default.
    """
    from xpde.report.progress import reporting
    from xpde.study.execute import execute, renew
    from xpde.study.lock import exclusive
    from xpde.study.place import Place

    run = _run(scenario, emulator, machine, problem)
    place = Place(output_folder(out, scenario).absolute())
    prepare([machine.backend], machine.dtype)
    with exclusive(place.lock) as mine, reporting(terminal(stderr=True)) as progress:
        if not mine:
            raise InvalidInput(f"--out: expected a free folder, got {place.folder}, in use now")
        renew(run, place)
        ending = execute(run, place, progress)
    if ending.status != "done":
        return complain(ending.reason, 1)
    _show(place.folder)
    _show_refinement(place.done)
    say(f"weights: {place / 'weights.safetensors'}")
    return 0


def _run(scenario: str, emulator: Emulator, machine: Machine, problem: Problem) -> "Run":
    """Return the checked run."""
    from xpde.study.experiment import Experiment
    from xpde.study.runs import Run

    config = emulator.config(
        scenario, problem, [machine.backend], dtype=machine.dtype, device=machine.device
    )
    shared = {f.name: getattr(config, f.name) for f in dataclasses.fields(Experiment)}
    return Run(**shared, backend=machine.backend)


def _show(folder: Path) -> None:
    """Print the metrics at a few steps."""
    from xpde.study.store import read_table

    table = read_table(folder / "metrics.parquet")
    for name in table["metric"].unique():
        values = table.loc[table["metric"] == name, "value"].to_numpy()
        steps = sorted({1, 10, 100, len(values)} & set(range(1, len(values) + 1)))
        say(f"{name}: " + ", ".join(f"{values[t - 1]:.4g} at step {t}" for t in steps))


def _show_refinement(done: Path) -> None:
    """Print what became of the level of the solver, if it was refined."""
    from xpde.study.store import read_json

    report = read_json(done).get("refinement")
    if report is not None:
        say(f"refinement: {report}")
