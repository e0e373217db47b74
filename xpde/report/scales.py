"""Color scales of fields: around zero, from zero up, and of errors."""

from typing import Any

import numpy as np

__all__ = ["error_scale", "field_scale", "largest", "signed_scale"]

_SIGNED, _POSITIVE, _ERROR = "RdBu_r", "viridis", "magma_r"
_UNDERSHOOT = 0.05
"""A field counts as positive if its most negative value is smaller than that part of its largest:
truncated series of positive functions go a little below zero."""


def signed_scale(limit: float) -> dict[str, Any]:
    """Return diverging colors over [-limit, limit]."""
    return {"cmap": _SIGNED, "vmin": -limit, "vmax": limit}


def error_scale(limit: float) -> dict[str, Any]:
    """Return one hue over [0, limit], the paper's color at zero."""
    return {"cmap": _ERROR, "vmin": 0.0, "vmax": limit}


def field_scale(values: np.ndarray) -> dict[str, Any]:
    """Return diverging colors around zero, or one scale from zero up for a positive field."""
    limit = largest(values)
    lowest = np.min(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0))
    if lowest > -_UNDERSHOOT * limit:
        return {"cmap": _POSITIVE, "vmin": 0.0, "vmax": limit}
    return signed_scale(limit)


def largest(values: np.ndarray) -> float:
    """Return the largest finite |value|, or 1 if there is none above zero."""
    finite = values[np.isfinite(values)]
    return float(np.max(np.abs(finite))) if finite.size and np.any(finite) else 1.0
