"""White noise on the first frame of a window, so that a network learns to damp what it adds."""

from typing import Any

import numpy as np

from xpde.core import namespace_of, stream

Array = Any

__all__ = ["draw_noise", "perturbed"]


def draw_noise(seed: int, update: int, shape: tuple[int, ...], deviation: float) -> np.ndarray:
    """Draw σ ξ, ξ ~ N(0, 1), for the batch of one update: host float64 of ``shape`` (B, C, *N).

    A function of ``stream(seed, "noise", update)``: the same on every backend, whatever was drawn
    before it.
    """
    return deviation * stream(seed, "noise", update).standard_normal(shape)


def perturbed(window: Array, noise: Array | None) -> Array:
    """Return the window (T + 1, B, C, *N) with u_0 + σ ξ for its first frame; None adds nothing.

    The frames to compare with stay as they are.

    Reference: Sanchez-Gonzalez et al., Learning to Simulate Complex Physics with Graph Networks
    (ICML 2020), section 4.3, with noise on the current state alone.
    """
    if noise is None:
        return window
    xp = namespace_of(window)
    first = window[:1, ...] + xp.expand_dims(noise, axis=0)
    return xp.concat([first, window[1:, ...]], axis=0)
