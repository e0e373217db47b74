"""What can be asked for, as terminal tables: scenarios, networks, metrics."""

from collections.abc import Iterable

from rich import box
from rich.table import Table

from xpde.metrics import METRICS
from xpde.nn import ACTIVATIONS
from xpde.study.catalogue import SCENARIOS
from xpde.study.words import NETWORKS

__all__ = ["metrics_table", "networks_table", "scenarios_table"]


def scenarios_table() -> Table:
    """Return a row per scenario: key, space axes, equation."""
    table = _table("Scenarios", "key", "dims", "equation")
    for key, found in SCENARIOS.items():
        dims = ", ".join(map(str, found.allowed_dims))
        table.add_row(key, dims, found.equation.formula)
    return table


def networks_table() -> Table:
    """Return a row per network: the string that asks for one."""
    table = _table("Networks", "string", "activations")
    names = ", ".join(sorted(ACTIVATIONS))
    for name, (_, form) in NETWORKS.items():
        table.add_row(_form(name, form), names)
    return table


def metrics_table() -> Table:
    """Return the metrics; the prefix ``mean_`` averages over samples."""
    table = _table("Metrics", "name", "means")
    words = {
        "": "absolute, channels summed",
        "n": "divided by the size of the reference",
        "s": "divided by the mean size of both",
    }
    for name in METRICS:
        kind = name[0] if name[0] in words else ""
        meaning = "cosine of the angle to the reference" if name == "correlation" else words[kind]
        table.add_row(f"mean_{name}", meaning)
    return table


def _form(name: str, form: Iterable[str]) -> str:
    return ";".join([name, *(part.upper() for part in form)])


def _table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        made.add_column(column, style="bold" if column == columns[0] else "")
    return made
