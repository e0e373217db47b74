"""Schedules: the learning rate as a host function of the 0-based update number."""

from collections.abc import Callable
from math import cos, floor, pi

from xpde.core.programs import remembered
from xpde.errors import InvalidInput

__all__ = ["Schedule", "constant", "exponential", "warmup_cosine"]

Schedule = Callable[[int], float]


def _at_least_zero(name: str, value: float) -> None:
    if not value >= 0:
        raise InvalidInput(f"{name}: expected a number at or above 0, got {value}")


@remembered
def constant(rate: float) -> Schedule:
    """Return the schedule that never changes, η(s) = rate."""
    _at_least_zero("rate", rate)
    return lambda step: float(rate)


@remembered
def exponential(
    rate: float, transition_steps: int, decay_rate: float, staircase: bool = False
) -> Schedule:
    """Return η(s) = rate · decay_rate^(s / transition_steps).

    With ``staircase`` the exponent is rounded down, so that the rate is constant between
    multiples of ``transition_steps``.
    """
    _at_least_zero("rate", rate)
    if transition_steps < 1:
        raise InvalidInput(f"transition_steps: expected at least 1, got {transition_steps}")
    if not decay_rate > 0:
        raise InvalidInput(f"decay_rate: expected a number above 0, got {decay_rate}")

    def schedule(step: int) -> float:
        power = step / transition_steps
        return float(rate * decay_rate ** (floor(power) if staircase else power))

    return schedule


@remembered
def warmup_cosine(initial: float, peak: float, warmup: int, total: int) -> Schedule:
    """Return a linear rise to ``peak`` and a cosine fall to zero at ``total``.

    η(s) = initial + (peak - initial) s / W        for s < W
    η(s) = peak (1 + cos(π (s - W) / (total - W))) / 2   for W ≤ s ≤ total, and 0 afterwards

    The first update has the rate ``initial``: with ``initial=0`` it changes nothing.

    Reference: Loshchilov & Hutter, SGDR (ICLR 2017), equation 5.
    """
    _at_least_zero("initial", initial)
    _at_least_zero("peak", peak)
    if not 0 <= warmup < total:
        raise InvalidInput(f"warmup: expected 0 <= warmup < total={total}, got {warmup}")

    def schedule(step: int) -> float:
        if step < warmup:
            return float(initial + (peak - initial) * step / warmup)
        phase = min(step - warmup, total - warmup) / (total - warmup)
        return 0.5 * peak * (1.0 + cos(pi * phase))

    return schedule
