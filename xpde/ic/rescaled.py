"""Another initial condition, mapped to given limits or multiplied."""

from dataclasses import dataclass

import numpy as np

from xpde.errors import InvalidInput
from xpde.ic.checks import number
from xpde.ic.sampling import InitialCondition
from xpde.space import Grid

__all__ = ["Clamped", "Scaled"]


@dataclass(frozen=True)
class Clamped:
    """Another initial condition, each channel stretched to reach both limits exactly.

    v = low + (high - low) (u - min u) / (max u - min u)

    This stretches; it cuts nothing off. A channel that is constant on the grid becomes ``low``.
    The extremes are those the grid sees, so a finer grid may stretch a little less.

    Attributes
    ----------
    inner
        Any initial condition.
    low, high
        The limits, low < high.

    Raises
    ------
    InvalidInput
        If the limits are not finite numbers with low < high.
    """

    inner: InitialCondition
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            number("clamp", name, getattr(self, name))
        if self.low >= self.high:
            raise InvalidInput(f"clamp: expected low < high, got {self.low} and {self.high}")

    def sample(self, grid: Grid, channels: int, rng: np.random.Generator) -> np.ndarray:
        """Return one random state (C, *N), host float64."""
        u = self.inner.sample(grid, channels, rng)
        space = tuple(range(-grid.dims, 0))
        least = np.min(u, axis=space, keepdims=True)
        width = np.max(u, axis=space, keepdims=True) - least
        part = (u - least) / np.where(width > 0, width, 1.0)
        # this form is exact at both ends; rounding between them may pass an end, hence the clip
        return np.clip(self.low * (1 - part) + self.high * part, self.low, self.high)


@dataclass(frozen=True)
class Scaled:
    """Another initial condition multiplied by a number.

    A finer grid samples the same state where ``inner`` does.

    Attributes
    ----------
    inner
        Any initial condition.
    factor
        The number.

    Raises
    ------
    InvalidInput
        If ``factor`` is not a finite number.
    """

    inner: InitialCondition
    factor: float

    def __post_init__(self) -> None:
        number("scale", "factor", self.factor)

    def sample(self, grid: Grid, channels: int, rng: np.random.Generator) -> np.ndarray:
        """Return one random state (C, *N), host float64."""
        return self.factor * self.inner.sample(grid, channels, rng)
