"""The periodic grid: points per axis and length per axis."""

import math
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from xpde.errors import InvalidInput

__all__ = ["Grid"]


@dataclass(frozen=True)
class Grid:
    """Equispaced points of a periodic box: x_j = n L_j / N_j, n = 0 .. N_j - 1.

    The left end is a grid point, the right end is not (it is the left end again).

    Attributes
    ----------
    points
        N_j, points per axis, at least 1; their number is the number of space axes, 1 to 3.
    extent
        L_j, length per axis.

    Raises
    ------
    InvalidInput
        If a size is not a positive integer, a length not positive and finite, or the numbers of
        axes differ.
    """

    points: tuple[int, ...]
    extent: tuple[float, ...]

    def __post_init__(self) -> None:
        points, extent = tuple(self.points), tuple(self.extent)
        if not 1 <= len(points) <= 3 or len(points) != len(extent):
            raise InvalidInput(
                "grid: expected points and extent with one entry for each of 1 to 3 axes, "
                f"got {len(points)} and {len(extent)}"
            )
        if not all(isinstance(n, Integral) and n > 0 for n in points):
            raise InvalidInput(f"grid: expected positive integers for points, got {points}")
        if not all(math.isfinite(length) and length > 0 for length in extent):
            raise InvalidInput(f"grid: expected positive lengths for extent, got {extent}")
        object.__setattr__(self, "points", tuple(int(n) for n in points))
        object.__setattr__(self, "extent", tuple(float(length) for length in extent))

    @classmethod
    def cube(cls, dims: int, points: int, extent: float = 1.0) -> "Grid":
        """Return the grid of ``dims`` equal axes."""
        return cls((points,) * dims, (extent,) * dims)

    @property
    def dims(self) -> int:
        """D, the number of space axes."""
        return len(self.points)

    @property
    def spacing(self) -> tuple[float, ...]:
        """L_j / N_j for every axis."""
        return tuple(length / n for length, n in zip(self.extent, self.points, strict=True))

    @property
    def size(self) -> int:
        """∏ N_j, the number of grid points."""
        return math.prod(self.points)

    @property
    def spectral_shape(self) -> tuple[int, ...]:
        """Shape of a real transform: all modes of the outer axes, half of the last."""
        return (*self.points[:-1], self.points[-1] // 2 + 1)

    def coordinates(self) -> np.ndarray:
        """Return x as (D, *N), host float64, ``indexing="ij"``."""
        axes = [
            np.arange(n) * length / n for n, length in zip(self.points, self.extent, strict=True)
        ]
        return np.stack(np.meshgrid(*axes, indexing="ij"))

    def wavenumbers(self, axis: int) -> np.ndarray:
        """Return the integer wavenumbers k of one axis, in the order of the transform.

        The last axis holds 0 .. N//2; others 0, 1, .., -2, -1 with the Nyquist mode of an even N
        at -N/2. Integers by construction: comparisons with a cutoff are exact.
        """
        n = self.points[axis]
        if axis % self.dims == self.dims - 1:
            return np.arange(n // 2 + 1)
        k = np.arange(n)
        return np.where(k < (n + 1) // 2, k, k - n)

    def along(self, values: np.ndarray, axis: int) -> np.ndarray:
        """Shape the numbers of one axis so that they broadcast against a spectral array."""
        shape = [1] * self.dims
        shape[axis] = -1
        return values.reshape(shape)
