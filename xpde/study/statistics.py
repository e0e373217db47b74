"""Statistics that survive chaos: spectra, means over samples and their bootstrap intervals."""

import numpy as np

from xpde.core import stream

__all__ = ["bootstrap", "spectrum"]


def spectrum(u: np.ndarray, dims: int) -> np.ndarray:
    """Return the energy in shells of |k|, (..., K): Σ over channels and k in the shell of |û|²/N².

    Shell κ holds the modes with |k| rounded to κ, up to half the points of the shortest axis;
    modes of the half spectrum count twice where their conjugates are not stored.
    """
    points = u.shape[-dims:]
    power = np.abs(np.fft.rfftn(u, axes=tuple(range(-dims, 0)))) ** 2
    last = np.arange(points[-1] // 2 + 1)
    twice = np.where((last == 0) | (2 * last == points[-1]), 1.0, 2.0)
    power = np.sum(power * twice, axis=-dims - 1) / float(np.prod(points)) ** 2
    axes = [np.fft.fftfreq(n, 1 / n) for n in points[:-1]] + [last.astype(float)]
    lengths = np.sqrt(sum(k**2 for k in np.meshgrid(*axes, indexing="ij")))
    shells = np.rint(lengths).astype(int)
    size = min(points) // 2 + 1
    return np.stack(
        [np.sum(power * (shells == k), axis=tuple(range(-dims, 0))) for k in range(size)], -1
    )


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
