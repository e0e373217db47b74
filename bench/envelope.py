"""Measure where every scenario stays finite: ``python -m bench.envelope [--only KEY]``.

Float32, default parameters, warm-up and test horizon, two samples of the test set. Varied are the
points and the length of a step: the stepper of the default equation takes steps of 1/2, 1, 2 and 4
Δt. For normalized and difficulty coordinates, whose Δt is 1, that is the same as multiplying all
coefficients. A scenario is written to the file once it is done and not measured again.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import xpde
from xpde.core import Backend
from xpde.pde import Stepper
from xpde.space import to_spectral
from xpde.study.catalogue import SCENARIOS, SUITE, scenario
from xpde.study.data import initial_states
from xpde.study.provenance import provenance
from xpde.study.scenario import Scenario
from xpde.study.store import atomic

SAMPLES = 2
OUT = Path("xpde/study/envelope.json")
FACTORS = (0.5, 1.0, 2.0, 4.0)
POINTS = {1: (64, 128, 160, 256), 2: (64, 96, 160), 3: (16, 24, 32)}
SLOW = {("phy_kolm_flow", 160): (1.0, 2.0)}
"""The step lengths of what would take minutes: 700 steps of 20 substeps each."""


@dataclass(frozen=True)
class Case:
    """A scenario on a grid, and the steps to try as multiples of its Δt."""

    scenario: Scenario
    factors: tuple[float, ...]


def cases() -> dict[str, list[Case]]:
    """Return what is measured, by entry of the file."""
    home = [(key, found.dims) for key, found in SCENARIOS.items()]
    spread = [(key, d) for key in SCENARIOS if key.startswith("diff_") for d in (1, 2, 3)]
    wanted = sorted({*home, *spread, *SUITE}, key=lambda pair: (pair[1], pair[0]))
    return {
        f"{key}/{dims}": list(_grids(key, dims))
        for key, dims in wanted
        if dims in SCENARIOS[key].allowed_dims
    }


def _grids(key: str, dims: int) -> Iterator[Case]:
    for points in POINTS[dims]:
        factors = SLOW.get((key, points), FACTORS)
        yield Case(scenario(key, dims=dims, points=points), factors)


def survived(plan: Stepper, u_hat: Any, steps: int, bk: Backend) -> Any:
    """Return which of the steps (T,) leave every coefficient of the spectrum finite."""
    xp = bk.xp

    def body(parts: Any, _: None) -> tuple[Any, Any]:
        parts = plan.advance(parts)
        fine = [xp.all(xp.isfinite(part)) for part in parts if part is not None]
        return parts, xp.stack(fine)

    return xp.all(bk.scan(body, plan.split(u_hat), length=steps)[1], axis=-1)


class Meter:
    """Small and linear problems on NumPy, the rest compiled once for every shape."""

    def __init__(self) -> None:
        self.plain, self.fast = xpde.backend("numpy"), xpde.backend("jax")
        self.compiled: dict[int, Any] = {}

    def rows(self, case: Case) -> Iterator[dict[str, Any]]:
        """Yield one row for every step length."""
        found = case.scenario
        bk = self.fast if found.dims > 1 and found.equation.nonlinear else self.plain
        u_hat = to_spectral(bk.asarray(initial_states(found, "test", SAMPLES)), found.dims)
        steps = found.warmup + found.test_horizon
        for factor in case.factors if found.equation.multiplier is None else (1.0,):
            plan = Stepper.build(
                found.equation,
                found.grid,
                found.dt * factor,
                order=found.order,
                substeps=found.substeps,
                dealias=found.dealias,
                backend=bk,
            )
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                good = bk.to_numpy(self._program(bk, steps)(plan, u_hat))
            row = {"points": found.points, "factor": factor, "dt": found.dt * factor}
            row["finite"] = bool(good.all())
            if not row["finite"]:
                row["step"] = int(np.argmin(good)) + 1
            yield row

    def _program(self, bk: Backend, steps: int) -> Any:
        def run(plan: Stepper, u_hat: Any) -> Any:
            return survived(plan, u_hat, steps, bk)

        if bk is self.plain:
            return run
        return self.compiled.setdefault(steps, bk.jit(run))

    def about(self) -> dict[str, Any]:
        """Return the provenance of both backends."""
        return {bk.name: provenance(bk, {}) for bk in (self.plain, self.fast)}


def main() -> None:
    """Measure what is not in the file yet."""
    parser = argparse.ArgumentParser(prog="python -m bench.envelope", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="the file, also read")
    parser.add_argument("--only", action="append", help="key to measure again (repeatable)")
    arguments = parser.parse_args()
    stored: dict[str, Any] = {"scenarios": {}}
    if arguments.out.exists():
        stored = json.loads(arguments.out.read_text(encoding="utf-8"))
    meter, wanted = Meter(), cases()
    for number, (name, todo) in enumerate(wanted.items(), start=1):
        again = name.split("/")[0] in (arguments.only or ())
        if name in stored["scenarios"] and not again:
            continue
        began = time.perf_counter()
        stored["scenarios"][name] = [row for case in todo for row in meter.rows(case)]
        stored["provenance"] = meter.about()
        write(stored, arguments.out)
        bad = sum(not row["finite"] for row in stored["scenarios"][name])
        seconds = time.perf_counter() - began
        print(f"{number:3}/{len(wanted)} {name:22} {seconds:6.1f} s, {bad} not finite", flush=True)


def write(stored: dict[str, Any], path: Path) -> None:
    """Write the file with one row of numbers a line."""
    about = json.dumps(stored["provenance"], indent=2, sort_keys=True).replace("\n", "\n  ")
    blocks = []
    for name, rows in sorted(stored["scenarios"].items()):
        lines = ",\n".join(f"      {json.dumps(row)}" for row in rows)
        blocks.append(f"    {json.dumps(name)}: [\n{lines}\n    ]")
    scenarios = ",\n".join(blocks)
    text = f'{{\n  "provenance": {about},\n  "scenarios": {{\n{scenarios}\n  }}\n}}\n'
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
