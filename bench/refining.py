"""Training through a solver that is refined only as far as needed, over the converged one."""

import tempfile
from pathlib import Path

import xpde
from bench.table import Row
from xpde.study.prdp import Campaign, experiment

__all__ = ["against_converged"]

SEEDS = (0, 1, 2)
NAMES = ("heat1d",)
"""Others take minutes: ``xpde prdp heat3d`` prints the same shares."""


def against_converged(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time trainings by the default rule over trainings with the level that converges.

    Time of the updates, without compilation and validation; the seeds are the rounds.
    """
    rows = []
    for name in NAMES:
        for backend, bk in ((b, bk) for b, bk in backends.items() if b != "numpy"):
            with tempfile.TemporaryDirectory() as folder:
                campaign = Campaign(
                    experiment(name), Path(folder), SEEDS, backend, device=bk.device,
                    contenders=("converged", "default"),
                )  # fmt: skip
                runs = campaign.run(lambda *_: None).runs
            times = runs.pivot(index="seed", columns="contender", values="train_s")
            ratios = sorted(times["default"] / times["converged"])
            rows.append(
                Row("refining", name, backend, "the converged solver",
                    ratios[len(ratios) // 2], ratios[0], ratios[-1], None,
                    times["default"].median() * 1e6)
            )  # fmt: skip
    return rows
