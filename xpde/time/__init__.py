"""Floor 4: phi functions, exponential time differencing Runge-Kutta schemes, implicit schemes."""

from xpde.time.adaptive import Adaptive, AdaptiveEtdrk
from xpde.time.etdrk import Etdrk
from xpde.time.matrix import apply_matrix, matrix_phis, multiply
from xpde.time.multistep import (
    BDF2,
    CRANK_NICOLSON,
    EXPLICIT_EULER,
    IMPLICIT_EULER,
    Multistep,
    theta,
)
from xpde.time.phi import phi
from xpde.time.tables import TABLES, Row

__all__ = [
    "BDF2",
    "CRANK_NICOLSON",
    "EXPLICIT_EULER",
    "IMPLICIT_EULER",
    "TABLES",
    "Adaptive",
    "AdaptiveEtdrk",
    "Etdrk",
    "Multistep",
    "Row",
    "apply_matrix",
    "matrix_phis",
    "multiply",
    "phi",
    "theta",
]
