"""Errors in units of the variation of the reference."""

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.metrics.form import check_states

__all__ = ["VRMSE"]


def VRMSE(pred: Array, ref: Array, *, dims: int, eps: float = 1e-7, correction: int = 0) -> Array:
    """Mean over channels of √(⟨(u - r)²⟩ / (var(r) + ε)), 1 for the mean of r as prediction.

    The variance is over space, for one channel of one state, divided by N - correction: 0 is
    the formula of The Well, 1 what its code computes. ε = 10⁻⁷ keeps a constant reference
    finite; it is an absolute number, so fields much smaller than √ε are measured against √ε.

    Takes (..., C, *N) and returns the leading axes; channels are averaged, as there.

    Raises
    ------
    InvalidInput
        If the shapes of C and N differ.

    References: Ohana et al., The Well (2024), section 4 and ``benchmark/metrics/spatial.py``.
    """
    check_states(pred, ref, dims)
    xp, space = namespace_of(pred, ref), tuple(range(-dims, 0))
    difference = pred - ref
    error = xp.mean(difference * difference, axis=space)
    spread = xp.var(ref, axis=space, correction=correction)
    return xp.mean(xp.sqrt(error / (spread + eps)), axis=-1)
