"""Real matrices of the discrete Fourier transform, for the few modes that a layer keeps.

A complex array is a real one with an axis of two, real and imaginary part.
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
    Matrices (N, 2·m) and (2·m, N), float64; columns and rows are (part, mode), to stand to the
    right of a line.
    """
    cos, sin = _waves(points, np.arange(modes))
    single = np.isin(np.arange(modes) * 2, (0, points))
    weight = np.where(single, 1.0, 2.0)[:, None] / points
    weight_imag = np.where(single, 0.0, 2.0)[:, None] / points
    return np.vstack([cos, -sin]).T, np.vstack([weight * cos, -weight_imag * sin])


@lru_cache(maxsize=64)
def across(points: int, modes: int) -> Pair:
    """Return the complex transform of a line to its modes 0..m-1 and -m..-1, and its inverse.

    Where both overlap (2m > N) the inverse reads the negative ones.

    Returns
    -------
    Matrices (2·2m, 2·N) and (2·N, 2·2m), float64; axes are (part, mode) and (part, point), to
    stand to the left of a line.
    """
    cos, sin = _waves(points, np.r_[0:modes, points - modes : points])
    read = np.r_[np.arange(modes) < points - modes, np.ones(modes, bool)] / points
    forward = np.block([[cos, sin], [-sin, cos]])
    cos, sin = (read[:, None] * cos).T, (read[:, None] * sin).T
    return forward, np.block([[cos, -sin], [sin, cos]])


def _waves(points: int, modes: np.ndarray) -> Pair:
    """Cosine and sine of 2π k i/N, (m, N), from k i modulo N."""
    angle = 2 * np.pi / points * (np.outer(modes, np.arange(points)) % points)
    return np.cos(angle), np.sin(angle)
