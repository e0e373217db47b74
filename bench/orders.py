"""The measured order of every scheme on a scenario: small grid, double precision, own window."""

import dataclasses
from typing import Any

import numpy as np

import xpde
from xpde.pde import Stepper
from xpde.study.data import initial_states
from xpde.study.scenario import Scenario

__all__ = ["measured_orders"]

POINTS = {1: 32, 2: 24, 3: 16}
COUNTS = (16, 32, 64)
FINEST = 256
HIGHEST = 1e-7  # of order 4 with the fewest steps: asymptotic, and 64 steps are above rounding
DOUBLINGS = 16


def measured_orders(found: Scenario) -> tuple[float, ...] | None:
    """Return the measured orders of ETDRK1 to ETDRK4, or None for an equation that is exact.

    The slope of the root mean square difference from ETDRK4 with 256 steps, over 16, 32 and 64
    steps from one initial state of the scenario. The window is the scenario's Δt, doubled or halved
    until it is the longest for which 16 steps of ETDRK4 are good to ``HIGHEST``.
    """
    if found.equation.nonlinear is None:
        return None
    small = dataclasses.replace(found, points=POINTS[found.dims])
    u = initial_states(small, "test", 1)[0]
    with np.errstate(over="ignore", invalid="ignore"):
        t = _window(small, u)
        reference = _final(small, u, t, 4, FINEST)
        return tuple(_slope(small, u, t, order, reference) for order in (1, 2, 3, 4))


def _window(small: Scenario, u: Any) -> float:
    def good(t: float) -> bool:
        error = _error(_final(small, u, t, 4, COUNTS[0]), _final(small, u, t, 4, FINEST))
        return error <= HIGHEST  # False for NaN

    t, factor = small.dt, 2.0 if good(small.dt) else 0.5
    for _ in range(DOUBLINGS):
        if good(t * factor) != (factor == 2.0):
            break
        t *= factor
    return t if factor == 2.0 else t * factor


def _slope(small: Scenario, u: Any, t: float, order: int, reference: Any) -> float:
    errors = [_error(_final(small, u, t, order, n), reference) for n in COUNTS]
    return -float(np.polyfit(np.arange(len(COUNTS)), np.log2(errors), 1)[0])


def _final(small: Scenario, u: Any, t: float, order: int, steps: int) -> Any:
    plan = Stepper.build(
        small.equation,
        small.grid,
        t / steps,
        order=order,
        dealias=small.dealias,
        backend=xpde.backend("numpy", dtype="float64"),
    )
    return plan.repeat(u, steps)


def _error(found: Any, reference: Any) -> float:
    return float(np.sqrt(np.mean((found - reference) ** 2) / np.mean(reference**2)))
