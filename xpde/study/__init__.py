"""Floor 7: scenarios, reference data, emulators, comparisons and where their results lie."""

from xpde.study.catalogue import SCENARIOS, SUITE, scenario, suite
from xpde.study.coarse import Resampled, coarse_stepper
from xpde.study.compare import Comparison, compare
from xpde.study.config import CompareConfig
from xpde.study.data import initial_states, reference_data
from xpde.study.describe import describe
from xpde.study.emulate import fit, score
from xpde.study.scenario import Scenario
from xpde.study.significance import significance
from xpde.study.summary import (
    aggregate_gmean,
    candidate_columns,
    quantiles,
    read_kwargs,
    relative_by_config,
    split_train,
    with_diverged,
)
from xpde.study.tables import Tables, collect, write_tables
from xpde.study.wide import melt, read_wide, to_wide, write_wide

__all__ = [
    "SCENARIOS",
    "SUITE",
    "CompareConfig",
    "Comparison",
    "Resampled",
    "Scenario",
    "Tables",
    "aggregate_gmean",
    "candidate_columns",
    "coarse_stepper",
    "collect",
    "compare",
    "describe",
    "fit",
    "initial_states",
    "melt",
    "quantiles",
    "read_kwargs",
    "read_wide",
    "reference_data",
    "relative_by_config",
    "scenario",
    "score",
    "significance",
    "split_train",
    "suite",
    "to_wide",
    "with_diverged",
    "write_tables",
    "write_wide",
]
