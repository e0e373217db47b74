"""Zeros beside an array: same type, same device, also while a compiler looks on."""

from typing import Any

Array = Any

__all__ = ["zeros_beside"]


def zeros_beside(xp: Any, x: Array, axis: int, width: int) -> Array:
    """Return zeros of the shape of ``x``, but ``width`` long on a negative ``axis``.

    Made like ``x`` and not by ``zeros(device=...)``: a tracer knows its device only implicitly.
    """
    shape = [*x.shape]
    shape[axis] = width
    one = x[(..., slice(0, 1), *[slice(None)] * (-axis - 1))]
    return xp.zeros_like(xp.broadcast_to(one, tuple(shape)))
