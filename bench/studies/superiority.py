"""Train emulators against their teachers: ``python -m bench.studies.superiority``.

Prints published ratios beside ours with the errors that they are made of, and writes them to
``tables.md`` and pictures into the folder. Trainings that are there are not done again. The budgets
below take one processor core about an hour and a half with JAX. ``--agreement`` trains the same on
NumPy, JAX and PyTorch instead and compares the ratios.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import xpde
from bench.table import provenance
from xpde.errors import InvalidInput
from xpde.report.progress import reporting
from xpde.report.superiority_run import draw_curves, draw_fields, draw_picard, markdown
from xpde.report.theme import save_png
from xpde.study.data import reference_data
from xpde.study.store import atomic, read_fields
from xpde.study.superiority import expected_ratio
from xpde.study.superiority.advection import advection
from xpde.study.superiority.burgers import burgers, picard_analysis
from xpde.study.superiority.campaign import Campaign
from xpde.study.superiority.catalogue import table
from xpde.study.superiority.comparison import sides
from xpde.study.superiority.experiment import Experiment, Seeds
from xpde.study.superiority.table import Budget
from xpde.study.superiority.trial import Judge, Trial, run_trial

__all__ = ["BUDGETS", "agreement", "main", "page", "train"]

FOLDER = Path("out/superiority/study")

BUDGETS: dict[str, Budget] = {
    "T1": Budget(seeds=5),
    "T2": Budget(seeds=6, batch=2),
    "T3": Budget(seeds=6, batch=2),
    "T4": Budget(seeds=10, updates=30_000, batch=4),
    "T5": Budget(seeds=10, updates=30_000, batch=4),
    "F5a": Budget(seeds=2, batch=2),
    "F5b": Budget(seeds=2, batch=2),
    "F5c": Budget(seeds=2, batch=2),
}
"""What the documented numbers cost. All training states of advection are shifts of one sine, so a
batch of 2 has the gradient of one of 32."""

STEPS = (1, 2, 3, 4, 5, 6, 8, 10)


def campaign(folder: Path, name: str) -> Campaign:
    """Return the campaign of a table at its budget."""
    return Campaign(folder, BUDGETS[name], "jax")


def train(folder: Path) -> None:
    """Do what is left of all tables."""
    from rich.console import Console

    with reporting(Console(stderr=True)) as report:
        for name in BUDGETS:
            campaign(folder, name).run(table(name), report)


def page(folder: Path) -> str:
    """Return the tables of what is in the folder, and draw them."""
    facts = provenance()
    line = ", ".join(f"{name} {facts[name]}" for name in ("date", "xpde", "jax"))
    text = [f"Written by `python -m bench.studies.superiority` ({line}).", ""]
    for name in BUDGETS:
        chosen = table(name)
        try:
            curves = campaign(folder, name).collect(chosen).curves
        except InvalidInput:
            continue
        save_png(draw_curves(curves), folder / f"{name}.png")
        steps = (1,) if name == "T1" else STEPS
        text += [f"### {name}: {chosen.title}", ""]
        text += [*(multimode(curves) if name == "T1" else markdown(curves, steps)), ""]
        text += [*verdicts(curves), ""]
        if name == "T5":
            _draw_fields(folder)
    return "\n".join(text)


def multimode(curves: pd.DataFrame) -> list[str]:
    """Return table 1 with what least squares on the same states give."""
    rows = table("T1").rows
    lines = [
        "| trained on | published | ours | quartiles | least squares | emulator | teacher |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        mine = curves[(curves["row"] == row.label) & (curves["step"] == 1)].iloc[0]
        expected = expected_ratio(row.experiment, Seeds())
        lines.append(
            f"| `{row.label}` | {row.published[1]:.6f} | {mine['ratio']:.6f} | "
            f"{mine['low']:.3f} to {mine['high']:.3f} | {expected:.6f} | "
            f"{mine['numerator']:.3e} | {mine['denominator']:.3e} |"
        )
    return lines


def verdicts(curves: pd.DataFrame) -> Iterator[str]:
    """Say on how many decided entries both are on one side of 1, and which are not."""
    decided = sides(curves)
    if decided.empty:
        return
    yield (
        f"Of {len(decided)} published ratios more than 0.03 from 1, {int(decided['agrees'].sum())} "
        "of ours are on the same side."
    )
    for label, rows in decided[~decided["agrees"]].groupby("row", sort=False):
        cells = ", ".join(
            f"{one['ratio']:.3f} for {one['published']:.3g} at t = {int(one['step'])}"
            for one in rows.to_dict("records")
        )
        yield f"`{label}`: {cells}."


def _draw_fields(folder: Path) -> None:
    """Draw figure 6 for every network that is there."""
    made, chosen = campaign(folder, "T5"), table("T5")
    for row in chosen.rows:
        path = made.place(chosen, row.label) / "fields.h5"
        if path.exists():
            word = row.network.split(";", maxsplit=1)[0]
            save_png(draw_fields(read_fields(path)[0]), folder / f"fields-{word}.png")


def picard(folder: Path) -> str:
    """Draw figure 13 and return its numbers as a table."""
    bk = xpde.backend("numpy", dtype="float64")
    found = picard_analysis(burgers(), bk).table()
    save_png(draw_picard(found), folder / "F13.png")
    lines = ["| step | solves, median | quartiles | one step | quartiles |", "| --- " * 5 + "|"]
    for row in found[found["step"].isin([1, 2, 3, 5, 10, 20, 40])].to_dict("records"):
        lines.append(
            f"| {row['step']} | {row['iterations']:.0f} | {row['iterations_low']:.0f} to "
            f"{row['iterations_high']:.0f} | {row['one_step']:.1e} | {row['one_step_low']:.1e} to "
            f"{row['one_step_high']:.1e} |"
        )
    return "\n".join(["", "### F13: Picard iterations along trajectories", "", *lines, ""])


def agreement(updates: int = 200) -> str:
    """Train the same on three backends in both precisions; return the differences of the ratios."""
    import jax

    lines = ["| experiment | precision | backend | largest difference of ξ |", "| --- " * 4 + "|"]
    cases = ((advection("a"), "FNO;12;18;4;gelu"), (burgers(), "UNet;12;2;relu"))
    for dtype in ("float32", "float64"):
        jax.config.update("jax_enable_x64", dtype == "float64")
        for experiment, network in cases:
            small = experiment.at(updates=updates, batch=4, horizon=10)
            expected = _ratios(small, network, "numpy", "float64")
            for name in ("numpy", "jax", "torch"):
                if (name, dtype) != ("numpy", "float64"):
                    gap = np.max(np.abs(_ratios(small, network, name, dtype) / expected - 1))
                    label = f"{experiment.name}, `{network}`"
                    lines.append(f"| {label} | {dtype} | {name} | {gap:.1e} |")
    return "\n".join(["", f"### The same on three backends, {updates} updates", "", *lines, ""])


def _ratios(experiment: Experiment, network: str, name: str, dtype: str) -> np.ndarray:
    bk, seeds = xpde.backend(name, dtype=dtype), Seeds()
    data = reference_data(experiment.taught(seeds), bk, "train")
    trial = Trial(experiment, network, seeds, name, dtype)
    found = run_trial(trial, bk, data, Judge(experiment, seeds, bk))
    means = found.errors.groupby("step").mean()
    return (means["emulator"] / means["teacher"]).to_numpy()


def main() -> None:
    """Train, and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.studies.superiority")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of runs and tables")
    parser.add_argument("--collect", action="store_true", help="train nothing")
    parser.add_argument("--picard", action="store_true", help="figure 13 too")
    parser.add_argument("--agreement", action="store_true", help="compare backends instead")
    arguments = parser.parse_args()
    if arguments.agreement:
        text = agreement()
    else:
        if not arguments.collect:
            train(arguments.out)
        text = page(arguments.out) + (picard(arguments.out) if arguments.picard else "")
    print(text)
    name = "agreement.md" if arguments.agreement else "tables.md"
    with atomic(arguments.out / name) as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
