"""The command that trains emulators on coarse solvers and judges both: ``superiority run``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from xpde.cli.frameworks import prepare
from xpde.cli.shared import complain, output_folder, say, terminal
from xpde.errors import InvalidInput
from xpde.options import HERE, Machine, assignments

if TYPE_CHECKING:
    import pandas as pd

    from xpde.core import Backend
    from xpde.report.progress import Reporter
    from xpde.study.superiority.campaign import Campaign, Results
    from xpde.study.superiority.table import Table

__all__ = ["run"]

Words = Annotated[tuple[str, ...], Parameter(negative="", show_default=False)]
Flag = Annotated[bool, Parameter(negative="")]

PICARD = "F13"
"""The figure that trains nothing."""

BADLY_TRAINED = 0.1
"""Error of imitation over that of the teacher above which a ratio says little about physics."""


def run(
    equation: Literal["advection", "burgers"],
    /,
    *,
    small: Flag = False,
    paper: Flag = False,
    table: Words = (),
    row: Words = (),
    seeds: int | None = None,
    seed: Words = (),
    updates: int | None = None,
    batch: int | None = None,
    out: Path | None = None,
    machine: Machine = HERE,
) -> int:
    """Train emulators on one step of a coarse solver, and compare both with a better one.

    The ratio at step t is the mean error of the emulators over that of their teacher; below 1 an
    emulator is better than what it learned from. Tables have both errors beside it, and what the
    paper printed. A star marks rows with fewer seeds, updates or pairs than the paper's.

    Tables of advection: `T1` (two linear weights, several modes), `T2` (receptive fields),
    `T3` (modes of an FNO), `F5a`, `F5b`, `F5c` (six networks on three cases). Of burgers: `T5`
    (six networks; figure 6), `T4` (Picard steps of the teacher), `F13` (Picard iterations along
    trajectories; trains nothing).

    What is finished is not trained again: the same command goes on after an interruption, and more
    seeds or another table add to what is there.

    For example:

    ```
    xpde superiority run advection --small --table T1 --backend jax
    xpde superiority run burgers --small --row "Dil;2;32;2;relu" --backend jax
    xpde superiority run advection --paper --table T3 --seeds 6 --batch 2 --backend jax
    ```

    Parameters
    ----------
    equation
        `advection` or `burgers`.
    small
        Few seeds and updates: minutes for a table. The default.
    paper
        Seeds, updates and batch of the paper.
    table
        Tables, all of the equation by default; with commas or repeated.
    row
        Rows of the tables as they are printed, such as a network; may be repeated.
    seeds
        Number of combinations of seeds, in place of the preset's.
    seed
        Values of `init`, `train`, `test` or `shuffle`, in place of the paper's, as in
        `--seed init=0,1,2`; may be repeated. All combinations are done, up to `--seeds`.
    updates
        Updates of a training, in place of the preset's; the schedule is scaled with it.
    batch
        Pairs of an update, in place of the preset's.
    out
        Folder; `out/superiority/run-BACKEND` by default. A folder for each table has
        `curves.parquet`, `runs.parquet` and the pictures, `runs` has a folder for each training.
    """
    from xpde.report.progress import reporting
    from xpde.study.superiority.campaign import Campaign
    from xpde.study.superiority.table import Budget

    if small and paper:
        raise InvalidInput("expected --small or --paper, got both")
    given = Budget(seeds, updates, batch)
    names = _names(equation, table)
    grid = _seeds(seed)
    tables = _tables([name for name in names if name != PICARD], row)
    tables = [(found.seeded(**grid), labels) for found, labels in tables]
    folder = output_folder(out, f"superiority/run-{machine.backend}")
    prepare([machine.backend], machine.dtype)
    with reporting(terminal(stderr=True)) as progress:
        for found, labels in tables:
            preset = Budget() if paper else found.small
            budget = given.over(replace(preset, seeds=None) if grid else preset)
            where = (machine.backend, machine.dtype, machine.device)
            campaign = Campaign(folder, budget, *where)
            _show(found, campaign.run(found, progress, labels), campaign)
        if PICARD in names:
            _picard(folder, machine, small or not paper, progress)
    say(f"tables and pictures: {folder}")
    return 0


def _seeds(words: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Read NAME=VALUE,VALUE of seeds."""
    found = {}
    for name, value in assignments(words, "--seed").items():
        values = value if isinstance(value, tuple) else (value,)
        if not all(
            isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in values
        ):
            raise InvalidInput(f"--seed: expected {name}=INTEGER,INTEGER,..., got {value}")
        found[name] = values
    return found


def _names(equation: str, words: tuple[str, ...]) -> list[str]:
    """Return the names of the tables that are asked for."""
    from xpde.study.superiority.catalogue import GROUPS

    valid = [*GROUPS[equation], *([PICARD] if equation == "burgers" else [])]
    given = [name.strip() for word in words for name in word.split(",")]
    folded = {name.lower(): name for name in valid}
    for name in given:
        if name.lower() not in folded:
            raise InvalidInput(
                f"--table: expected one of {', '.join(valid)} for {equation}, got {name!r}"
            )
    return [folded[name.lower()] for name in dict.fromkeys(given)] or valid


def _tables(names: list[str], rows: tuple[str, ...]) -> "list[tuple[Table, tuple[str, ...]]]":
    """Return tables with the rows to train; of several tables, those that have any of them."""
    from xpde.study.superiority.catalogue import table

    found = [table(name) for name in names]
    if not rows or not found:
        return [(one, ()) for one in found]
    if len(found) == 1:
        return [(found[0], tuple(row.label for row in found[0].select(rows).rows))]
    known = {one.name: {row.label for row in one.rows} for one in found}
    for row in rows:
        if not any(row in labels for labels in known.values()):
            raise InvalidInput(f"--row: expected rows of {', '.join(names)}, got {row}")
    chosen = [(one, tuple(row for row in rows if row in known[one.name])) for one in found]
    return [(one, labels) for one, labels in chosen if labels]


def _show(table: "Table", results: "Results", campaign: "Campaign") -> None:
    """Print a table, write its pictures, complain of what should not be read as physics."""
    from xpde.report.superiority_run import curve_table, draw_curves, draw_fields
    from xpde.report.theme import save_png
    from xpde.study.store import read_fields

    folder = campaign.folder / table.name
    save_png(draw_curves(results.curves), folder / "ratios.png")
    if table.name == "T5":
        for row in table.select(tuple(results.curves["row"].unique())).rows:
            fields, _ = read_fields(campaign.place(table, row.label) / "fields.h5")
            network = row.network.split(";", maxsplit=1)[0]
            save_png(draw_fields(fields), folder / f"fields-{network}.png")
    terminal().print(curve_table(results.curves, f"{table.name}: {table.title}"))
    for line in _doubts(results.curves):
        complain(f"warning: {line}")


def _doubts(curves: "pd.DataFrame") -> list[str]:
    """Say which rows diverged, and which did not learn to imitate."""
    found = []
    for name, rows in curves.groupby("row", sort=False):
        one = rows.iloc[0]
        if one["diverged"]:
            found.append(
                f"{name}: {int(one['diverged'])} of {int(one['seeds'])} trainings diverged"
            )
        elif one["network"] != "Pure;2;identity" and one["imitation"] > BADLY_TRAINED:
            found.append(
                f"{name}: differs from its teacher by {one['imitation']:.2g} of the teacher's own "
                "error after one step; its ratio is about its training"
            )
    return found


def _picard(folder: Path, machine: Machine, small: bool, progress: "Reporter") -> None:
    from xpde.report.superiority_run import draw_picard
    from xpde.report.theme import save_png
    from xpde.study.store import write_table
    from xpde.study.superiority.burgers import burgers, picard_analysis

    progress(PICARD, 0, 1)
    samples = 24 if small else 300
    found = picard_analysis(burgers(), _backend(machine), samples).table()
    progress(PICARD, 1, 1)
    write_table(folder / PICARD / "picard.parquet", found)
    save_png(draw_picard(found), folder / PICARD / "picard.png")
    first, most = found.iloc[0], found.loc[found["one_step"].idxmax()]
    say(
        f"{PICARD}: {first['iterations']:.0f} solves to convergence in the first step; one step of "
        f"the teacher is wrong by {first['one_step']:.1e} then, by {most['one_step']:.1e} at most, "
        f"in step {int(most['step'])} (medians of {samples} states)"
    )


def _backend(machine: Machine) -> "Backend":
    from xpde.core import backend

    return backend(machine.backend, device=machine.device, dtype=machine.dtype)
