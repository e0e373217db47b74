"""Zeros beside an array: same type, same device, also while a compiler looks on."""

from typing import Any

from xpde.core import namespace_of

Array = Any

__all__ = ["zeros_beside"]


def zeros_beside(x: Array, axis: int, width: int) -> Array:
    """Return zeros of the shape of ``x``, but ``width`` long on a negative ``axis``."""
    xp, shape = namespace_of(x), [*x.shape]
    shape[axis] = width
    one = x[(..., slice(0, 1), *[slice(None)] * (-axis - 1))]
    return xp.zeros_like(xp.broadcast_to(one, tuple(shape)))
