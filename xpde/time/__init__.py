"""Floor 4: phi functions and exponential time differencing Runge-Kutta schemes."""

from xpde.time.etdrk import Etdrk
from xpde.time.phi import phi
from xpde.time.tables import TABLES, Row

__all__ = ["TABLES", "Etdrk", "Row", "phi"]
