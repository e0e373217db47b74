"""Commands that say what there is: ``backends`` and ``list``."""

from xpde.cli.shared import terminal
from xpde.errors import XpdeError, unknown_name
from xpde.options import AS_IS, Problem

__all__ = ["backends", "describe", "list_"]


def backends() -> int:
    """List the backends: installed or not, version, devices, gradients, compilation.

    For example:

    ```
    xpde backends
    ```
    """
    from rich import box
    from rich.table import Table

    from xpde.core import backend, backend_names

    table = Table("backend", "version", "devices", "gradients", "compiles", box=box.SIMPLE_HEAD)
    missing = []
    for name in backend_names():
        try:
            able = backend(name).capabilities
        except XpdeError as error:
            missing.append(str(error))
            table.add_row(name, "[dim]not available[/dim]", "", "", "")
            continue
        compiles = "yes" if able.compiles else "no"
        table.add_row(name, able.version, ", ".join(able.devices), able.gradients, compiles)
    console = terminal()
    console.print(table)
    for line in missing:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def list_(what: str = "all", /) -> int:
    """List scenarios with their equations, initial states, networks, metrics; or describe one.

    For example:

    ```
    xpde list
    xpde list networks
    xpde list diff_ks
    ```

    Parameters
    ----------
    what
        `scenarios`, `suite` (the 46 equations of the benchmark), `initial`, `networks`, `metrics`,
        `all`, or the key of a scenario.
    """
    from xpde.report.catalogue import (
        initial_table,
        metrics_table,
        networks_table,
        scenarios_table,
        suite_table,
    )
    from xpde.study.catalogue import SCENARIOS

    console = terminal()
    if what in SCENARIOS:
        return describe(what)
    tables = {
        "scenarios": scenarios_table,
        "initial": initial_table,
        "networks": networks_table,
        "metrics": metrics_table,
    }
    if what == "suite":
        console.print(suite_table())
        return 0
    if what != "all" and what not in tables:
        raise unknown_name("list", what, [*tables, "suite", "all", *SCENARIOS])
    for table in tables.values() if what == "all" else [tables[what]]:
        console.print(table())
    return 0


def describe(scenario: str, /, *, problem: Problem = AS_IS) -> int:
    """Describe a scenario: equation, coefficients in all coordinates, stability, known limits.

    For example:

    ```
    xpde describe diff_burgers
    xpde describe phy_kdv --dims 2 --points 64
    ```

    Parameters
    ----------
    scenario
        Key of a scenario; `xpde list` shows them.
    """
    from xpde.study.describe import describe as text

    terminal().print(
        text(problem.scenario(scenario)), highlight=False, markup=False, soft_wrap=True
    )
    return 0
