"""Random truncated Fourier series."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np

from xpde.errors import InvalidInput
from xpde.space import Grid

__all__ = ["TruncatedFourier"]


@dataclass(frozen=True)
class TruncatedFourier:
    """A random sum of the waves with at most ``cutoff`` periods along every axis.

    u(x) = o + Σ_k w_k a_k cos(2π Σ_j k_j x_j / L_j + φ_k)

    with a_k uniform in (-1, 1) and φ_k in (0, 2π), over k ≠ 0 with |k_j| ≤ cutoff on the outer
    axes and 0 ≤ k ≤ cutoff on the last; w_k is 1/2 for every outer k_j ≠ 0, because k_j and -k_j
    both occur. Only these modes are drawn and they are summed directly, so the state is one
    function: finer grids sample it at more points (until ``max_one`` divides by the sampled
    maximum). Channels follow one another in the random stream.

    Attributes
    ----------
    cutoff
        Largest wavenumber K ≥ 0 along each axis; a grid needs more than 2K points.
    zero_mean
        Whether o = 0; otherwise o is uniform in (-1/2, 1/2).
    max_one
        Whether each channel is divided by max |u| on the grid.

    Reference: Koehler et al., APEBench (2024), initial conditions ``fourier;K;ZERO_MEAN;MAX_ONE``.
    """

    cutoff: int = 5
    zero_mean: bool = True
    max_one: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.cutoff, Integral) or self.cutoff < 0:
            raise InvalidInput(
                f"fourier: expected an integer cutoff of 0 or more, got {self.cutoff!r}"
            )

    def sample(self, grid: Grid, channels: int, rng: np.random.Generator) -> np.ndarray:
        """Return one random state (C, *N), host float64."""
        if min(grid.points) <= 2 * self.cutoff:
            raise InvalidInput(
                f"fourier: expected more than {2 * self.cutoff} points per axis for cutoff "
                f"{self.cutoff}, got {min(grid.points)}; use more points or a smaller cutoff"
            )
        return np.stack([self._channel(grid, rng) for _ in range(channels)])

    def _channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        outer = np.arange(-self.cutoff, self.cutoff + 1)
        modes = [*([outer] * (grid.dims - 1)), np.arange(self.cutoff + 1)]
        shape = tuple(len(k) for k in modes)
        amplitude, phase = rng.uniform(-1.0, 1.0, shape), rng.uniform(0.0, 2 * np.pi, shape)
        offset = rng.uniform(-0.5, 0.5)  # drawn always: zero_mean changes nothing else
        weights = amplitude * np.exp(1j * phase)
        for axis in range(grid.dims - 1):
            halves = np.where(outer == 0, 1.0, 0.5)
            weights = weights * halves.reshape(-1, *[1] * (grid.dims - 1 - axis))
        weights[(*[self.cutoff] * (grid.dims - 1), 0)] = 0.0 if self.zero_mean else offset
        u = _synthesize(weights, modes, grid.points)
        largest = np.max(np.abs(u))
        return u / largest if self.max_one and largest > 0 else u


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
