"""The phi functions of exponential integrators."""

from math import factorial

from xpde.core import namespace_of
from xpde.core.backend import Array

__all__ = ["phi"]

_RADIUS = 2.5
_TERMS = 28  # 2.5^28 / 29! is below 1e-19


def phi(k: int, z: Array) -> Array:
    """Evaluate φ_k at every entry of a real or complex array, in its own namespace.

    φ_0(z) = e^z,  φ_{k+1}(z) = (φ_k(z) - 1/k!) / z,  φ_k(z) = Σ_j z^j / (j + k)!

    For |z| < 2.5 the series is summed (Horner), elsewhere the closed form is used; neither
    cancels there, so the relative error is a few units of rounding for k ≤ 4. Both branches see
    a harmless argument where they are not used, so derivatives are finite everywhere.

    Reference: Cox & Matthews, J. Comput. Phys. 176 (2002); the cancellation is described by
    Kassam & Trefethen, SIAM J. Sci. Comput. 26 (2005), section 3.
    """
    xp = namespace_of(z)
    if k == 0:
        return xp.exp(z)
    small = xp.abs(z) < _RADIUS
    zero = xp.zeros_like(z)
    return xp.where(
        small,
        _series(k, xp.where(small, z, zero)),
        _closed(k, xp.where(small, zero + _RADIUS, z)),
    )


def _series(k: int, z: Array) -> Array:
    value = z * 0.0 + 1.0 / factorial(k + _TERMS)
    for j in range(_TERMS - 1, -1, -1):
        value = value * z + 1.0 / factorial(k + j)
    return value


def _closed(k: int, z: Array) -> Array:
    value = namespace_of(z).exp(z)
    for j in range(k):
        value = (value - 1.0 / factorial(j)) / z
    return value
