"""Train with progressively refined solvers: ``python -m bench.studies.prdp``.

Prints what was published beside what came out, and writes it to ``tables.md`` in the folder. Each
experiment has a folder there; trainings that are there are not done again. At full size on one
processor core Poisson and heat in 1D take seconds, Burgers a minute, the others hours;
``--small`` takes half an hour in all.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bench.studies.prdp_numbers import PUBLISHED, SCALAR, Published
from bench.table import provenance
from xpde.report.progress import reporting
from xpde.study.prdp import Campaign, experiment
from xpde.study.store import atomic, read_json, read_table

__all__ = ["main", "page", "train"]

FOLDER = Path("out/prdp")
NAMES = ("poisson", *PUBLISHED)
OURS = ("paper", "default")
"""Rules that are set beside the published one."""


def train(
    folder: Path, names: Sequence[str], seeds: Sequence[int], where: str, small: bool
) -> None:
    """Do what is left of the campaigns; Poisson in double precision on NumPy."""
    from rich.console import Console

    with reporting(Console(stderr=True)) as report:
        for name in names:
            problem = experiment(name, small and name != "poisson")
            at, dtype, drawn = (
                ("numpy", "float64", [0]) if name == "poisson" else (where, "float32", seeds)
            )
            Campaign(problem, folder / name, drawn, at, dtype).run(report)


def page(folder: Path, names: Sequence[str]) -> str:
    """Return the tables of what is in the folder."""
    facts = provenance()
    line = ", ".join(f"{name} {facts[name]}" for name in ("date", "xpde", "jax", "torch"))
    there = [name for name in names if (folder / name / "summary.parquet").exists()]
    text = f"Written by `python -m bench.studies.prdp` ({line}).\n"
    if "poisson" in there:
        text += f"\n### Poisson, one parameter\n\n{scalar(folder / 'poisson')}"
    rows = [name for name in there if name in PUBLISHED]
    if rows:
        text += f"\n### Emulators and corrector\n\n{savings(folder, rows)}"
        text += f"\n### Errors and seconds\n\n{errors(folder, rows)}"
    return text


def scalar(folder: Path) -> str:
    """Return the Poisson runs at the published numbers of updates."""
    epochs = read_table(folder / "epochs.parquet")
    lines = [["run", "updates", "error, published", "ours", "sweeps, published", "ours"]]
    for run in SCALAR:
        own = epochs[epochs["contender"] == run.contender].set_index("epoch")
        if own.empty:
            continue
        spent = int(own["level"].loc[1 : run.updates].sum())
        lines.append([
            run.contender, f"{run.updates}", f"{run.error:.2e}",
            f"{own['error'].get(run.updates, np.nan):.3e}", f"{run.sweeps:,}", f"{spent:,}",
        ])  # fmt: skip
    wanted = SCALAR[0].error
    for name in OURS:
        own = epochs[epochs["contender"] == name].sort_values("epoch")
        if own.empty:
            continue
        reached = own[own["error"] <= wanted]
        if reached.empty:
            lines.append([name, "never", f"{wanted:.2e}", "-", "", "-"])
            continue
        first = reached.iloc[0]
        spent = int(own[own["epoch"] <= first["epoch"]]["level"].sum())
        saved = 1 - spent / SCALAR[0].sweeps
        lines.append([
            name, f"{first['epoch']:.0f}", f"{wanted:.2e}", f"{first['error']:.3e}", "",
            f"{spent:,} ({saved:.1%} saved)",
        ])  # fmt: skip
    return _table(lines)


def savings(folder: Path, names: Sequence[str]) -> str:
    """Return levels and shares saved, published and ours."""
    lines = [[
        "experiment", "rule", "E", "K_ε", "last K", "Σ K", "IC %", "PR %", "saved %",
        "saved at equal error %",
    ]]  # fmt: skip
    for name in names:
        lines.append([name, "published", *_published(PUBLISHED[name]), "-"])
        table, settings = _read(folder / name)
        for rule in (rule for rule in OURS if rule in table.index):
            row = table.loc[rule]
            lines.append([
                "", rule, f"{settings['epochs']}", f"{settings['converged']}",
                f"{row['final_level']:.1f}", f"{row['level_sum']:.0f}±{row['level_sum_std']:.0f}",
                *(f"{100 * row[share]:.1f}" for share in ("incomplete", "refinement", "total")),
                f"{100 * row['matched_saving']:.1f}",
            ])  # fmt: skip
    return _table(lines)


def errors(folder: Path, names: Sequence[str]) -> str:
    """Return final errors and seconds, published and ours."""
    lines = [["experiment", "run", "final error", "seconds", "time saved %", "where"]]
    for name in names:
        was = PUBLISHED[name]
        for i, kind in enumerate(("converged", "refined")):
            error = f"{was.errors[i]:.3g}" if was.errors else "-"
            saved = f"{was.time_saved:.1f}" if i else ""
            lines.append([
                name if i == 0 else "", f"published {kind}", error, f"{was.seconds[i]:.3g}", saved,
                "published",
            ])  # fmt: skip
        table, settings = _read(folder / name)
        for rule in (rule for rule in ("converged", *OURS) if rule in table.index):
            row = table.loc[rule]
            saved = "" if rule == "converged" else f"{100 * row['time_saving']:.1f}"
            lines.append([
                "", rule, f"{row['error']:.3g}±{row['error_std']:.1g}", f"{row['train_s']:.3g}",
                saved, f"{settings['where']}, {settings['parameters']:,} parameters",
            ])  # fmt: skip
    return _table(lines)


def _published(was: Published) -> list[str]:
    return [
        f"{was.epochs}", f"{was.converged}", f"{was.last:g}",
        f"{was.level_sum:g}±{was.deviation:g}", f"{was.incomplete}", f"{was.refinement}",
        f"{was.saved}",
    ]  # fmt: skip


def _read(folder: Path) -> tuple[pd.DataFrame, dict]:
    """Return the contenders by name, and the settings with what was measured of them."""
    about = read_json(folder / "experiment.json")
    runs = read_table(folder / "runs.parquet")
    extra = {"parameters": about["parameters"], "where": runs["backend"].iloc[0]}
    return read_table(folder / "summary.parquet").set_index("contender"), about["settings"] | extra


def _table(lines: Sequence[Sequence[str]]) -> str:
    head, *body = lines
    rows = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Train what is missing; print and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.studies.prdp", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where trainings are kept")
    parser.add_argument("--only", action="append", choices=NAMES, help="experiment (repeatable)")
    parser.add_argument("--seeds", default="0,1,2", help="with commas")
    parser.add_argument("--backend", default="jax", help="of all but Poisson")
    parser.add_argument("--small", action="store_true", help="all but Poisson at a small size")
    parser.add_argument("--page", action="store_true", help="train nothing")
    given = parser.parse_args(argv)
    names = given.only or NAMES
    if not given.page:
        seeds = [int(word) for word in given.seeds.split(",")]
        train(given.folder, names, seeds, given.backend, given.small)
    text = page(given.folder, names)
    print(text)
    given.folder.mkdir(parents=True, exist_ok=True)
    with atomic(given.folder / "tables.md") as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
