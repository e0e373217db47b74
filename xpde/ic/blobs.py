"""Gaussian blobs, given or random."""

import functools
import math
from dataclasses import dataclass

import numpy as np

from xpde.errors import InvalidInput
from xpde.ic.channels import ByChannel
from xpde.ic.checks import interval, number, whole
from xpde.space import Grid

__all__ = ["GaussianBlob", "GaussianBlobs", "RandomGaussianBlobs"]

_NEGLIGIBLE = 40.0  # e^{-40} = 4e-18 is below half a unit in the last place of the peak


@dataclass(frozen=True)
class GaussianBlob:
    """exp(-½ Σ_j (x_j - c_j)² / v_j): height one at c, in the units of the grid.

    Attributes
    ----------
    position
        c_j, the center, per axis.
    variance
        v_j > 0 per axis.

    Raises
    ------
    InvalidInput
        If the numbers of axes differ, a value is not finite or a variance not positive; in ``on``,
        if the grid has another number of axes.
    """

    position: tuple[float, ...]
    variance: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("position", "variance"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
            for value in getattr(self, name):
                number("blobs", name, value)
        if len(self.position) != len(self.variance) or min(self.variance, default=0.0) <= 0:
            raise InvalidInput(
                "blobs: expected a position and a positive variance per axis, got "
                f"{self.position} and {self.variance}"
            )

    def on(self, grid: Grid, periodic: bool = False) -> np.ndarray:
        """Return the blob at the grid points (*N), host float64.

        With ``periodic`` it is the sum of its images c_j + m L_j over all integers m (as many as
        count in double precision); otherwise the one blob, which jumps at the ends of the box.
        """
        if len(self.position) != grid.dims:
            raise InvalidInput(
                f"blobs: expected positions on {grid.dims} axes, got {len(self.position)}"
            )
        axes = zip(grid.points, grid.extent, self.position, self.variance, strict=True)
        factors = [_profile(*axis, periodic) for axis in axes]
        return functools.reduce(np.multiply.outer, factors)


@dataclass(frozen=True)
class GaussianBlobs(ByChannel):
    """The mean of given blobs; every channel is the same and nothing is random.

    A finer grid samples the same function.

    Attributes
    ----------
    blobs
        The blobs b_i, at least one.
    one_complement
        Whether each blob is replaced by 1 - b_i.
    periodic
        Whether each blob is the sum of its periodic images.

    Raises
    ------
    InvalidInput
        If there is no blob; on sampling, if the grid has another number of axes.
    """

    blobs: tuple[GaussianBlob, ...]
    one_complement: bool = False
    periodic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "blobs", tuple(self.blobs))
        if not self.blobs:
            raise InvalidInput("blobs: expected one blob or more, got none")

    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return the channel (*N), host float64; ``rng`` is not used."""
        total = np.zeros(grid.points)
        for blob in self.blobs:
            total = total + blob.on(grid, self.periodic)
        mean = total / len(self.blobs)
        return 1.0 - mean if self.one_complement else mean


@dataclass(frozen=True)
class RandomGaussianBlobs(ByChannel):
    """The mean of blobs with uniform centers and variances, measured in units of the box.

    c_j = L_j U(position),   v_j = L_j² U(variance)

    so a longer box holds a larger blob of the same shape. (The reference multiplies variances by
    L_j; on the unit box, where the benchmark's blobs live, both are the same.) A finer grid samples
    the same function.

    Attributes
    ----------
    count
        How many blobs, at least 1.
    one_complement
        Whether each blob b is replaced by 1 - b.
    periodic
        Whether each blob is the sum of its periodic images. The benchmark's is not: it jumps at
        the ends of the box, by at most e^{-8} = 3e-4 for the default ranges.
    position, variance
        Ranges (low, high), variances positive.

    Raises
    ------
    InvalidInput
        For a wrong value.

    Reference: Koehler et al., APEBench (2024), Gray-Scott scenarios.
    """

    count: int = 1
    one_complement: bool = False
    periodic: bool = False
    position: tuple[float, float] = (0.4, 0.6)
    variance: tuple[float, float] = (0.005, 0.01)

    def __post_init__(self) -> None:
        whole("blobs", "count", self.count, 1)
        interval("blobs", "position", self.position)
        interval("blobs", "variance", self.variance, math.ulp(0.0))

    def draw(self, grid: Grid, rng: np.random.Generator) -> GaussianBlobs:
        """Return the blobs of one channel; each draws its center, then its variances."""
        extent = np.asarray(grid.extent)
        blobs = []
        for _ in range(self.count):
            position = rng.uniform(*self.position, grid.dims) * extent
            variance = rng.uniform(*self.variance, grid.dims) * extent**2
            blobs.append(GaussianBlob(tuple(position.tolist()), tuple(variance.tolist())))
        return GaussianBlobs(tuple(blobs), self.one_complement, self.periodic)

    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return one random channel (*N), host float64."""
        return self.draw(grid, rng).channel(grid, rng)


def _profile(
    points: int, length: float, center: float, variance: float, periodic: bool
) -> np.ndarray:
    distance = np.arange(points) * length / points - center
    if not periodic:
        return np.exp(-(distance**2) / (2 * variance))
    distance = np.mod(distance + length / 2, length) - length / 2
    # image m is at least (|m| - 1/2) L away, so those left out are negligible
    images = math.ceil(math.sqrt(2 * _NEGLIGIBLE * variance) / length - 0.5)
    shifts = np.arange(-images, images + 1)[:, None] * length
    return np.sum(np.exp(-((distance + shifts) ** 2) / (2 * variance)), axis=0)
