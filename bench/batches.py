"""Batches of fifty trajectories in 1D: what a framework without a compiler loses there."""

from math import exp, log

import xpde
from bench.suite import own_cases, peer_cases
from bench.table import Row, row
from bench.timing import Case, interleave
from xpde.study.catalogue import suite
from xpde.study.data import initial_states
from xpde.study.scenario import Scenario

SAMPLES, STEPS = 50, 50
JITTED = "xpde on jax (jit)"
TARGET = 2.0


def against_jitted(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Rollouts of the ten scenarios in 1D, over the compiled ones of the same library."""
    rows = [r for s in suite() if s.dims == 1 for r in _rows(s, backends)]
    return rows + [_mean(name, rows) for name in backends if name != "jax"]


def _rows(scenario: Scenario, backends: dict[str, xpde.Backend]) -> list[Row]:
    u = initial_states(scenario, "test", SAMPLES)
    cases: dict[str, Case] = {"peer": peer_cases(scenario, u, STEPS, "float32")["peer"]}
    for name, bk in backends.items():
        cases[name] = own_cases(bk, scenario, u, STEPS)[name]
    timing = interleave(cases, seconds=0.02, on={"peer": backends["jax"]}, peaks=tuple(cases))
    return [
        row(timing, name, over, suite="batches", case=f"{scenario.key} 1D x{SAMPLES}",
            backend=name, against=against, target=target, scale=STEPS)
        for name in backends
        for over, against, target in (
            ("jax", JITTED, TARGET), ("peer", "exponax 0.2.0 (jit)", None),
        )
        if over != name
    ]  # fmt: skip


def _mean(name: str, rows: list[Row]) -> Row:
    part = [r.ratio for r in rows if (r.backend, r.against) == (name, JITTED)]
    ratio = exp(sum(map(log, part)) / len(part))
    return Row("batches", "geometric mean (range of cases)", name, JITTED, ratio, min(part),
               max(part), TARGET, 0.0)  # fmt: skip
