"""Real matrices of the discrete Fourier transform, for the few modes that a layer keeps.

Rows are waves (part, mode): cosines, then negative sines, so that exp(-2πi k i/N) = c + i s.
"""

from functools import lru_cache

import numpy as np

__all__ = ["across", "along"]

Pair = tuple[np.ndarray, np.ndarray]


@lru_cache(maxsize=64)
def along(points: int, modes: int) -> Pair:
    """Return the real transform of a line to its modes k = 0..m-1, and its inverse.

    û(k) = Σ_i u(i) exp(-2πi k i/N),  u(i) = 1/N Σ_k c_k Re(û(k) exp(2πi k i/N))

    with c_k = 2, but 1 at k = 0 and at 2k = N, whose imaginary parts do not count.

    Returns
    -------
    Matrices A and B, (2·m, N), float64: û = A u and u = Bᵀ û, real parts first.
    """
    cos, sin = _waves(points, modes)
    single = np.isin(np.arange(modes) * 2, (0, points))
    weight = np.where(single, 1.0, 2.0)[:, None] / points
    weight_imag = np.where(single, 0.0, 2.0)[:, None] / points
    return np.vstack([cos, sin]), np.vstack([weight * cos, weight_imag * sin])


@lru_cache(maxsize=64)
def across(points: int, modes: int) -> Pair:
    """Return the waves |k| = 0..m of a line with modes of both signs, and the same over N.

    û(±k) = a ± i b,  u(i) = 1/N Σ_k (c_k û(k) - i s_k û(k)) + (c_k û(-k) + i s_k û(-k))

    where A u = (a, b), of a complex line u too: what both signs share is computed once.

    Returns
    -------
    Matrices A and A/N, (2·(m+1), N), float64.
    """
    waves = np.vstack(_waves(points, modes + 1))
    return waves, waves / points


def _waves(points: int, modes: int) -> Pair:
    """Cosine and negative sine of 2π k i/N, (m, N), from k i modulo N."""
    angle = 2 * np.pi / points * (np.outer(np.arange(modes), np.arange(points)) % points)
    return np.cos(angle), -np.sin(angle)
