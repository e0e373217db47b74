"""Piecewise constant states: sums of boxes, given or random."""

from dataclasses import dataclass

import numpy as np

from xpde.errors import InvalidInput
from xpde.ic.channels import ByChannel
from xpde.ic.checks import interval, number, whole
from xpde.ic.normalization import check_normalization, normalized
from xpde.space import Grid

__all__ = ["Discontinuities", "Discontinuity", "RandomDiscontinuities"]


@dataclass(frozen=True)
class Discontinuity:
    """One box: ``value`` where lower_j < x_j < upper_j on every axis, 0 elsewhere.

    Attributes
    ----------
    lower, upper
        Limits per axis, as many of each, lower_j ≤ upper_j; a box does not wrap around.
    value
        Height v.

    Raises
    ------
    InvalidInput
        If limits are missing, not finite or in the wrong order; in ``on``, if the grid has another
        number of axes.
    """

    lower: tuple[float, ...]
    upper: tuple[float, ...]
    value: float

    def __post_init__(self) -> None:
        for name in ("lower", "upper"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if len(self.lower) != len(self.upper):
            raise InvalidInput(
                "discontinuities: expected as many lower as upper limits, got "
                f"{len(self.lower)} and {len(self.upper)}"
            )
        for limits in zip(self.lower, self.upper, strict=True):
            interval("discontinuities", "limits", limits)
        number("discontinuities", "value", self.value)

    def on(self, grid: Grid) -> np.ndarray:
        """Return the box at the grid points (*N), host float64."""
        if len(self.lower) != grid.dims:
            raise InvalidInput(
                f"discontinuities: expected limits for {grid.dims} axes, got {len(self.lower)}"
            )
        inside = np.ones(grid.points, bool)
        limits = zip(grid.coordinates(), self.lower, self.upper, strict=True)
        for x, lower, upper in limits:
            inside &= (lower < x) & (x < upper)
        return np.where(inside, float(self.value), 0.0)


@dataclass(frozen=True)
class Discontinuities(ByChannel):
    """The sum of given boxes; every channel is the same and nothing is random.

    A finer grid samples the same function, until a normalization divides by what the grid sees.

    Attributes
    ----------
    boxes
        The boxes, at least one.
    zero_mean, std_one, max_one
        Subtract the mean, divide by the standard deviation, divide by max |u|, in this order.

    Raises
    ------
    InvalidInput
        If there is no box, ``std_one`` comes without ``zero_mean`` or with ``max_one``; on
        sampling, if the grid has another number of axes.
    """

    boxes: tuple[Discontinuity, ...]
    zero_mean: bool = False
    std_one: bool = False
    max_one: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "boxes", tuple(self.boxes))
        if not self.boxes:
            raise InvalidInput("discontinuities: expected one box or more, got none")
        check_normalization(
            "discontinuities",
            zero_mean=self.zero_mean,
            std_one=self.std_one,
            max_one=self.max_one,
        )

    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return the channel (*N), host float64; ``rng`` is not used."""
        u = np.zeros(grid.points)
        for box in self.boxes:
            u = u + box.on(grid)
        return normalized(u, zero_mean=self.zero_mean, std_one=self.std_one, max_one=self.max_one)


@dataclass(frozen=True)
class RandomDiscontinuities(ByChannel):
    """The sum of random boxes: limits two uniform numbers of (0, L_j) per axis, uniform heights.

    Channels are independent (the reference repeats one channel D times). A finer grid samples the
    same function, until a normalization divides by what the grid sees.

    Attributes
    ----------
    count
        How many boxes, at least 1.
    zero_mean, std_one, max_one
        Subtract the mean, divide by the standard deviation, divide by max |u|, in this order.
    value
        Range (low, high) of the heights.

    Raises
    ------
    InvalidInput
        For a wrong value, or ``std_one`` without ``zero_mean`` or with ``max_one``.
    """

    count: int = 3
    zero_mean: bool = False
    std_one: bool = False
    max_one: bool = False
    value: tuple[float, float] = (-1.0, 1.0)

    def __post_init__(self) -> None:
        whole("discontinuities", "count", self.count, 1)
        interval("discontinuities", "value", self.value)
        check_normalization(
            "discontinuities",
            zero_mean=self.zero_mean,
            std_one=self.std_one,
            max_one=self.max_one,
        )

    def draw(self, grid: Grid, rng: np.random.Generator) -> Discontinuities:
        """Return the boxes of one channel; each draws its two corners, then its height."""
        boxes = []
        for _ in range(self.count):
            corners = np.sort(rng.uniform(0.0, 1.0, (2, grid.dims)), axis=0) * grid.extent
            lower, upper = corners.tolist()
            boxes.append(Discontinuity(tuple(lower), tuple(upper), rng.uniform(*self.value)))
        return Discontinuities(tuple(boxes), self.zero_mean, self.std_one, self.max_one)

    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return one random channel (*N), host float64."""
        return self.draw(grid, rng).channel(grid, rng)
