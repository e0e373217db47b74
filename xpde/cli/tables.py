"""The command that collects the tables of a study: ``tables``."""

from pathlib import Path
from typing import TYPE_CHECKING

from xpde.cli.shared import complain, say, terminal
from xpde.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

    from xpde.study.tables import Tables

__all__ = ["tables"]


def tables(
    folder: Path,
    /,
    *,
    wide: Path | None = None,
    gmean: bool = True,
    significance: bool = False,
    metric: str = "mean_nRMSE",
    up_to: int = 100,
) -> int:
    """Collect the tables of a study and print who is best: runs, errors, significance.

    `runs`, `metrics`, `losses`, `samples` and `spectra` are written into the folder as Parquet, all
    runs below each other. A run whose files are missing or damaged is named, and the others go on.

    Exit code: 0, or 1 if a file of a run could not be read.

    For example:

    ```
    xpde tables out/studies/depth
    xpde tables out/studies/depth --significance --up-to 50
    xpde tables out/studies/depth --wide depth.csv
    ```

    Parameters
    ----------
    folder
        Folder that `xpde study` wrote.
    wide
        CSV file for the wide form of the benchmark: a row per seed, a column per step.
    gmean
        Print median and quartiles over seeds of the geometric mean over steps.
    significance
        Print tests of every network and training against the best of its problem.
    metric
        What to average; `xpde list metrics` shows them.
    up_to
        Last step of the geometric mean.
    """
    from xpde.report.standings import status_table
    from xpde.study.tables import collect, write_tables
    from xpde.study.wide import write_wide

    found = collect(folder)
    write_tables(folder, found)
    terminal().print(status_table(found.runs))
    if (gmean or significance) and len(found.metrics):
        _print_means(_means(found, metric, up_to), metric, gmean, significance)
    if wide is not None:
        write_wide(wide, found)
        say(f"wide table: {wide}")
    say(f"tables: {folder}")
    for line in found.warnings:
        complain(f"warning: {line}")
    return 1 if found.warnings else 0


def _means(found: "Tables", metric: str, up_to: int) -> "pd.DataFrame":
    """Return a row per run that ended: geometric mean, and the settings that may vary."""
    from xpde.study.summary import aggregate_gmean, with_diverged
    from xpde.study.tables import SETTINGS

    if metric.endswith("correlation"):
        raise InvalidInput(f"--metric: expected an error, the smaller the better, got {metric}")
    means = with_diverged(aggregate_gmean(found.metrics, metric, up_to), found.runs)
    settings = found.runs.set_index("run")[list(SETTINGS)]
    return means.join(settings, on="run")


def _print_means(means: "pd.DataFrame", metric: str, gmean: bool, significance: bool) -> None:
    from xpde.report.standings import gmean_table, significance_table
    from xpde.study.significance import significance as compare
    from xpde.study.summary import PROBLEM, candidate_columns

    console = terminal()
    if gmean:
        console.print(gmean_table(means, metric))
    if significance:
        of = candidate_columns(means)
        found = compare(means, f"gmean_{metric}", PROBLEM, of)
        console.print(significance_table(found, of))
