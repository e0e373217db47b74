"""Sets of random initial states, one random stream for each sample."""

from typing import Protocol

import numpy as np

from xpde.core import stream
from xpde.space import Grid

__all__ = ["InitialCondition", "sample_set"]


class InitialCondition(Protocol):
    """Anything that draws a state on a grid."""

    def sample(self, grid: Grid, channels: int, rng: np.random.Generator) -> np.ndarray:
        """Return one random state (C, *N), host float64."""
        ...


def sample_set(
    ic: InitialCondition,
    grid: Grid,
    channels: int,
    samples: int,
    seed: int,
    name: str = "initial",
) -> np.ndarray:
    """Return ``samples`` random states as (S, C, *N), host float64.

    Sample i is drawn from ``stream(seed, name, i)`` alone: the first n samples of a larger set are
    the same bits, on every backend and machine of one NumPy version.
    """
    states = [ic.sample(grid, channels, stream(seed, name, i)) for i in range(samples)]
    return np.stack(states) if states else np.empty((0, channels, *grid.points))
