"""Losses of one time level: a mean over channels and space, then over the batch."""

from collections.abc import Callable
from typing import Any

from xpde.core import namespace_of

Array = Any
LevelLoss = Callable[[Array, Array], Array]

__all__ = ["MAE", "MSE", "LevelLoss", "nMAE", "nMSE"]


def _per_sample(x: Array) -> Array:
    return namespace_of(x).mean(x, axis=tuple(range(1, x.ndim)))


def MSE(pred: Array, ref: Array) -> Array:
    """Return mean_B mean_{C,N} (p - q)² of two batches (B, C, *N), a scalar; no root, no volume."""
    error = pred - ref
    return namespace_of(error).mean(error * error)  # samples are equally large: one mean


def MAE(pred: Array, ref: Array) -> Array:
    """Return mean_B mean_{C,N} |p - q| of two batches (B, C, *N), a scalar."""
    xp = namespace_of(pred, ref)
    return xp.mean(xp.abs(pred - ref))


def nMSE(pred: Array, ref: Array) -> Array:
    """Return mean_B [mean (p - q)² / mean q²]: the quotient is formed per sample, without ε."""
    error = pred - ref
    quotient = _per_sample(error * error) / _per_sample(ref * ref)
    return namespace_of(quotient).mean(quotient)


def nMAE(pred: Array, ref: Array) -> Array:
    """Return mean_B [mean |p - q| / mean |q|]: the quotient is formed per sample, without ε."""
    xp = namespace_of(pred, ref)
    quotient = _per_sample(xp.abs(pred - ref)) / _per_sample(namespace_of(ref).abs(ref))
    return xp.mean(quotient)
