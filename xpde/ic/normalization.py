"""Mean, deviation and maximum of one channel, set in this order."""

import numpy as np

from xpde.errors import InvalidInput

__all__ = ["check_normalization", "normalized"]


def check_normalization(who: str, *, zero_mean: bool, std_one: bool, max_one: bool) -> None:
    """Raise InvalidInput for ``std_one`` with a mean that is left, or together with ``max_one``."""
    if std_one and max_one:
        raise InvalidInput(f"{who}: expected std_one or max_one, got both; set one to False")
    if std_one and not zero_mean:
        raise InvalidInput(f"{who}: expected zero_mean with std_one, got a mean; set zero_mean")


def normalized(
    u: np.ndarray, *, zero_mean: bool = False, std_one: bool = False, max_one: bool = False
) -> np.ndarray:
    """Subtract the mean of u, divide by its standard deviation, divide by max |u|: as asked.

    The mean and the deviation are those of the population of grid points of this one channel. A
    constant has mean zero as exact zeros, never as rounding that the divisions would blow up;
    zeros stay zeros.
    """
    if zero_mean:
        u = u - np.mean(u) if np.ptp(u) > 0 else np.zeros_like(u)
    for asked, size in ((std_one, np.std), (max_one, _largest)):
        divisor = size(u) if asked else 0.0
        u = u / divisor if divisor > 0 else u
    return u


def _largest(u: np.ndarray) -> np.floating:
    return np.max(np.abs(u))
