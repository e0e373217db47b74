"""What got slower between two runs of the bench: ``python -m bench compare OLD NEW``.

OLD and NEW are tables of runs (``bench.parquet``, or the folder that holds it). Rows are joined by
suite, case, backend and what they are held against; the change is the ratio of both ratios, so
that two machines, or a busy and an idle one, can be compared. A row is *slower* (*faster*) if it
changed by more than ``--tolerance`` and its quartiles lie apart from the old ones. The exit code
is 1 if a row is slower.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

__all__ = ["changes", "main", "markdown"]

KEYS = ["suite", "case", "backend", "against"]
TOLERANCE = 0.1


def changes(old: pd.DataFrame, new: pd.DataFrame, tolerance: float = TOLERANCE) -> pd.DataFrame:
    """Join two tables of the bench; the largest slowdown comes first.

    Columns: the keys, ``old``, ``new`` (ratios), ``change`` = new/old and ``verdict``, one of
    ``slower``, ``faster``, ``same``, ``gone`` (only in the old table) and ``added``.
    """
    columns = [*KEYS, "ratio", "low", "high"]
    both = old[columns].merge(new[columns], on=KEYS, how="outer", suffixes=("_old", "_new"))
    change = both["ratio_new"] / both["ratio_old"]
    slower = (change > 1 + tolerance) & (both["low_new"] > both["high_old"])
    faster = (change < 1 / (1 + tolerance)) & (both["high_new"] < both["low_old"])
    verdict = pd.Series("same", index=both.index)
    verdict[slower], verdict[faster] = "slower", "faster"
    verdict[both["ratio_new"].isna()], verdict[both["ratio_old"].isna()] = "gone", "added"
    found = both[KEYS].assign(
        old=both["ratio_old"], new=both["ratio_new"], change=change, verdict=verdict
    )
    return found.sort_values("change", ascending=False, kind="stable", ignore_index=True)


def markdown(found: pd.DataFrame) -> str:
    """Format all but the rows that stayed the same."""
    told = found[found["verdict"] != "same"]
    lines = ["| suite | case | backend | against | old | new | change | |", "|" + "---|" * 8]
    lines += [
        f"| {r.suite} | {r.case} | {r.backend} | {r.against} | {_number(r.old)} "
        f"| {_number(r.new)} | {_number(r.change)} | {r.verdict} |"
        for r in told.itertuples()
    ]
    counts = found["verdict"].value_counts()
    total = ", ".join(f"{counts.get(v, 0)} {v}" for v in ("slower", "faster", "same"))
    return "\n".join([*(lines if len(told) else []), f"{len(found)} rows: {total}"])


def _number(x: float) -> str:
    return "" if pd.isna(x) else f"{x:.2f}"


def _read(path: Path) -> pd.DataFrame:
    file = path / "bench.parquet" if path.is_dir() else path
    try:
        found = pd.read_parquet(file)
    except (OSError, ValueError) as error:
        print(f"bench: expected a table of the bench, got {path} ({error})", file=sys.stderr)
        raise SystemExit(2) from None
    if not {*KEYS, "ratio", "low", "high"} <= set(found.columns):
        print(f"bench: expected columns of the bench in {path}; run `make bench`", file=sys.stderr)
        raise SystemExit(2)
    return found


def main(argv: Sequence[str]) -> int:
    """Print what changed; 1 if something is slower."""
    parser = argparse.ArgumentParser(
        prog="python -m bench compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", type=Path, help="folder or bench.parquet of the earlier run")
    parser.add_argument("new", type=Path, help="the same of the later one")
    parser.add_argument(
        "--tolerance", type=float, default=TOLERANCE, help="least change told (default 0.1)"
    )
    arguments = parser.parse_args(argv)
    found = changes(_read(arguments.old), _read(arguments.new), arguments.tolerance)
    print(markdown(found))
    return int((found["verdict"] == "slower").any())
