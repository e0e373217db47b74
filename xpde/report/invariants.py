"""The invariant report of a data set as a terminal table."""

import math

from rich import box
from rich.table import Table

from xpde.study.invariants import Report

__all__ = ["invariant_table"]


def invariant_table(report: Report) -> Table:
    """Return a row for each field: drift of the mean, energy first and last, and what went wrong.

    ½⟨|u|²⟩ is averaged over samples at the first and the last finite step; everything else is the
    largest over samples and steps. ∇·u is relative to ∇u, and empty for fields without it.
    """
    table = Table(
        "field",
        "drift of mean",
        "energy first",
        "energy last",
        "max |u|",
        "∇·u",
        "not finite",
        title="Invariants",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for row in report.fields:
        numbers = (row.drift, row.energy_first, row.energy_last, row.largest)
        divergence = "" if math.isnan(row.divergence) else f"{row.divergence:.3g}"
        table.add_row(
            row.field, *(f"{x:.4g}" for x in numbers), divergence, str(row.nonfinite or "none")
        )
    return table
