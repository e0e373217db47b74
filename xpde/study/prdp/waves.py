"""Initial states of the experiments: sums of products of sines and cosines."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from xpde.core import stream

__all__ = ["fourier_products", "sample_products"]


def fourier_products(
    coordinates: Sequence[np.ndarray],
    modes: int,
    rng: np.random.Generator,
    repeat_first_axis: bool = False,
) -> np.ndarray:
    """Return Σ_{n=1..M} Σ_φ a_{nφ} Π_j φ_j(2π n x_j), φ_j ∈ {sin, cos}, a uniform in (-1, 1).

    The wavenumber n is the same along all axes. In one dimension it is the Fourier series without
    its mean.

    Parameters
    ----------
    coordinates
        Points x_j of every axis; the result has one axis for each.
    modes
        M.
    rng
        Where the 2^D M amplitudes come from.
    repeat_first_axis
        Whether a product of a sine and a cosine in 2D is sin(2πn x₁) cos(2πn x₁), as the published
        experiment has it, which is constant along the second axis.
    """
    dims = len(coordinates)
    total = np.zeros([len(x) for x in coordinates])
    amplitudes = rng.uniform(-1.0, 1.0, (modes, 2**dims))
    for n in range(1, modes + 1):
        for kinds, a in zip(product((np.sin, np.cos), repeat=dims), amplitudes[n - 1], strict=True):
            axes = np.ix_(
                *[kind(2 * np.pi * n * x) for kind, x in zip(kinds, coordinates, strict=True)]
            )
            if repeat_first_axis and kinds == (np.sin, np.cos):
                own = np.sin(2 * np.pi * n * coordinates[0]) * np.cos(
                    2 * np.pi * n * coordinates[0]
                )
                axes = (own[:, None], np.ones((1, len(coordinates[1]))))
            total = total + a * np.prod(np.broadcast_arrays(*axes), axis=0)
    return total


def sample_products(
    name: str,
    seed: int,
    samples: int,
    coordinates: Sequence[np.ndarray],
    modes: int,
    repeat_first_axis: bool = False,
) -> np.ndarray:
    """Return states (S, 1, *N), sample i from ``stream(seed, name, i)``."""
    rows = [
        fourier_products(coordinates, modes, stream(seed, name, i), repeat_first_axis)
        for i in range(samples)
    ]
    return np.stack(rows)[:, None]
