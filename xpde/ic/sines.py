"""Sine waves in one dimension, given or random."""

from dataclasses import dataclass

import numpy as np

from xpde.errors import InvalidInput
from xpde.ic.channels import ByChannel
from xpde.ic.checks import interval, number, resolved, whole
from xpde.ic.normalization import check_normalization, normalized
from xpde.space import Grid

__all__ = ["RandomSineWaves", "SineWaves"]


@dataclass(frozen=True)
class SineWaves(ByChannel):
    """u(x) = o + Σ_i a_i sin(2π k_i x / L + φ_i), in one dimension; nothing is random.

    Every channel is the same. The state is one function: a finer grid samples it at more points,
    until a normalization divides by what the grid sees.

    Attributes
    ----------
    amplitudes, wavenumbers, phases
        a_i, integers k_i ≥ 1 and φ_i in radians, as many of each; a grid needs more than
        2 max k_i points.
    offset
        o, the mean.
    std_one, max_one
        Divide by the standard deviation (the offset must be 0) or by max |u|, not both.

    Raises
    ------
    InvalidInput
        For a wrong value, lists of different lengths, or normalizations that exclude each other;
        on sampling, for two or three dimensions or too few points.
    """

    amplitudes: tuple[float, ...]
    wavenumbers: tuple[int, ...]
    phases: tuple[float, ...]
    offset: float = 0.0
    std_one: bool = False
    max_one: bool = False

    def __post_init__(self) -> None:
        for name in ("amplitudes", "wavenumbers", "phases"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not len(self.amplitudes) == len(self.wavenumbers) == len(self.phases):
            raise InvalidInput(
                "sines: expected as many amplitudes as wavenumbers and phases, got "
                f"{len(self.amplitudes)}, {len(self.wavenumbers)} and {len(self.phases)}"
            )
        for name, value in (("offset", self.offset), *(("amplitudes", a) for a in self.amplitudes)):
            number("sines", name, value)
        for k, phase in zip(self.wavenumbers, self.phases, strict=True):
            whole("sines", "wavenumber", k, 1)
            number("sines", "phases", phase)
        check_normalization(
            "sines", zero_mean=self.offset == 0, std_one=self.std_one, max_one=self.max_one
        )

    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return the channel (N,), host float64; ``rng`` is not used."""
        _one_dimension(grid)
        resolved("sines", grid, max(self.wavenumbers, default=0))
        n = np.arange(grid.points[0])
        u = np.full(grid.points, float(self.offset))
        for a, k, phase in zip(self.amplitudes, self.wavenumbers, self.phases, strict=True):
            turns = np.mod(n * k, grid.points[0]) / grid.points[0]  # exact before the division
            u = u + a * np.sin(2 * np.pi * turns + phase)
        return normalized(u, std_one=self.std_one, max_one=self.max_one)


@dataclass(frozen=True)
class RandomSineWaves(ByChannel):
    """u(x) = o + Σ_{k=1}^K a_k sin(2π k x / L + φ_k) with uniform a_k, φ_k and o.

    One dimension; a finer grid samples the same function at more points, until a normalization
    divides by what the grid sees.

    Attributes
    ----------
    cutoff
        K ≥ 0; a grid needs more than 2K points.
    zero_mean
        Whether o = 0; otherwise o is uniform in ``offset``.
    std_one, max_one
        Divide each channel by its standard deviation (needs ``zero_mean``) or by its max |u|.
    amplitude, phase, offset
        Ranges (low, high) of a_k, φ_k and o.

    Raises
    ------
    InvalidInput
        For a wrong value or normalizations that exclude each other; on sampling, for two or three
        dimensions or too few points.
    """

    cutoff: int = 5
    zero_mean: bool = True
    std_one: bool = False
    max_one: bool = False
    amplitude: tuple[float, float] = (-1.0, 1.0)
    phase: tuple[float, float] = (0.0, 2 * np.pi)
    offset: tuple[float, float] = (-0.5, 0.5)

    def __post_init__(self) -> None:
        whole("sines", "cutoff", self.cutoff, 0)
        for name in ("amplitude", "phase", "offset"):
            interval("sines", name, getattr(self, name))
        check_normalization(
            "sines", zero_mean=self.zero_mean, std_one=self.std_one, max_one=self.max_one
        )

    def draw(self, rng: np.random.Generator) -> SineWaves:
        """Return the waves of one channel: amplitudes, phases and offset, in this order."""
        amplitudes = rng.uniform(*self.amplitude, self.cutoff)
        phases = rng.uniform(*self.phase, self.cutoff)
        offset = rng.uniform(*self.offset)  # drawn always: zero_mean changes nothing else
        return SineWaves(
            tuple(amplitudes.tolist()),
            tuple(range(1, self.cutoff + 1)),
            tuple(phases.tolist()),
            0.0 if self.zero_mean else offset,
            self.std_one,
            self.max_one,
        )

    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return one random channel (N,), host float64."""
        _one_dimension(grid)
        return self.draw(rng).channel(grid, rng)


def _one_dimension(grid: Grid) -> None:
    if grid.dims != 1:
        raise InvalidInput(
            f"sines: expected one space dimension, got {grid.dims}; use a truncated Fourier series"
        )
