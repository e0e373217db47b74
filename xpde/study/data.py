"""Reference data: initial states, warm-up, rollout."""

from typing import Literal

import numpy as np

from xpde.core import Backend
from xpde.core.backend import Array
from xpde.errors import NonFinite
from xpde.ic import sample_set
from xpde.pde import Stepper, first_nonfinite
from xpde.study.scenario import Scenario
from xpde.study.words import initial_condition

__all__ = ["initial_states", "reference_data"]

Split = Literal["train", "test"]


def initial_states(scenario: Scenario, split: Split, samples: int | None = None) -> np.ndarray:
    """Return the states before the warm-up, (S, C, *N) host float64: equal bits everywhere."""
    seed = scenario.train_seed if split == "train" else scenario.test_seed
    count = scenario.train_samples if split == "train" else scenario.test_samples
    return sample_set(
        initial_condition(scenario.initial),
        scenario.grid,
        scenario.channels,
        count if samples is None else samples,
        seed,
    )


def reference_data(
    scenario: Scenario,
    backend: Backend,
    split: Split,
    *,
    stepper: Stepper | None = None,
    samples: int | None = None,
    horizon: int | None = None,
) -> Array:
    """Return the trajectories of a data set, (S, T+1, C, *N), on the backend.

    Frame 0 is the initial state after ``scenario.warmup`` steps. Training and test sets differ
    only in seed and size.

    Raises
    ------
    NonFinite
        If the solver produced NaN or infinity; the text names step and sample.
    """
    stepper = stepper or scenario.stepper(backend)
    steps = scenario.train_horizon if split == "train" else scenario.test_horizon
    steps = steps if horizon is None else horizon
    start = backend.asarray(initial_states(scenario, split, samples))

    def make(plan: Stepper, u: Array) -> Array:
        return plan.rollout(plan.repeat(u, scenario.warmup), steps, include_initial=True)

    data = backend.jit(make)(stepper, start)
    bad = first_nonfinite(data, scenario.dims)
    if bad is not None:
        during = " (during the warm-up)" if bad[0] == 0 else ""
        raise NonFinite(
            f"{scenario.key}: expected finite data, got NaN or infinity at step {bad[0]} of sample "
            f"{bad[1]}{during}; use more substeps, more diffusion or more points"
        )
    return data
