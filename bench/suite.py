"""The 46 scenarios: rollouts and single steps on every backend, over the peer's and over floors.

Once in float32 and once in float64, which needs a process of its own: JAX decides once.
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import exp, log
from typing import Any

import numpy as np

import xpde
from bench import transforms
from bench.clock import waiting
from bench.kept import kept
from bench.peers import peer_stepper
from bench.steps import FLOOR, PEER
from bench.table import Row, row
from bench.timing import Case, Timing, interleave
from bench.transforms import Floor, Transforms, counted
from xpde.pde import Stepper
from xpde.study.catalogue import suite
from xpde.study.data import initial_states
from xpde.study.scenario import Scenario

__all__ = ["against_everything", "in_double", "means"]

ROUNDS = 5
SECONDS = 0.02
WORK = 30e6  # grid values of evaluations in one call; decides how many steps are timed
OUTPUT = 8e6  # grid values of a trajectory: a larger one would time the allocation of its memory


def needed(scenario: Scenario) -> Transforms:
    """Count the transforms of one step."""
    stepper = scenario.stepper(xpde.backend("numpy"))
    assert isinstance(stepper, Stepper)  # the suite has no solver of another kind
    u = initial_states(scenario, "test", 1)[0]
    return counted(stepper, u, scenario.order * scenario.substeps)


def peer_cases(scenario: Scenario, u: np.ndarray, steps: int, dtype: str) -> dict[str, Case]:
    """The peer's rollout and its single step of every sample, compiled."""
    import exponax
    import jax
    import jax.numpy as jnp

    stepper = peer_stepper(scenario)
    start = jnp.asarray(u, dtype=dtype)
    alone = u.ndim == scenario.dims + 1

    def step(u: Any) -> Any:  # a module that holds arrays has no hash
        return stepper(u)

    def case(fn: Callable[[Any], Any]) -> Case:
        compiled = jax.jit(fn if alone else jax.vmap(fn))
        return lambda: jax.block_until_ready(compiled(start))

    return {"peer": case(exponax.rollout(stepper, steps)), "peer step": case(step)}


def length(scenario: Scenario, samples: int, need: Transforms) -> int:
    """Return the number of steps to time: as many as cost about ``WORK``, 2 to 50."""
    each = samples * scenario.grid.size * max(1, need.evaluations * (need.inverse + need.forward))
    kept = samples * scenario.channels * scenario.grid.size
    return int(np.clip(min(WORK / each, OUTPUT / kept), 2, 50))


def own_cases(bk: xpde.Backend, scenario: Scenario, u: np.ndarray, steps: int) -> dict[str, Case]:
    """Our rollout and our single step on a backend."""
    plan, start = scenario.stepper(bk), bk.asarray(u)
    return {
        bk.name: waiting(bk, _rollout(steps), plan, start),
        f"{bk.name} step": waiting(bk, lambda plan, u: plan(u), plan, start),
    }


def _rollout(steps: int) -> Callable[[Stepper, Any], Any]:
    return lambda plan, u: plan.rollout(u, steps)


def time_one(
    scenario: Scenario, samples: int, backends: dict[str, xpde.Backend]
) -> tuple[Timing, int]:
    """Time the peer, every backend and every backend's transforms, interleaved."""
    need = needed(scenario)
    steps = length(scenario, samples, need)
    u = initial_states(scenario, "test", samples)
    u = u[0] if samples == 1 else u
    dtype = next(iter(backends.values())).dtype
    cases = peer_cases(scenario, u, steps, dtype)
    on = dict.fromkeys(cases, backends.get("jax"))
    floors: dict[str, Floor] = {}
    for name, bk in backends.items():
        cases |= own_cases(bk, scenario, u, steps)
        floors[name] = transforms.floor(bk, need, u.shape, scenario.dims, steps)
    measured = tuple(cases)
    for found in floors.values():
        cases |= found.cases
    timing = interleave(cases, rounds=ROUNDS, seconds=SECONDS, on=on, peaks=measured)
    for name, found in floors.items():
        timing.add(f"{name} floor", found.rollout(steps))
        timing.add(f"{name} step floor", found.step())
    return timing, steps


def rows_of(
    name: str, scenario: Scenario, samples: int, backends: dict[str, xpde.Backend]
) -> list[Row]:
    """Return the rows of one scenario: every backend over the peer and over its floor.

    The rows of rollouts belong to the suite ``name``, those of single steps to ``name step``.
    """
    import jax

    timing, steps = time_one(scenario, samples, backends)
    case = f"{scenario.key} {scenario.dims}D" + ("" if samples == 1 else f" x{samples}")
    jax.clear_caches()
    return [
        row(timing, b + what, over, suite=name + what, case=case, backend=b, against=against,
            target=None, scale=scale)
        for what, scale in (("", steps), (" step", 1))
        for b in backends
        for over, against in (("peer" + what, PEER), (f"{b}{what} floor", FLOOR))
    ]  # fmt: skip


def all_rows(name: str, backends: dict[str, xpde.Backend]) -> Iterator[Row]:
    """Yield the rows of the 46, alone and in batches of 20, kept scenario by scenario."""
    for samples in (1, 20):
        for scenario in suite():
            label = f"{name} {scenario.key} {scenario.dims}D x{samples}"
            yield from kept(label, partial(rows_of, name, scenario, samples, backends))


def means(rows: list[Row]) -> list[Row]:
    """Return the geometric means that the targets are about, one row each."""
    found = []
    groups = dict.fromkeys((r.suite, r.backend, r.against) for r in rows)
    for group in groups:
        for label, dims in (("46", "123"), ("2D and 3D", "23")):
            part = [
                r
                for r in rows
                if (r.suite, r.backend, r.against) == group and _dims(r.case) in dims
            ]
            if part:
                found.append(_mean(part, label))
    return found


def _dims(case: str) -> str:
    return case.split("D", maxsplit=1)[0][-1]


def _mean(part: list[Row], label: str) -> Row:
    ratio = exp(sum(log(r.ratio) for r in part) / len(part))
    name, backend, against = part[0].suite, part[0].backend, part[0].against
    target = _TARGETS.get((name, backend, against, label))
    low, high = min(r.ratio for r in part), max(r.ratio for r in part)
    case = f"geometric mean, {label} (range of cases)"
    return Row(name, case, backend, against, ratio, low, high, target, 0.0)


_TARGETS = {
    ("suite", "jax", PEER, "46"): 0.5,
    ("suite", "torch", PEER, "2D and 3D"): 0.5,
    ("suite", "numpy", FLOOR, "2D and 3D"): 1.3,
    ("suite", "jax", FLOOR, "2D and 3D"): 1.3,
    ("suite", "torch", FLOOR, "2D and 3D"): 1.3,
}
"""Of rollouts in float32."""


def against_everything(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time the whole suite in float32; the means come last."""
    rows = list(all_rows("suite", backends))
    return rows + means(rows)


def in_double(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time the whole suite in float64, with backends of that type."""
    rows = list(all_rows("suite64", backends))
    return rows + means(rows)
