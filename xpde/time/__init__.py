"""Floor 4: phi functions and exponential time differencing Runge-Kutta schemes."""

from xpde.time.adaptive import Adaptive, AdaptiveEtdrk
from xpde.time.etdrk import Etdrk
from xpde.time.matrix import apply_matrix, matrix_phis, multiply
from xpde.time.phi import phi
from xpde.time.tables import TABLES, Row

__all__ = [
    "TABLES",
    "Adaptive",
    "AdaptiveEtdrk",
    "Etdrk",
    "Row",
    "apply_matrix",
    "matrix_phis",
    "multiply",
    "phi",
]
