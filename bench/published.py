"""Train what the benchmark published and set our numbers beside it: ``python -m bench.published``.

Each row is a run of a study in ``out/published``; rows that are there are not trained again. On one
processor core the whole takes about two hours. ``--page`` writes the page from what is there.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.published_numbers import CORRECTION, MEDIANS, RANKINGS
from bench.table import provenance
from xpde.study.conduct import conduct
from xpde.study.engines import LocalEngine
from xpde.study.plan import Study
from xpde.study.runs import Run
from xpde.study.store import atomic, read_json, read_table

OUT, FOLDER = Path("docs/published.md"), Path("out/published")
SHORT = {
    "Conv": "Conv;34;10;relu",
    "Res": "Res;26;8;relu",
    "UNet": "UNet;12;2;relu",
    "Dil": "Dil;2;32;2;relu",
    "FNO": "FNO;12;18;4;gelu",
}
"""The five networks of the published comparison in one dimension."""

BOX = {"dims": 2, "points": 32, "advection_gamma": 10.5}
HORIZON = 100
"""Steps of the geometric mean."""


@dataclass(frozen=True)
class Row:
    """What identifies a training on the page, and its mean nRMSE at every step."""

    scenario: str
    conventions: str
    task: str
    share: float | None
    network: str
    seed: int
    errors: np.ndarray

    @property
    def gmean(self) -> float:
        """Geometric mean over the first hundred steps."""
        return float(np.exp(np.mean(np.log(self.errors[:HORIZON]))))


def runs() -> Iterator[Run]:
    """Yield every training, question by question."""
    for seed in range(10):
        for network in MEDIANS:
            yield Run("diff_adv", {}, network, seed=seed, backend="jax")
    for ranking in RANKINGS:
        rule = {} if ranking.conventions == "exact" else {"conventions": ranking.conventions}
        for seed in range(ranking.seeds):
            for name in ranking.published:
                yield Run(ranking.scenario, rule, SHORT[name], seed=seed, backend="jax")
    for seed in range(3):
        for share in CORRECTION:
            task, more = ("predict", {}) if share is None else (
                "correct;sequential", {"coarse_proportion": share}
            )  # fmt: skip
            yield Run(
                "diff_adv", BOX | more, SHORT["Res"], updates=2000, seed=seed, task=task,
                backend="torch",
            )  # fmt: skip


def rows(folder: Path) -> list[Row]:
    """Read every finished run below a folder."""
    found = []
    for path in sorted(folder.glob("**/metrics.parquet")):
        if not (path.parent / "config.json").exists():
            continue
        about = read_json(path.parent / "config.json")
        table = read_table(path)
        errors = table[table["metric"] == "mean_nRMSE"].sort_values("step")["value"].to_numpy()
        given, predict = about["overrides"], about["task"] == "predict"
        share = None if predict else given["coarse_proportion"]
        found.append(
            Row(about["scenario"], given.get("conventions", "exact"), about["task"], share,
                about["network"], about["seed"], errors)
        )  # fmt: skip
    return [row for row in found if row.errors.size >= HORIZON]


def medians(found: Sequence[Row]) -> str:
    """Return the table of medians over seeds at the published steps."""
    text = ""
    for network, published in MEDIANS.items():
        mine = [r for r in found if r.scenario == "diff_adv" and r.network == network]
        mine = [r for r in mine if r.task == "predict"]
        lines = [[f"{network}, step", "published", "median", "quartiles", "range", "seeds"]]
        for step, value in published.items():
            at = np.asarray([row.errors[step - 1] for row in mine])
            low, half, high = np.quantile(at, (0.25, 0.5, 0.75)) if at.size else (np.nan,) * 3
            inside = bool(at.size) and at.min() <= value <= at.max()
            span = f"{at.min():.4f}-{at.max():.4f}" if at.size else "-"
            lines.append([
                f"{step}", f"{value:.3f}", f"{half:.4f}", f"{low:.4f}-{high:.4f}",
                span + ("" if inside else " (published outside)"), f"{at.size}",
            ])  # fmt: skip
        text += _table(lines) + "\n"
    return text


def rankings(found: Sequence[Row]) -> str:
    """Return one table for every published ranking, in its order."""
    text = ""
    for ranking in RANKINGS:
        lines = [["network", "published", "median", "seeds' values"]]
        half = {}
        for name, value in sorted(ranking.published.items(), key=lambda item: item[1]):
            mine = [
                r.gmean
                for r in found
                if (r.scenario, r.network) == (ranking.scenario, SHORT[name])
                and r.conventions == ranking.conventions and r.task == "predict"
            ]  # fmt: skip
            half[name] = float(np.median(mine)) if mine else np.nan
            values = ", ".join(f"{v:.3g}" for v in sorted(mine))
            lines.append([f"`{SHORT[name]}`", f"{value:.3f}", f"{half[name]:.3g}", values])
        order = " < ".join(sorted(half, key=lambda name: half[name]))
        wanted = " < ".join(sorted(ranking.published, key=lambda name: ranking.published[name]))
        text += f"### `{ranking.scenario}`, conventions {ranking.conventions}\n\n{_table(lines)}\n"
        text += f"Published order: {wanted}. Ours: {order}.\n\n"
    return text


def correction(found: Sequence[Row]) -> str:
    """Return the table of corrections of a coarse solver."""
    lines = [["task", "published", "median", "seeds' values"]]
    for share, published in CORRECTION.items():
        mine = sorted(
            r.gmean
            for r in found
            if r.network == SHORT["Res"] and r.scenario == "diff_adv" and r.share == share
        )
        name = "predict" if share is None else f"correct;sequential, coarse solver {share:.0%}"
        half = f"{np.median(mine):.3g}" if mine else "-"
        lines.append([name, f"{published:.3f}", half, ", ".join(f"{v:.3g}" for v in mine)])
    return _table(lines)


HEAD = """# What the benchmark published, trained again

Written by `python -m bench.published` ({facts}). Settings are the benchmark's: 50 training
trajectories of 51 states, 10 000 updates of Adam with batches of 20, one-step training, float32,
N = 160, unless a section says otherwise; initial states, initial weights and batch orders follow
the published laws but come from other random streams. Errors are mean nRMSE over 30 test
trajectories; gmean is their geometric mean over steps 1 to 100. Published values of the rankings
are read off a figure (two or three digits) or taken from its table.
"""


def page(found: Sequence[Row]) -> str:
    """Return the whole page, with what was learned kept in ``published_notes.md``."""
    facts = provenance()
    line = ", ".join(f"{name} {facts[name]}" for name in ("date", "xpde", "jax", "torch"))
    notes = Path(__file__).with_name("published_notes.md").read_text(encoding="utf-8")
    advection, ranked, corrected = notes.split("---\n")
    return "\n".join([
        HEAD.format(facts=line),
        "## 1D advection (γ₁ = -4): medians over ten seeds\n",
        medians(found) + advection,
        "## Rankings: gmean of mean nRMSE\n",
        rankings(found) + ranked,
        "## Correcting a coarse solver: 2D advection, γ₁ = 10.5, `Res;26;8;relu`\n",
        correction(found),
        corrected,
    ])  # fmt: skip


def train(folder: Path) -> None:
    """Train what is not in the folder, one run at a time, each with one thread."""
    study = Study("published", tuple(runs()))
    conduct(study, folder, LocalEngine(1), threads=1)


def _table(lines: Sequence[Sequence[str]]) -> str:
    frame = pd.DataFrame(lines[1:], columns=list(lines[0]))
    rule = ["---"] * len(lines[0])
    body = [list(lines[0]), rule, *frame.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(line) + " |" for line in body) + "\n"


def main() -> None:
    """Train what is missing and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.published", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="the page")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="the study")
    parser.add_argument("--page", action="store_true", help="train nothing")
    arguments = parser.parse_args()
    if not arguments.page:
        train(arguments.folder)
    with atomic(arguments.out) as temporary:
        temporary.write_text(page(rows(arguments.folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
