"""The verdict: which backends agree, at which level, in plain sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from xpde.report.numbers import scientific
from xpde.report.record import LEVELS, Record

__all__ = ["Verdict", "reference_name", "verdict", "worst"]


@dataclass(frozen=True)
class Verdict:
    """What a comparison found.

    Attributes
    ----------
    good
        Whether something ran, nothing failed or was invalid, and every measured difference lies
        within its bound. A backend that is not installed does not count against it.
    headline
        One sentence for the top of the page.
    sentences
        One sentence per backend that disagreed or did not run.
    """

    good: bool
    headline: str
    sentences: tuple[str, ...]


def reference_name(record: Record) -> str | None:
    """Name the backend that the others were measured against."""
    references = record.tables["agreement"]["reference"]
    if len(references):
        return str(references.iloc[0])
    return record.ran[0] if record.ran else None


def worst(rows: pd.DataFrame) -> pd.Series | None:
    """Return the row closest to its bound, or furthest beyond it."""
    if rows.empty:
        return None
    bound = rows["bound"].where(rows["bound"] > 0, 1e-300)
    ratio = (rows["difference"] / bound).fillna(float("inf"))
    ratio = ratio.where(rows["agrees"].astype(bool), ratio + 1e300)
    return rows.loc[ratio.idxmax()]


def verdict(record: Record) -> Verdict:
    """Judge a comparison: its headline, what went wrong, and whether all is well."""
    table = record.tables["backends"].set_index("backend")
    reference = reference_name(record)
    agreeing, differing, sentences, good = [], [], [], reference is not None
    for name in record.names:
        status = str(table.loc[name, "status"])
        rows = record.of("agreement", name)
        rows = rows[rows["reference"] != name]
        if status != "ok":
            sentences.append(_absence(name, status, str(table.loc[name, "reason"] or "")))
            good = good and status == "missing"
        elif not rows.empty and bool(rows["agrees"].all()):
            agreeing.append(name)
        elif not rows.empty:
            differing.append(name)
            sentences.append(_disagreement(name, rows))
            good = False
    return Verdict(good, _headline(record, reference, agreeing, differing), tuple(sentences))


def _headline(
    record: Record, reference: str | None, agreeing: Sequence[str], differing: Sequence[str]
) -> str:
    if reference is None:
        return "No backend ran to the end."
    others = [name for name in record.ran if name != reference]
    if not others:
        return f"Only {reference} ran: nothing to compare it with."
    if not agreeing and not differing:
        return f"No other backend is comparable with {reference}."
    if not agreeing:
        return f"No backend agrees with {reference} at every level."
    rows = record.tables["agreement"]
    count = rows["level"][rows["backend"].isin(agreeing)].nunique()
    levels = f"all {count} levels" if count > 1 else "the one level measured"
    verb = "agree" if len(agreeing) > 1 else "agrees"
    but = f"; {_join(differing)} {'do' if len(differing) > 1 else 'does'} not" if differing else ""
    return f"{_join(agreeing)} {verb} with {reference} at {levels}{but}."


def _absence(name: str, status: str, reason: str) -> str:
    words = {
        "missing": "was not run",
        "failed": "failed",
        "invalid": "ran, but is not comparable",
    }
    end = reason.rstrip(".")
    return f"{name} {words.get(status, status)}{': ' if end else ''}{end}."


def _disagreement(name: str, rows: pd.DataFrame) -> str:
    parts = []
    for level, group in rows[~rows["agrees"].astype(bool)].groupby("level"):
        row = worst(group)
        if row is None:
            continue
        word = LEVELS[int(level)] if int(level) < len(LEVELS) else f"level {level}"
        difference, bound = scientific(row["difference"]), scientific(row["bound"])
        parts.append(f"{word} ({row['quantity']} differs by {difference}, bound {bound})")
    return f"{name} disagrees with {rows['reference'].iloc[0]} at {_join(parts)}."


def _join(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
