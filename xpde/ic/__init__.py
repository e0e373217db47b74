"""Floor 4: random initial states, drawn on the host."""

from xpde.ic.fourier import TruncatedFourier
from xpde.ic.sampling import InitialCondition, sample_set

__all__ = ["InitialCondition", "TruncatedFourier", "sample_set"]
