"""White noise."""

from dataclasses import dataclass

import numpy as np

from xpde.ic.channels import ByChannel
from xpde.ic.checks import number
from xpde.space import Grid

__all__ = ["WhiteNoise"]


@dataclass(frozen=True)
class WhiteNoise(ByChannel):
    """Independent normal numbers of mean zero and deviation σ at the grid points.

    This depends on the resolution by definition: another grid has other numbers, and the spectrum
    is flat up to whatever mode is the last, E |û(k)|² = std² ∏_j N_j.

    Attributes
    ----------
    std
        Standard deviation σ ≥ 0.

    Raises
    ------
    InvalidInput
        If ``std`` is negative or not finite.
    """

    std: float = 1.0

    def __post_init__(self) -> None:
        number("white", "std", self.std, 0.0)

    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return one random channel (*N), host float64."""
        return self.std * rng.standard_normal(grid.points)
