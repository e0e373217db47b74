"""Emulator superiority: when an emulator beats the solver that trained it."""

from xpde.study.superiority.ansatz import Ansatz, descend
from xpde.study.superiority.closed import best_weights, closed_symbol, equal_modes, limit_ratio
from xpde.study.superiority.combination import MEASURES, Combination, Ratio, scheme_error
from xpde.study.superiority.schemes import EQUATIONS
from xpde.study.superiority.symbol import measured_symbol, relative_modes, step_of

__all__ = [
    "EQUATIONS",
    "MEASURES",
    "Ansatz",
    "Combination",
    "Ratio",
    "best_weights",
    "closed_symbol",
    "descend",
    "equal_modes",
    "limit_ratio",
    "measured_symbol",
    "relative_modes",
    "scheme_error",
    "step_of",
]
