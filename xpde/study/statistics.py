"""Statistics that survive chaos: spectra, means over samples and their bootstrap intervals."""

import numpy as np

from xpde import space
from xpde.core import stream
from xpde.space import Grid

__all__ = ["bootstrap", "spectrum"]


def spectrum(u: np.ndarray, dims: int) -> np.ndarray:
    """Return the energy in shells of |k|, (..., K): Σ over channels and k in the shell of |û|²/N².

    It is twice :func:`xpde.space.spectrum` on a box of equal sides, so in one dimension the shells
    add up to the mean square, summed over channels.
    """
    grid = Grid(u.shape[-dims:], (1.0,) * dims)
    return 2 * np.sum(space.spectrum(u, grid), axis=-2)


def bootstrap(
    samples: np.ndarray, level: float = 0.99, draws: int = 200
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean over samples (S, ...) and the percentile interval of its bootstrap.

    Draws come from a fixed stream, so a report is the same each time it is made.

    Reference: Efron & Tibshirani, An introduction to the bootstrap (1993), chapter 13.
    """
    count = samples.shape[0]
    picks = stream(0, "bootstrap").integers(0, count, (draws, count))
    weights = np.stack([np.bincount(row, minlength=count) for row in picks]) / count
    means = np.tensordot(weights, samples, axes=1)
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail], axis=0)
    return np.mean(samples, axis=0), low, high
