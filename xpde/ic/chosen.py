"""Random waves of chosen wavenumbers."""

from dataclasses import dataclass

import numpy as np

from xpde.errors import InvalidInput
from xpde.ic.channels import ByChannel
from xpde.ic.checks import resolved, whole
from xpde.ic.normalization import normalized
from xpde.space import Grid

__all__ = ["ChosenModes"]


@dataclass(frozen=True)
class ChosenModes(ByChannel):
    """u(x) = Σ_k a_k cos(2π k x / L) + b_k sin(2π k x / L) over chosen k, in one dimension.

    a_k and b_k are independent standard normal numbers, which depend on the stream and k alone: a
    longer list leaves the waves of a shorter one as they were. The mean is 0. A finer grid samples
    the same function at more points, until the normalization divides by what the grid sees.
    Channels follow one another in the random stream.

    Attributes
    ----------
    modes
        The integers k ≥ 1, each once; a grid needs more than 2 max k points.
    max_one
        Whether each channel is divided by max |u| on the grid.

    Raises
    ------
    InvalidInput
        For a wrong or repeated number; on sampling, for two or three dimensions or too few points.

    Reference: Koehler & Thuerey (2025), initial conditions ``ind;K,K,...;MAX_ONE``.
    """

    modes: tuple[int, ...]
    max_one: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "modes", tuple(self.modes))
        for k in self.modes:
            whole("ind", "mode", k, 1)
        if len({*self.modes}) < max(len(self.modes), 1):
            raise InvalidInput(
                f"ind: expected modes, each once, got {', '.join(map(str, self.modes)) or 'none'}"
            )

    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return one random channel (N,), host float64; one 64-bit word of ``rng`` is taken."""
        if grid.dims != 1:
            raise InvalidInput(
                f"ind: expected one space dimension, got {grid.dims}; use fourier or grf"
            )
        resolved("ind", grid, max(self.modes))
        key, n = int(rng.integers(0, 2**64, dtype=np.uint64)), grid.points[0]
        u = np.zeros(n)
        for k in self.modes:
            a, b = np.random.Generator(np.random.Philox(key=[key, k])).standard_normal(2)
            angle = 2 * np.pi * (np.mod(np.arange(n) * k, n) / n)  # exact before the division
            u = u + a * np.cos(angle) + b * np.sin(angle)
        return normalized(u, max_one=self.max_one)
