"""The phi functions of a matrix at every mode: channels that are coupled linearly."""

from math import factorial, nan
from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of
from xpde.core.backend import Array

__all__ = ["apply_matrix", "matrix_phis", "multiply"]

_TERMS = 18  # 1 / 19! is below 1e-17: the series is exact for entries of size one
_DOUBLINGS = 26  # what is tried where the size is not known before the program runs


def matrix_phis(highest: int, z: Array) -> list[Array]:
    """Return φ_0 .. φ_highest of the C × C matrices z at every mode, (C, C, *K).

    Scaling and doubling, every mode with its own scale s: the series at z 2^-s, then s times

    φ_k(2z) = 2^-k (φ_0(z) φ_k(z) + Σ_{j=1..k} φ_j(z) / (k - j)!)

    An entry is right to a few units of rounding times the size of its matrix, as a phase is.
    Derivatives flow, because nothing but products and selections is used.

    Reference: Skaflestad & Wright, Appl. Numer. Math. 59 (2009), scaling and modified squaring.
    """
    xp = namespace_of(z)
    rounds, counts = _doublings(z)
    if rounds == 0:
        return _series(highest, z)

    def double(carry: Any, _: Any) -> tuple[Any, None]:
        phis, left = carry
        active = counts > left - 0.5  # a mode that needs s rounds joins for the last s
        doubled = [xp.where(active, d, p) for d, p in zip(_double(phis), phis, strict=True)]
        return (doubled, left - 1.0), None

    start = (_series(highest, z * 0.5**counts), xp.zeros_like(counts) + float(rounds))
    return list(backend_of(z).scan(double, start, length=rounds)[0][0])


def multiply(a: Array, b: Array) -> Array:
    """Return the matrix products (C, C, *K) at every mode."""
    xp = namespace_of(a, b)
    return xp.sum(xp.expand_dims(a, axis=2) * xp.expand_dims(b, axis=0), axis=1)


def apply_matrix(matrix: Array, u_hat: Array, dims: int) -> Array:
    """Return v_i = Σ_j m_ij u_j at every mode, for m (..., C, C, *K) and u (..., C, *K)."""
    xp = namespace_of(matrix, u_hat)
    return xp.sum(matrix * xp.expand_dims(u_hat, axis=-dims - 2), axis=-dims - 1)


def _doublings(z: Array) -> tuple[int, Any]:
    """Return how many rounds of doubling are done, and how many every mode needs, (*K)."""
    xp, size = namespace_of(z), _size(backend_of(z).stop_gradient(z))
    counts = xp.ceil(xp.log2(xp.where(size > 1, size, xp.ones_like(size))))
    if isinstance(counts, np.ndarray):
        return int(np.max(counts, initial=0.0)), counts
    return _DOUBLINGS, xp.where(counts > _DOUBLINGS, xp.ones_like(counts) * nan, counts)


def _size(z: Array) -> Array:
    """Return ‖|z|^16‖^(1/16) at every mode, at most ‖z‖ and at least the Perron root of |z|.

    The root, not the norm, is what a diagonal change of units leaves alone, and units do not
    matter to sums and products of entries. In (u, u_t) the norm is ω² h where the root is ω h:
    scaled by the norm, a wave would lose a factor of ω in its phase to rounding.
    """
    xp = namespace_of(z)
    power, size = xp.abs(z), None
    for i in range(5):
        norm = xp.max(xp.sum(power, axis=1), axis=0)
        size = norm if size is None else size * norm ** (0.5**i)
        power = power / xp.where(norm > 0, norm, xp.ones_like(norm))
        power = multiply(power, power)
    return size


def _series(highest: int, z: Array) -> list[Array]:
    """Return φ_0 .. φ_highest for |z| ≤ 1: the last as a series, then φ_k = 1/k! + z φ_{k+1}."""
    channels, modes = z.shape[0], z.ndim - 2
    one = backend_of(z).asarray(np.eye(channels).reshape(channels, channels, *[1] * modes), like=z)
    value = z * 0.0 + one * (1.0 / factorial(highest + _TERMS))
    for j in range(_TERMS - 1, -1, -1):
        value = multiply(value, z) + one * (1.0 / factorial(highest + j))
    out = [value]
    for k in range(highest - 1, -1, -1):
        out.append(multiply(out[-1], z) + one * (1.0 / factorial(k)))
    return out[::-1]


def _double(phis: list[Array]) -> list[Array]:
    doubled = []
    for k, phi in enumerate(phis):
        value = multiply(phis[0], phi)
        for j in range(1, k + 1):
            value = value + phis[j] / factorial(k - j)
        doubled.append(value * 0.5**k)
    return doubled
