"""Cosine similarity of two states."""

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.metrics.form import check_states, ratio

__all__ = ["correlation"]


def correlation(pred: Array, ref: Array, *, dims: int) -> Array:
    """Mean over channels of ⟨u, r⟩ / (|u| |r|), the cosine without subtracting means.

    Takes (..., C, *N) and returns the leading axes; 1 for u = a r with a > 0, -1 for a < 0, NaN
    where a channel of either vanishes.
    """
    check_states(pred, ref, dims)
    xp = namespace_of(pred, ref)
    space = tuple(range(-dims, 0))
    inner = xp.sum(pred * ref, axis=space)
    lengths = xp.sqrt(xp.sum(pred * pred, axis=space)) * xp.sqrt(xp.sum(ref * ref, axis=space))
    return xp.mean(ratio(inner, lengths), axis=-1)
