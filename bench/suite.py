"""The 46 scenarios: rollouts on every backend over the peer's, and over their own transforms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import exp, log
from typing import Any
from unittest.mock import patch

import numpy as np

import xpde
from bench.peers import peer_stepper
from bench.steps import waiting
from bench.table import Row, row
from bench.timing import Timing, interleave
from xpde.pde import Stepper
from xpde.space import Band
from xpde.study.catalogue import suite
from xpde.study.data import initial_states
from xpde.study.scenario import Scenario

ROUNDS = 5
WORK = 30e6  # grid values of evaluations in one call; decides how many steps are timed
OUTPUT = 8e6  # grid values of a trajectory: a larger one would time the allocation of its memory
PEER = "exponax 0.2.0 (jit)"
FLOOR = "its transforms"


@dataclass(frozen=True)
class Transforms:
    """Fields that one step transforms: stacks of one evaluation, how many evaluations, channels."""

    inverse: int
    forward: int
    evaluations: int
    channels: int


def transforms(scenario: Scenario) -> Transforms:
    """Count by running one evaluation of the nonlinear term on NumPy."""
    stepper = scenario.stepper(xpde.backend("numpy"))
    counts = {"to_grid": 0, "to_band": 0}

    def counting(name: str) -> Callable[[Band, Any], Any]:
        original = getattr(Band, name)

        def call(band: Band, x: Any) -> Any:
            counts[name] += x.shape[-band.grid.dims - 1]
            return original(band, x)

        return call

    if stepper.term is None:
        return Transforms(0, 0, 0, scenario.channels)
    u = xpde.backend("numpy").asarray(initial_states(scenario, "test", 1)[0])
    start = stepper.split(xpde.backend("numpy").rfftn(u, scenario.dims))[0]
    watched = (patch.object(Band, name, counting(name)) for name in counts)
    with next(watched), next(watched):
        stepper.term(start)
    count = scenario.order * scenario.substeps
    return Transforms(counts["to_grid"], counts["to_band"], count, scenario.channels)


def round_trips(bk: xpde.Backend, shape: tuple[int, ...], dims: int, count: int) -> Callable:
    """Return a case that does ``count`` inverse and forward transforms of a stack, nothing else."""
    u_hat = bk.rfftn(bk.asarray(np.random.default_rng(0).standard_normal(shape)), dims)
    points = shape[-dims:]

    def fn(u_hat: Any) -> Any:
        def body(z: Any, _: None) -> tuple[Any, None]:
            return bk.rfftn(bk.irfftn(z, points), dims), None

        return bk.scan(body, u_hat, length=count)[0]

    return waiting(bk, fn, u_hat)


def floor_cases(
    bk: xpde.Backend, scenario: Scenario, lead: tuple[int, ...], steps: int, need: Transforms
) -> dict[str, tuple[float, Callable]]:
    """Return what the transforms of ``steps`` steps cost: (factor, case) by name.

    Half a round trip stands for one transform: e evaluations of p inverse and q forward
    transforms cost e/2 round trips of p and of q fields, and each snapshot half a round trip.
    """
    points = scenario.grid.points
    few = max(1, min(steps, 20))
    found = {
        "snapshot": (
            0.5 * steps / few,
            round_trips(bk, (*lead, need.channels, *points), scenario.dims, few),
        )
    }
    for name, fields in (("inverse", need.inverse), ("forward", need.forward)):
        if fields:
            case = round_trips(bk, (*lead, fields, *points), scenario.dims, few)
            found[name] = (0.5 * need.evaluations * steps / few, case)
    return found


def peer_case(scenario: Scenario, u: np.ndarray, steps: int) -> Callable[[], None]:
    """The peer's rollout of every sample, compiled, float32."""
    import exponax
    import jax
    import jax.numpy as jnp

    fn = exponax.rollout(peer_stepper(scenario), steps)
    compiled = jax.jit(fn if u.ndim == scenario.dims + 1 else jax.vmap(fn))
    start = jnp.asarray(u, dtype=jnp.float32)
    return lambda: jax.block_until_ready(compiled(start))


def length(scenario: Scenario, samples: int, need: Transforms) -> int:
    """Return the number of steps to time: as many as cost about ``WORK``, 2 to 50."""
    each = samples * scenario.grid.size * max(1, need.evaluations * (need.inverse + need.forward))
    kept = samples * scenario.channels * scenario.grid.size
    return int(np.clip(min(WORK / each, OUTPUT / kept), 2, 50))


def time_one(
    scenario: Scenario, samples: int, backends: dict[str, xpde.Backend]
) -> tuple[Timing, int]:
    """Time the peer, every backend and every backend's transforms, interleaved."""
    need = transforms(scenario)
    steps = length(scenario, samples, need)
    u = initial_states(scenario, "test", samples)
    u = u[0] if samples == 1 else u
    lead = () if samples == 1 else (samples,)
    cases: dict[str, Callable] = {"peer": peer_case(scenario, u, steps)}
    factors: dict[str, list[tuple[float, str]]] = {}
    for name, bk in backends.items():
        plan = scenario.stepper(bk)
        cases[name] = waiting(bk, _rollout(steps), plan, bk.asarray(u))
        factors[name] = []
        for part, (factor, case) in floor_cases(bk, scenario, lead, steps, need).items():
            cases[f"{name} {part}"] = case
            factors[name].append((factor, f"{name} {part}"))
    timing = interleave(cases, rounds=ROUNDS, seconds=0.03)
    for name, parts in factors.items():
        timing.rounds[f"{name} floor"] = [
            sum(factor * timing.rounds[case][i] for factor, case in parts) for i in range(ROUNDS)
        ]
    return timing, steps


def _rollout(steps: int) -> Callable[[Stepper, Any], Any]:
    return lambda plan, u: plan.rollout(u, steps)


def rows_of(scenario: Scenario, samples: int, backends: dict[str, xpde.Backend]) -> list[Row]:
    """Return the rows of one scenario: every backend over the peer and over its floor."""
    timing, steps = time_one(scenario, samples, backends)
    case = f"{scenario.key} {scenario.dims}D" + ("" if samples == 1 else f" x{samples}")
    return [
        row(timing, name, over, suite="suite", case=case, backend=name, against=against,
            target=None, scale=steps)
        for name in backends
        for over, against in (("peer", PEER), (f"{name} floor", FLOOR))
    ]  # fmt: skip


def all_rows(backends: dict[str, xpde.Backend]) -> Iterator[Row]:
    """Yield the rows of the 46, alone and in batches of 20."""
    import jax

    for samples in (1, 20):
        for scenario in suite():
            yield from rows_of(scenario, samples, backends)
            jax.clear_caches()


def means(rows: list[Row]) -> list[Row]:
    """Return the geometric means that the targets are about, one row each."""
    found = []
    for backend in dict.fromkeys(r.backend for r in rows):
        for against in (PEER, FLOOR):
            for label, dims in (("46", "123"), ("2D and 3D", "23")):
                part = [
                    r for r in rows
                    if (r.backend, r.against) == (backend, against) and _dims(r.case) in dims
                ]  # fmt: skip
                if part:
                    found.append(_mean(part, backend, against, label))
    return found


def _dims(case: str) -> str:
    return case.split("D", maxsplit=1)[0][-1]


def _mean(part: list[Row], backend: str, against: str, label: str) -> Row:
    ratio = exp(sum(log(r.ratio) for r in part) / len(part))
    target = _TARGETS.get((backend, against, label))
    low, high = min(r.ratio for r in part), max(r.ratio for r in part)
    case = f"geometric mean, {label} (range of cases)"
    return Row("suite", case, backend, against, ratio, low, high, target, 0.0)


_TARGETS = {
    ("jax", PEER, "46"): 0.5,
    ("torch", PEER, "2D and 3D"): 0.5,
    ("numpy", FLOOR, "2D and 3D"): 1.3,
    ("jax", FLOOR, "2D and 3D"): 1.3,
    ("torch", FLOOR, "2D and 3D"): 1.3,
}


def against_everything(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time the whole suite; the means come last."""
    rows = []
    for made in all_rows(backends):
        rows.append(made)
        print(f"{made.case:28} {made.backend:6} {made.against:20} {made.ratio:.2f}", flush=True)
    return rows + means(rows)
