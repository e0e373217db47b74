"""What can be asked for, as terminal tables: scenarios, initial states, networks, metrics."""

import inspect
from collections.abc import Iterable

from rich import box
from rich.table import Table

from xpde.ic import MultiChannel
from xpde.metrics import METRICS
from xpde.nn import ACTIVATIONS
from xpde.study.catalogue import SCENARIOS, SUITE, scenario
from xpde.study.words import INITIAL, NETWORKS, RESCALED

__all__ = ["initial_table", "metrics_table", "networks_table", "scenarios_table", "suite_table"]


def scenarios_table() -> Table:
    """Return a row per scenario: key, space axes, equation."""
    table = _table("Scenarios", "key", "dims", "equation")
    for key, found in SCENARIOS.items():
        dims = ", ".join(map(str, found.allowed_dims))
        table.add_row(key, dims, found.equation.formula)
    return table


def initial_table() -> Table:
    """Return a row per initial condition: the string that asks for it, what it draws."""
    table = _table("Initial conditions", "string", "draws")
    forms = {_form(name, form): build for name, (build, form) in INITIAL.items()}
    forms |= {f"{_form(name, form)};OTHER": build for name, (build, form) in RESCALED.items()}
    forms["channels;FIRST|SECOND|..."] = MultiChannel
    for form, build in forms.items():
        table.add_row(form, (inspect.getdoc(build) or "").splitlines()[0])
    return table


def suite_table() -> Table:
    """Return a row per equation of the suite of 46: key, numbers of axes it is solved in."""
    table = _table("Suite", "key", "in", "equation")
    for key in dict.fromkeys(key for key, _ in SUITE):
        dims = [d for other, d in SUITE if other == key]
        formula = scenario(key, dims=dims[0]).equation.formula
        table.add_row(key, ", ".join(f"{d}D" for d in dims), formula)
    return table


def networks_table() -> Table:
    """Return a row per network: the string that asks for one."""
    table = _table("Networks", "string", "activations")
    names = ", ".join(sorted(ACTIVATIONS))
    for name, (_, form) in NETWORKS.items():
        linear = "identity" in form
        string = _form(name, (part for part in form if part != "identity"))
        table.add_row(f"{string};identity" if linear else string, "none" if linear else names)
    return table


def metrics_table() -> Table:
    """Return a row per metric: its string and definition; ``mean_`` averages over samples."""
    table = _table("Metrics", "string", "means")
    for entry in METRICS.values():
        table.add_row(f"mean_{entry.string}", entry.meaning)
    return table


def _form(name: str, form: Iterable[str]) -> str:
    return ";".join([name, *(part.upper() for part in form)])


def _table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        made.add_column(column, style="bold" if column == columns[0] else "")
    return made
