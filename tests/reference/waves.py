"""Initial states by formula, so that two environments can evaluate the same one; NumPy alone."""

import numpy as np

__all__ = ["indices", "initial"]

_WAVES = np.array([(1, 2, -1), (2, -1, 3), (-3, 1, 2), (5, -4, 1), (0, 3, -5)])
_WEIGHTS = np.array([0.3, 0.25, 0.2, 0.1, 0.05, 0.06, 0.04])


def initial(key: str, dims: int, points: int, channels: int) -> np.ndarray:
    """Return the state (C, *N) in float64 from which a scenario is advanced.

    u_c = Σ_m w_m cos(2π k_m·x + m + 2c) with x_j = n_j/N and Σ w = 1: five waves of |k| ≤ 5 on
    every axis, the band of the benchmark's states, and two weak ones of 3N/10, whose products
    leave the band and alias. Fisher's equation gets ½ + ½ u in [0, 1]. Gray-Scott gets what its
    benchmark draws: one Gaussian in each channel, the first of them 1 minus it.
    """
    x = np.stack(np.meshgrid(*[np.arange(points) / points] * dims, indexing="ij"))
    if key.startswith("phy_gs"):
        blobs = [_blob(x, 0.47, 0.006), _blob(x, 0.55, 0.009)]
        return np.stack([1 - blobs[0], blobs[1]])
    short = 3 * points // 10
    waves = np.concatenate([_WAVES, [(short, 1, 0), (-1, short, short)]])[:, :dims]
    angles = 2 * np.pi * np.tensordot(waves, x, axes=1)
    shifts = np.arange(len(waves)).reshape(-1, *[1] * dims)
    cosines = [np.cos(angles + shifts + 2 * c) for c in range(channels)]
    u = np.stack([np.tensordot(_WEIGHTS, cosine, axes=1) for cosine in cosines])
    return 0.5 + 0.5 * u if "fisher" in key else u


def _blob(x: np.ndarray, center: float, variance: float) -> np.ndarray:
    """exp(-½ Σ_j (x_j - c_j)²/v_j), center and variance moving a little from axis to axis."""
    j = np.arange(x.shape[0]).reshape(-1, *[1] * (x.ndim - 1))
    return np.exp(-0.5 * np.sum((x - center - 0.02 * j) ** 2 / (variance * (1 + 0.1 * j)), axis=0))


def indices(size: int, count: int = 12) -> np.ndarray:
    """Return flat indices spread over an array of ``size`` entries (golden ratio sequence)."""
    return np.floor(size * (np.arange(1, count + 1) * 0.6180339887498949 % 1)).astype(int)
