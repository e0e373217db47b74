"""What an error is made of, in Fourier space: magnitude, phase, and noise."""

from typing import NamedTuple

import numpy as np

from xpde.errors import InvalidInput
from xpde.space import Grid

__all__ = ["EMPTY", "Modes", "Parts", "modes_of", "parts_of"]

EMPTY = 1e-6
"""A mode with at most this share of a state's energy has none."""


class Parts(NamedTuple):
    """A mean square error in three parts, (...) each; they add up to :attr:`whole`.

    Attributes
    ----------
    magnitude
        Σ (|p̂| - |r̂|)², of modes that the reference has.
    phase
        Σ 2 |p̂| |r̂| (1 - cos Δφ), of the same modes.
    noise
        Σ |p̂ - r̂|², of modes where the reference has nothing.
    """

    magnitude: np.ndarray
    phase: np.ndarray
    noise: np.ndarray

    @property
    def whole(self) -> np.ndarray:
        """⟨(p - r)²⟩, summed over channels."""
        return self.magnitude + self.phase + self.noise

    def mean(self) -> dict[str, np.ndarray]:
        """Return the means over the leading axis by name."""
        return {name: np.mean(part, axis=0) for name, part in self._asdict().items()}


class Modes(NamedTuple):
    """Modes of predicted states beside those of a reference, by shell and step, (T, K) each.

    Attributes
    ----------
    amplitude
        Σ |p̂| |r̂| / Σ |r̂|², 1 for the right amplitude: the weighted mean of |p̂|/|r̂|.
    phase
        Σ |p̂| |r̂| |Δφ| / Σ |p̂| |r̂|, size of the phase shift in radians.
    share
        Of the reference's energy.
    """

    amplitude: np.ndarray
    phase: np.ndarray
    share: np.ndarray


def parts_of(
    predicted: np.ndarray, reference: np.ndarray, dims: int, empty: float = EMPTY
) -> Parts:
    """Divide the mean square error of host states (..., C, *N) into three parts, (...).

    |p̂ - r̂|² = (|p̂| - |r̂|)² + 2 |p̂| |r̂| (1 - cos Δφ) in every mode, so by Parseval's identity the
    parts add up to the mean square over space, summed over channels.

    Parameters
    ----------
    predicted, reference
        States p and r.
    dims
        Number of space axes.
    empty
        Modes with at most this share of the energy of r in its channel count as noise.

    Raises
    ------
    InvalidInput
        If shapes differ.
    """
    p, r, weight = _transformed(predicted, reference, dims)
    axes = tuple(range(-dims, 0))
    energy = weight * np.abs(r) ** 2
    held = energy > empty * np.sum(energy, axis=axes, keepdims=True)
    square = weight * np.abs(p - r) ** 2
    magnitude = weight * (np.abs(p) - np.abs(r)) ** 2
    over = (*axes, -dims - 1)

    def total(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.sum(values, axis=over))

    # what is left of the square is the phase's; rounding must not make it negative
    phase = np.where(held, np.maximum(square - magnitude, 0.0), 0.0)
    return Parts(
        total(np.where(held, magnitude, 0.0)), total(phase), total(np.where(held, 0.0, square))
    )


def modes_of(
    predicted: np.ndarray, reference: np.ndarray, grid: Grid, empty: float = EMPTY
) -> Modes:
    """Compare the modes of host trajectories (S, T, C, *N) with those of a reference, by shell.

    Samples, channels and the modes of a shell are averaged with their energy as the weight. Shell
    s holds the modes next to |κ| = s κ₁, as in :func:`xpde.space.spectrum`. NaN where the shell has
    at most the share ``empty`` of the reference's energy.

    Raises
    ------
    InvalidInput
        If shapes differ.
    """
    p, r, weight = _transformed(predicted, reference, grid.dims)
    both, energy = weight * np.abs(p) * np.abs(r), weight * np.abs(r) ** 2
    turn = np.abs(np.angle(p * np.conj(r)))
    shells = _shells(grid)
    both, turned, energy = (_gathered(v, shells) for v in (both, both * turn, energy))
    share = energy / np.sum(energy, axis=-1, keepdims=True)
    known = share > empty
    with np.errstate(invalid="ignore", divide="ignore"):
        amplitude, phase = both / energy, turned / both
    return Modes(np.where(known, amplitude, np.nan), np.where(known, phase, np.nan), share)


def _transformed(
    predicted: np.ndarray, reference: np.ndarray, dims: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both in Fourier space and the weights with which squares add up to means."""
    if predicted.shape != reference.shape or predicted.ndim <= dims:
        raise InvalidInput(
            f"diagnosis: expected two arrays (..., C, *N) of one shape with {dims} space axes, got "
            f"{predicted.shape} and {reference.shape}"
        )
    axes = tuple(range(-dims, 0))
    p, r = (
        np.fft.rfftn(np.asarray(v, np.float64), axes=axes, norm="forward")
        for v in (predicted, reference)
    )
    n = predicted.shape[-1]
    k = np.arange(n // 2 + 1)
    return p, r, np.where((k == 0) | (2 * k == n), 1.0, 2.0)


def _shells(grid: Grid) -> np.ndarray:
    """Return the number of the shell of every stored mode."""
    longest = max(grid.extent)
    square = np.zeros(())
    for axis, length in enumerate(grid.extent):
        square = square + grid.along((grid.wavenumbers(axis) * longest / length) ** 2, axis)
    return np.floor(np.sqrt(square) + 0.5).astype(np.int64)


def _gathered(values: np.ndarray, shells: np.ndarray) -> np.ndarray:
    """Add (S, T, C, *K) over samples, channels and the modes of a shell: (T, shells)."""
    flat = np.sum(values, axis=(0, 2)).reshape(values.shape[1], -1)
    count = int(np.max(shells)) + 1
    return np.stack([np.bincount(shells.ravel(), row, count) for row in flat])
