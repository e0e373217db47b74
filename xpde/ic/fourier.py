"""Random truncated Fourier series."""

from dataclasses import dataclass

import numpy as np

from xpde.conventions import EXACT, Conventions
from xpde.ic.channels import ByChannel
from xpde.ic.checks import interval, resolved, whole
from xpde.ic.normalization import check_normalization, normalized
from xpde.space import Grid

__all__ = ["TruncatedFourier"]


@dataclass(frozen=True)
class TruncatedFourier(ByChannel):
    """A random sum of the waves with at most K periods along every axis.

    u(x) = o + Σ_k w_k a_k cos(2π Σ_j k_j x_j / L_j + φ_k)

    with a_k uniform in (-1, 1) and φ_k in (0, 2π), over k ≠ 0 with |k_j| ≤ cutoff on the outer
    axes and 0 ≤ k ≤ cutoff on the last; w_k is 1/2 for every outer k_j ≠ 0, because k_j and -k_j
    both occur. Only these modes are drawn and they are summed directly, so the state is one
    function: finer grids sample it at more points (until a normalization divides by what the grid
    sees). Channels follow one another in the random stream.

    Attributes
    ----------
    cutoff
        Largest wavenumber K ≥ 0 along each axis; a grid needs more than 2K points.
    zero_mean
        Whether o = 0; otherwise o is uniform in ``offset``.
    max_one
        Whether each channel is divided by max |u| on the grid.
    std_one
        Whether each channel is divided by its standard deviation on the grid; needs ``zero_mean``
        and excludes ``max_one``.
    offset
        Range (low, high) of o, the mean of the state.
    conventions
        Where the offset is ``per point``, o is divided by the number of grid points.

    Raises
    ------
    InvalidInput
        For a wrong value or normalizations that exclude each other; on sampling, for a grid with
        too few points.

    Reference: Koehler et al., APEBench (2024), initial conditions ``fourier;K;ZERO_MEAN;MAX_ONE``.
    """

    cutoff: int = 5
    zero_mean: bool = True
    max_one: bool = True
    std_one: bool = False
    offset: tuple[float, float] = (-0.5, 0.5)
    conventions: Conventions = EXACT

    def __post_init__(self) -> None:
        whole("fourier", "cutoff", self.cutoff, 0)
        interval("fourier", "offset", self.offset)
        check_normalization(
            "fourier", zero_mean=self.zero_mean, std_one=self.std_one, max_one=self.max_one
        )

    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return one random channel (*N), host float64."""
        resolved("fourier", grid, self.cutoff)
        outer = np.arange(-self.cutoff, self.cutoff + 1)
        modes = [*([outer] * (grid.dims - 1)), np.arange(self.cutoff + 1)]
        shape = tuple(len(k) for k in modes)
        amplitude, phase = rng.uniform(-1.0, 1.0, shape), rng.uniform(0.0, 2 * np.pi, shape)
        offset = rng.uniform(*self.offset)  # drawn always: zero_mean changes nothing else
        weights = amplitude * np.exp(1j * phase)
        for axis in range(grid.dims - 1):
            halves = np.where(outer == 0, 1.0, 0.5)
            weights = weights * halves.reshape(-1, *[1] * (grid.dims - 1 - axis))
        if self.conventions.offset == "per point":
            offset = offset / grid.size
        weights[(*[self.cutoff] * (grid.dims - 1), 0)] = 0.0 if self.zero_mean else offset
        u = _synthesize(weights, modes, grid.points)
        return normalized(u, std_one=self.std_one, max_one=self.max_one)


def _synthesize(
    weights: np.ndarray, modes: list[np.ndarray], points: tuple[int, ...]
) -> np.ndarray:
    """Re Σ_k c_k exp(2πi Σ_j k_j n_j / N_j), one axis after the other.

    Angles are taken from k n mod N, exact integers. ``einsum`` sums in a fixed order and calls no
    threaded library, so the bits do not depend on the number of threads.
    """
    for k, n in zip(modes, points, strict=True):
        turns = np.mod(np.outer(np.arange(n), k), n) / n
        weights = np.einsum("k...,nk->...n", weights, np.exp(2j * np.pi * turns))
    return np.ascontiguousarray(weights.real)
