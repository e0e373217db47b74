"""Reference data: initial states, warm-up, rollout."""

from typing import Literal

import numpy as np

from xpde.core import Backend, stream
from xpde.core.backend import Array
from xpde.errors import NonFinite
from xpde.pde import Solver, first_nonfinite
from xpde.study.invariants import good_steps
from xpde.study.scenario import Scenario
from xpde.study.words import initial_condition

__all__ = [
    "Split",
    "blow_up",
    "initial_states",
    "kept_states",
    "reference_data",
    "split_of",
    "unchecked_data",
]

Split = Literal["train", "test"]
"""Training and test sets differ only in seed and size."""


def split_of(scenario: Scenario, split: Split) -> tuple[int, int, int]:
    """Return samples, steps and seed of a data set of the scenario."""
    if split == "train":
        return scenario.train_samples, scenario.train_horizon, scenario.train_seed
    return scenario.test_samples, scenario.test_horizon, scenario.test_seed


def initial_states(
    scenario: Scenario, split: Split, samples: int | None = None, first: int = 0
) -> np.ndarray:
    """Return the states before the warm-up, (S, C, *N) host float64: equal bits everywhere.

    Samples ``first``, ``first + 1``, ... are drawn, each from its own stream, so that any of them
    can be drawn alone.
    """
    count, _, seed = split_of(scenario, split)
    ic = initial_condition(scenario.initial)
    numbers = range(first, first + (count if samples is None else samples))
    states = [
        ic.sample(scenario.grid, scenario.channels, stream(seed, "initial", i)) for i in numbers
    ]
    return np.stack(states) if states else np.empty((0, scenario.channels, *scenario.grid.points))


def unchecked_data(
    scenario: Scenario,
    backend: Backend,
    split: Split,
    *,
    stepper: Solver | None = None,
    samples: int | None = None,
    horizon: int | None = None,
) -> Array:
    """Return the trajectories of a data set, (S, T+1, C, *N), NaN and all.

    Frame 0 is the initial state after ``scenario.warmup`` steps.
    """
    stepper = stepper or scenario.stepper(backend)
    steps = split_of(scenario, split)[1] if horizon is None else horizon
    start = backend.asarray(initial_states(scenario, split, samples))

    def make(plan: Solver, u: Array) -> Array:
        return plan.rollout(plan.repeat(u, scenario.warmup), steps, include_initial=True)

    return backend.jit(make)(stepper, start)


def reference_data(
    scenario: Scenario,
    backend: Backend,
    split: Split,
    *,
    stepper: Solver | None = None,
    samples: int | None = None,
    horizon: int | None = None,
) -> Array:
    """Return the trajectories of a data set, (S, T+1, C, *N), on the backend; all are finite.

    See :func:`unchecked_data`.

    Raises
    ------
    NonFinite
        If the solver produced NaN or infinity; the text names step and sample.
    """
    data = unchecked_data(
        scenario, backend, split, stepper=stepper, samples=samples, horizon=horizon
    )
    bad = first_nonfinite(data, scenario.dims)
    if bad is not None:
        raise NonFinite(blow_up(scenario.key, *bad))
    return data


def blow_up(key: str, step: int, sample: int, kept: str = "") -> str:
    """Return the line that says where a rollout became non-finite, and what was kept of it."""
    during = " (during the warm-up)" if step == 0 else ""
    return (
        f"{key}: expected finite data, got NaN or infinity at step {step} of sample {sample}"
        f"{during}{kept}; use more substeps, more diffusion or more points"
    )


def kept_states(states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return host trajectories (S, T, C, *N) with NaN from the first bad step of a sample on.

    The second value (S,) counts the states of each sample before its first NaN or infinity.
    """
    good = good_steps(states)
    kept = np.arange(states.shape[1]) < good[:, None]
    kept = np.reshape(kept, (*kept.shape, *(1,) * (states.ndim - 2)))
    return np.where(kept, states, np.nan).astype(states.dtype), good
