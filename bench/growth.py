"""How costs grow: exponents fitted to times over sizes, against what the mathematics grows by.

A row's ratio is the exponent p of time ∝ sizeᵖ, by least squares over the logarithms of medians.
Growth of n log n shows as a little more than 1 over the range that is timed; small sizes, where
calls cost more than numbers, as less.
"""

from collections.abc import Callable, Sequence

import numpy as np

import xpde
from bench.solvers import solving
from bench.steps import smooth_state, waiting
from bench.table import Row
from bench.timing import interleave
from bench.training import networks, updating
from xpde.pde import Stepper, burgers
from xpde.solvers import Multigrid
from xpde.space import Grid
from xpde.study import initial_states, scenario

__all__ = ["exponents", "fitted"]

Make = Callable[[xpde.Backend, int], Callable[[], None]]
UNKNOWNS = (128, 256, 512, 1024, 2048)
LARGEST = 4096
"""For which unknowns are 1.7·10⁷; NumPy alone, for the others' time."""


def rollout(points: int, steps: int, samples: int) -> tuple[Callable, np.ndarray, Grid]:
    """Conservative Burgers in 2D: a function of a plan and states, and the states."""
    grid = Grid.cube(2, points, 1.0)
    u = np.broadcast_to(smooth_state(grid, 2), (samples, 2, points, points))
    return (lambda s, u: s.rollout(u, steps)), u, grid


def rolling(points: int = 64, steps: int = 20, samples: int = 1) -> Callable:
    """Return what makes the case of a backend."""

    def make(bk: xpde.Backend) -> Callable[[], None]:
        fn, u, grid = rollout(points, steps, samples)
        plan = Stepper.build(
            burgers(2, diffusivity=1e-2, conservative=True), grid, 1e-3, backend=bk
        )
        return waiting(bk, fn, plan, bk.asarray(u))

    return make


def multigrid(bk: xpde.Backend, n: int) -> Callable[[], None]:
    """Five cycles on n² points."""
    return solving(bk, Multigrid(max_steps=5), n)


def update(bk: xpde.Backend, samples: int) -> Callable[[], None]:
    """Ten updates with so many training trajectories; a batch stays one of twenty."""
    host = np.random.default_rng(0).standard_normal((samples, 51, 1, 160), dtype=np.float32)
    return updating(bk, networks()["Conv;34;10;relu"].own(1), bk.asarray(host), 10)


def drawing(samples: int) -> Callable[[], None]:
    """Initial states of a set, on the host."""
    found = scenario("diff_burgers")
    return lambda: initial_states(found, "test", samples)


def fitted(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Return p of seconds ∝ sizesᵖ."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def exponents(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Fit the growth over steps, samples, points, unknowns and training data."""
    kinds: dict[str, tuple[Sequence[int], Make, float]] = {
        "rollout 2D over steps": (
            (10, 20, 40, 80), lambda bk, n: rolling(steps=n)(bk), 1.1,
        ),
        "rollout 2D over samples": (
            (1, 4, 16, 64), lambda bk, n: rolling(samples=n, steps=5)(bk), 1.15,
        ),
        "rollout 2D over points": (
            (32**2, 64**2, 128**2, 256**2), lambda bk, n: rolling(round(n**0.5))(bk), 1.2,
        ),
        "multigrid 2D over unknowns": (
            [n * n for n in UNKNOWNS], lambda bk, n: multigrid(bk, round(n**0.5)), 1.15,
        ),
        "update 1D over training samples": ((25, 50, 100, 200), update, 0.1),
    }  # fmt: skip
    rows = []
    for case, (sizes, make, target) in kinds.items():
        for name, bk in backends.items():
            more = name == "numpy" and case.startswith("multigrid")
            own = [*sizes, LARGEST**2] if more else sizes
            rows.append(_row(case, name, own, {n: make(bk, n) for n in own}, target))
    sizes = (50, 200, 800)
    rows.append(
        _row("initial states over samples", "host", sizes, {n: drawing(n) for n in sizes}, 1.1)
    )
    return rows


def _row(
    case: str, name: str, sizes: Sequence[int], cases: dict[int, Callable[[], None]], target: float
) -> Row:
    timing = interleave({str(n): fn for n, fn in cases.items()}, rounds=5, seconds=0.02)
    rounds = [[timing.rounds[str(n)][i] for n in sizes] for i in range(5)]
    found = sorted(fitted(sizes, seconds) for seconds in rounds)
    ratio = fitted(sizes, [timing.seconds(str(n)) for n in sizes])
    last = timing.seconds(str(sizes[-1])) * 1e6
    label = f"{case}, {sizes[0]:,} to {sizes[-1]:,}"
    return Row("growth", label, name, "exponent", ratio, found[1], found[-2], target, last)
