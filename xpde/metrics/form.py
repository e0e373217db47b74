"""Absolute, normalized and symmetric: the three forms in which two states are compared."""

import math
from collections.abc import Callable
from typing import Any, Literal

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.core.dtypes import is_complex
from xpde.errors import InvalidInput

__all__ = ["MODES", "Mode", "check_states", "compare", "power", "ratio", "root"]

Mode = Literal["absolute", "normalized", "symmetric"]
MODES = ("absolute", "normalized", "symmetric")
"""Names of the forms, see :func:`compare`."""


def compare(size: Callable[[Array], Array], pred: Array, ref: Array | None, mode: Mode) -> Array:
    """Sum over channels of A(u - r), or of its quotient by the size of the states.

    =========== ===================================
    absolute    Σ_c A(u - r), or Σ_c A(u) without r
    normalized  Σ_c A(u - r) / A(r)
    symmetric   Σ_c 2 A(u - r) / (A(u) + A(r))
    =========== ===================================

    ``size`` is A: it takes (..., C, *N) to (..., C). Returns the leading axes.

    Raises
    ------
    InvalidInput
        If the mode is unknown or needs a reference that is not given.
    """
    if mode not in MODES:
        raise InvalidInput(f"metrics: expected mode {', '.join(MODES)}, got {mode!r}")
    if ref is None and mode != "absolute":
        raise InvalidInput(f"metrics: expected a reference for mode {mode!r}, got none")
    xp = namespace_of(pred) if ref is None else namespace_of(pred, ref)
    error = size(pred if ref is None else pred - ref)
    if mode == "normalized":
        error = ratio(error, size(ref))
    if mode == "symmetric":
        error = ratio(2 * error, size(pred) + size(ref))
    return xp.sum(error, axis=-1)


def ratio(top: Array, bottom: Array) -> Array:
    """Return top / bottom; where bottom is 0 it is infinity, or NaN if top is 0 too."""
    xp = namespace_of(top, bottom)
    zero = bottom == 0
    one = xp.ones_like(bottom)
    quotient = top / xp.where(zero, one, bottom)
    lost = xp.where(top == 0, one * math.nan, one * math.inf)
    return xp.where(zero, lost, quotient)


def power(s: Array, inner: float) -> Array:
    """|s|^p entry by entry, real also for complex s, smooth at zero for p = 2."""
    xp = namespace_of(s)
    if inner == 2:
        return xp.real(s) ** 2 + xp.imag(s) ** 2 if is_complex(s) else s * s
    return xp.abs(s) if inner == 1 else xp.abs(s) ** inner


def root(x: Array, outer: float) -> Array:
    """x^q for x ≥ 0, by a square root where q = 1/2."""
    if outer == 1:
        return x
    return namespace_of(x).sqrt(x) if outer == 0.5 else x**outer


def check_states(pred: Any, ref: Any, dims: int) -> None:
    """Raise unless both are (..., C, *N) with ``dims`` space axes and equal C and N."""
    shapes = [tuple(x.shape) for x in (pred, ref) if x is not None]
    for shape in shapes:
        if len(shape) < dims + 1:
            raise InvalidInput(
                f"metrics: expected states (..., C, *N) with {dims} space axes, got shape {shape}"
            )
    if len({shape[-dims - 1 :] for shape in shapes}) > 1:
        raise InvalidInput(
            f"metrics: expected equal channels and points, got {shapes[0]} and {shapes[1]}"
        )
