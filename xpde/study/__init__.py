"""Floor 7: scenarios, reference data, emulators, comparisons and where their results lie."""

from xpde.study.catalogue import SCENARIOS, SUITE, scenario, suite
from xpde.study.coarse import Resampled, coarse_stepper
from xpde.study.compare import Comparison, compare
from xpde.study.config import CompareConfig
from xpde.study.data import initial_states, reference_data
from xpde.study.describe import describe
from xpde.study.emulate import fit, score, train_to
from xpde.study.scenario import Scenario

__all__ = [
    "SCENARIOS",
    "SUITE",
    "CompareConfig",
    "Comparison",
    "Resampled",
    "Scenario",
    "coarse_stepper",
    "compare",
    "describe",
    "fit",
    "initial_states",
    "reference_data",
    "scenario",
    "score",
    "suite",
    "train_to",
]
