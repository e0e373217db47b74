"""Random real fields drawn mode by mode, so that a finer grid sees the same low modes."""

from collections.abc import Callable

import numpy as np

from xpde.space import Grid

__all__ = ["random_waves"]


def random_waves(
    grid: Grid, rng: np.random.Generator, amplitude: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return a real field with normal weights on every wave that the grid resolves.

    u(x) = A(0) a_0 + Σ_k A(‖κ‖²) (a_k cos κ·x + b_k sin κ·x),   κ_j = 2π k_j / L_j,

    over one of each pair ±k with |k_j| < N_j / 2, with a_k and b_k independent standard normal.
    The Nyquist mode of an even axis is left out: the grid cannot hold its sine.

    The weights of mode k depend on ``rng`` and k alone. Two words of ``rng`` are the key of a
    counter-based generator, and each line of modes along the last axis is read from its own place
    of that stream. Hence a finer grid has the same weights on the modes of the coarser one and
    adds its own, and whatever is drawn next from ``rng`` is the same on every grid.

    Parameters
    ----------
    grid
        Any grid; axes may differ in points and length.
    rng
        The random stream; two 64-bit words are taken.
    amplitude
        A, a function of the array ‖κ‖² (one entry per mode of the half spectrum).

    Reference: Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
    """
    ranges = [np.arange(-((n - 1) // 2), (n - 1) // 2 + 1) for n in grid.points]
    ranges[-1] = ranges[-1][len(ranges[-1]) // 2 :]
    waves = np.meshgrid(*ranges, indexing="ij", sparse=True)
    lengths = zip(waves, grid.extent, strict=True)
    squared = sum((2 * np.pi * k / length) ** 2 for k, length in lengths)
    u_hat = np.zeros(grid.spectral_shape, complex)
    places = np.ix_(*[k % n for k, n in zip(ranges, grid.points, strict=True)])
    u_hat[places] = amplitude(np.asarray(squared)) * _weights(ranges, rng) * grid.size
    return np.fft.irfftn(u_hat, s=grid.points, axes=tuple(range(grid.dims)))


def _weights(ranges: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """(a_k - i b_k) / 2 on the half spectrum, outer axes from -K to K; a_0 at k = 0."""
    key = rng.integers(0, 2**64, 2, dtype=np.uint64)
    outer = [len(k) for k in ranges[:-1]]
    drawn = np.empty((*outer, len(ranges[-1]), 2))
    for index in np.ndindex(*outer):
        line = [int(k[i]) for k, i in zip(ranges[:-1], index, strict=True)]
        # word 0 counts within the line, words 1 and 2 name it: lines never overlap
        counter = np.array([0, *line, *[0] * (3 - len(line))], np.int64).view(np.uint64)
        source = np.random.Generator(np.random.Philox(key=key, counter=counter))
        drawn[index] = source.standard_normal(drawn.shape[-2:])
    weights = (drawn[..., 0] - 1j * drawn[..., 1]) / 2
    # where k_D = 0, both k and -k are stored: the later of the two in the list is kept
    plane = weights[..., 0].reshape(-1)
    middle = len(plane) // 2
    plane[:middle] = np.conj(np.flip(plane[middle + 1 :]))
    plane[middle] = 2 * plane[middle].real
    weights[..., 0] = plane.reshape(outer)
    return weights
