"""How closely two backends agree, at five levels, each difference beside the bound it must keep.

0 adapter: verbs on random numbers, C ε log₂ N. 1 one step: C ε per stage. 2 rollout: what one ulp
at every step grows to in this very equation, times a constant. 3 statistics: means over samples
within their bootstrap intervals. 4 training: gradient, losses and errors of the emulator.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from xpde.study.config import CompareConfig
from xpde.study.statistics import bootstrap

__all__ = ["LEVELS", "Outcome", "agreement_table", "growth_table"]

LEVELS = ("adapter", "one step", "rollout", "statistics", "training")

ADAPTER = 5.0  # ulps, times log2 of the size of a transform
STEP = 10.0  # ulps per stage and substep: transforms, products, coefficients
GROWTH = 10.0  # a step rounds in tens of places, the calibration in one
GRADIENT = 1e5  # sums over a batch of every point, layer after layer
EARLY = 5e7  # a hundred updates; 1e-8 in double precision
LATE = 1e10  # the whole training and a rollout of its result; 2e-6 in double precision
LARGEST = 0.2  # above this a relative difference says nothing, whatever the precision


@dataclass(frozen=True)
class Outcome:
    """What one backend computed: its arrays, its losses, its metrics."""

    name: str
    arrays: dict[str, np.ndarray]
    losses: np.ndarray
    metrics: pd.DataFrame


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """max|a - b| / max|b|; infinite where shapes differ or a value is not finite."""
    if a.shape != b.shape or not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return float("inf")
    scale = float(np.max(np.abs(b))) if b.size else 0.0
    difference = float(np.max(np.abs(a - b))) if b.size else 0.0
    return difference / scale if scale > 0 else difference


Row = tuple[int, str, float, float]


def _adapter(one: Outcome, ref: Outcome, eps: float) -> Iterator[Row]:
    for name in sorted(key for key in ref.arrays if key.startswith("probe/")):
        expected = ref.arrays[name]
        bound = ADAPTER * eps * float(np.log2(2 + expected.size))
        yield 0, name.removeprefix("probe/"), distance(one.arrays[name], expected), bound


def _rollout(
    one: Outcome, ref: Outcome, eps: float, growth: np.ndarray, stages: int
) -> Iterator[Row]:
    ours, theirs = one.arrays["rollout"], ref.arrays["rollout"]
    yield 1, "solver step", distance(ours[:, 1], theirs[:, 1]), STEP * eps * stages
    steps = len(growth)
    for t in sorted({min(10, steps), steps}):
        difference = distance(ours[:, t], theirs[:, t])
        yield 2, f"state after {t} steps", difference, growth_bound(growth, eps, stages)[t - 1]


def growth_bound(growth: np.ndarray, eps: float, stages: int) -> np.ndarray:
    """Bound of a rollout step by step: the calibrated growth, at least that of single steps."""
    floor = STEP * eps * stages * np.ones_like(growth)
    return np.minimum(np.maximum(GROWTH * stages**0.5 * growth, floor), 2.0)


def _statistics(one: Outcome, ref: Outcome) -> Iterator[Row]:
    for name, label in (("spectra", "spectrum"), ("errors", "mean nRMSE")):
        mean_a, low_a, high_a = bootstrap(one.arrays[name])
        mean_b, low_b, high_b = bootstrap(ref.arrays[name])
        widths = (high_a - low_a + high_b - low_b) / 2
        tiny = 1e-12 * np.max(np.abs(mean_b))
        yield (
            3,
            f"{label} / interval",
            float(np.max(np.abs(mean_a - mean_b) / (widths + tiny))),
            1.0,
        )


def _training(one: Outcome, ref: Outcome, eps: float) -> Iterator[Row]:
    cuts = np.cumsum(ref.arrays["gradient_sizes"])[:-1]
    leaves = (np.split(o.arrays["gradient"], cuts) for o in (one, ref))
    gradient = max(distance(a, b) for a, b in zip(*leaves, strict=True))  # each in its own scale
    yield 4, "gradient at the initial weights", gradient, min(GRADIENT * eps, LARGEST)
    first = distance(one.arrays["first_loss"], ref.arrays["first_loss"])
    yield 4, "first loss", first, min(GRADIENT * eps, LARGEST)
    early = min(100, len(ref.losses))
    relative = np.abs(one.losses[:early] / ref.losses[:early] - 1.0)
    yield 4, f"first {early} losses", float(np.max(relative)), min(EARLY * eps, LARGEST)
    a, b = (o.metrics[o.metrics["metric"] == "mean_nRMSE"]["value"].to_numpy() for o in (one, ref))
    yield 4, "emulator nRMSE at step 1", abs(float(a[0] / b[0]) - 1.0), min(LATE * eps, LARGEST)


def agreement_table(
    config: CompareConfig, outcomes: list[Outcome], growth: np.ndarray
) -> pd.DataFrame:
    """Compare every outcome with the first: level, level_name, quantity, ..., agrees."""
    columns = [
        "level",
        "level_name",
        "quantity",
        "backend",
        "reference",
        "difference",
        "bound",
        "agrees",
    ]
    eps = float(np.finfo(config.dtype).eps)
    problem = config.problem
    stages, rows = max(1, problem.order) * problem.substeps, []
    for one in outcomes[1:]:
        ref = outcomes[0]
        found = [
            *_adapter(one, ref, eps),
            *_rollout(one, ref, eps, growth, stages),
            *_statistics(one, ref),
            *_training(one, ref, eps),
        ]
        for level, quantity, difference, bound in found:
            agrees = bool(difference <= bound)
            row = (level, LEVELS[level], quantity, one.name, ref.name, difference, bound, agrees)
            rows.append(row)
    return pd.DataFrame(rows, columns=columns)


def growth_table(
    config: CompareConfig, outcomes: list[Outcome], growth: np.ndarray
) -> pd.DataFrame:
    """Return the difference of rollouts step by step beside its bound, for every backend."""
    eps = float(np.finfo(config.dtype).eps)
    bound = growth_bound(growth, eps, max(1, config.problem.order) * config.problem.substeps)
    parts = [pd.DataFrame({"backend": [], "step": [], "difference": [], "bound": []})]
    for one in outcomes[1:]:
        ours, theirs = one.arrays["rollout"], outcomes[0].arrays["rollout"]
        differences = [distance(ours[:, t], theirs[:, t]) for t in range(1, len(growth) + 1)]
        steps = np.arange(1, len(growth) + 1)
        columns = {"backend": one.name, "step": steps, "difference": differences, "bound": bound}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts[1:] or parts, ignore_index=True)
