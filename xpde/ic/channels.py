"""States whose channels are drawn one after another, and one generator for each channel."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from xpde.errors import InvalidInput
from xpde.ic.sampling import InitialCondition
from xpde.space import Grid

__all__ = ["ByChannel", "MultiChannel"]


class ByChannel(ABC):
    """Base of the generators that draw one channel at a time, by the same law.

    Channels follow one another in the random stream, so asking for more leaves the first as they
    were. A subclass writes ``channel``.
    """

    @abstractmethod
    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return one random channel (*N), host float64."""

    def sample(self, grid: Grid, channels: int, rng: np.random.Generator) -> np.ndarray:
        """Return one random state (C, *N), host float64, of C ≥ 1 independent channels."""
        if channels < 1:
            raise InvalidInput(f"initial condition: expected 1 channel or more, got {channels}")
        return np.stack([self.channel(grid, rng) for _ in range(channels)])


@dataclass(frozen=True)
class MultiChannel:
    """Another generator for each channel.

    Channel c is one channel of ``generators[c]``. The generators draw from one random stream in
    turn. A finer grid samples the same state where every generator does.

    Attributes
    ----------
    generators
        One initial condition per channel, at least one.

    Raises
    ------
    InvalidInput
        If there is no generator; on sampling, if the number of channels is another.
    """

    generators: tuple[InitialCondition, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "generators", tuple(self.generators))
        if not self.generators:
            raise InvalidInput("channels: expected one generator per channel, got none")

    def sample(self, grid: Grid, channels: int, rng: np.random.Generator) -> np.ndarray:
        """Return one random state (C, *N), host float64, with C the number of generators."""
        if channels != len(self.generators):
            raise InvalidInput(
                f"channels: expected {len(self.generators)} channels, one per generator, "
                f"got {channels}"
            )
        return np.concatenate([each.sample(grid, 1, rng) for each in self.generators])
