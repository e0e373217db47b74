"""Emulator superiority: when an emulator beats the solver that trained it."""

from xpde.study.superiority.advection import advection, multimode
from xpde.study.superiority.ansatz import Ansatz, descend
from xpde.study.superiority.burgers import PicardAnalysis, burgers, picard_analysis
from xpde.study.superiority.campaign import Campaign
from xpde.study.superiority.catalogue import TABLES, table
from xpde.study.superiority.check import Check, check
from xpde.study.superiority.closed import best_weights, closed_symbol, equal_modes, limit_ratio
from xpde.study.superiority.combination import MEASURES, Combination, Ratio, scheme_error
from xpde.study.superiority.diagnosis import Modes, Parts, modes_of, parts_of
from xpde.study.superiority.expected import expected_ratio
from xpde.study.superiority.experiment import Experiment, SeedGrid, Seeds
from xpde.study.superiority.findings import Findings
from xpde.study.superiority.pair import Fineness, Pair
from xpde.study.superiority.ratio import Split, ratio_of, split
from xpde.study.superiority.schemes import EQUATIONS
from xpde.study.superiority.side import Side, side_of
from xpde.study.superiority.symbol import measured_symbol, relative_modes, step_of
from xpde.study.superiority.table import Budget, Row, Table
from xpde.study.superiority.trial import Judge, Trial, run_trial
from xpde.study.superiority.verdict import Verdict, verdict

__all__ = [
    "EQUATIONS",
    "MEASURES",
    "TABLES",
    "Ansatz",
    "Budget",
    "Campaign",
    "Check",
    "Combination",
    "Experiment",
    "Findings",
    "Fineness",
    "Judge",
    "Modes",
    "Pair",
    "Parts",
    "PicardAnalysis",
    "Ratio",
    "Row",
    "SeedGrid",
    "Seeds",
    "Side",
    "Split",
    "Table",
    "Trial",
    "Verdict",
    "advection",
    "best_weights",
    "burgers",
    "check",
    "closed_symbol",
    "descend",
    "equal_modes",
    "expected_ratio",
    "limit_ratio",
    "measured_symbol",
    "modes_of",
    "multimode",
    "parts_of",
    "picard_analysis",
    "ratio_of",
    "relative_modes",
    "run_trial",
    "scheme_error",
    "side_of",
    "split",
    "step_of",
    "table",
    "verdict",
]
