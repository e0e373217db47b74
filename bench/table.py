"""Rows of the bench, and where they go: the terminal, Parquet, a Markdown page."""

import os
import platform
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from math import nan
from pathlib import Path

import pandas as pd

from bench import peak
from bench.page import write_page
from bench.timing import Timing

PACKAGES = (
    "xpde",
    "numpy",
    "scipy",
    "jax",
    "torch",
    "exponax",
    "pdequinox",
    "equinox",
    "trainax",
    "optax",
    "lineax",
    "pyamg",
)


@dataclass(frozen=True)
class Row:
    """One ratio: a case over what it is held against, and the most it may be.

    ``megabytes`` and ``over_megabytes`` are the peak memory in MiB of one call of either; NaN
    where it was not measured, as in tables of earlier versions.
    """

    suite: str
    case: str
    backend: str
    against: str
    ratio: float
    low: float
    high: float
    target: float | None
    microseconds: float
    megabytes: float = nan
    over_megabytes: float = nan

    @property
    def verdict(self) -> str:
        """Whether the target holds."""
        if self.target is None:
            return ""
        return "met" if self.ratio <= self.target else "missed"


def row(
    timing: Timing,
    name: str,
    over: str,
    *,
    suite: str,
    case: str,
    backend: str,
    against: str,
    target: float | None,
    scale: float = 1.0,
) -> Row:
    """Make a row of two cases of one timing; ``scale`` divides the time shown (steps per call)."""
    low, high = timing.spread(name, over)
    seconds = timing.seconds(name) / scale
    return Row(
        suite, case, backend, against, timing.ratio(name, over), low, high, target, seconds * 1e6,
        timing.megabytes(name), timing.megabytes(over),
    )  # fmt: skip


def frame(rows: list[Row]) -> pd.DataFrame:
    """Make a long table with the verdict as a column."""
    made = pd.DataFrame([{**asdict(r), "verdict": r.verdict} for r in rows])
    return made.astype({"target": float})


def markdown(rows: list[Row]) -> str:
    """Format the rows as the table of docs/performance.md."""
    head = "| suite | case | backend | against | ratio | quartiles | target | | time | peak MiB |\n"
    head += "|" + "---|" * 10 + "\n"
    lines = [
        f"| {r.suite} | {r.case} | {r.backend} | {r.against} | {r.ratio:.2f} "
        f"| {r.low:.2f}-{r.high:.2f} | {'' if r.target is None else f'≤ {r.target:g}'} "
        f"| {r.verdict} | {r.microseconds:,.0f} µs | {peak.told(r.megabytes, r.over_megabytes)} |"
        for r in rows
    ]
    return head + "\n".join(lines) + "\n"


def provenance() -> dict[str, str]:
    """Say on what the numbers were taken."""
    found = {"date": date.today().isoformat(), "machine": platform.machine()}
    found["cores"] = str(len(os.sched_getaffinity(0)))
    found["threads"] = os.environ.get("OMP_NUM_THREADS", found["cores"])
    found["python"] = platform.python_version()
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def write(rows: list[Row], folder: Path, device: str = "cpu") -> None:
    """Write bench.parquet, bench.md and index.html into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    facts, found = {**provenance(), "device": device}, frame(rows)
    found.assign(**facts).to_parquet(folder / "bench.parquet")
    facts_line = ", ".join(f"{key} {value}" for key, value in facts.items())
    (folder / "bench.md").write_text(f"{facts_line}\n\n{markdown(rows)}")
    write_page(found, facts, folder / "index.html")
