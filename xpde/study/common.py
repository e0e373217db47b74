"""What every backend of a comparison starts from, made once on the host in double precision."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xpde.core import backend
from xpde.study.config import CompareConfig
from xpde.study.data import initial_states
from xpde.study.probes import perturbed_growth
from xpde.study.store import read_fields, write_fields

__all__ = ["Common", "compared_steps"]


def compared_steps(config: CompareConfig) -> int:
    """Steps of the rollout whose states are compared one by one: the test horizon, at most 100."""
    return min(config.problem.test_horizon, 100)


@dataclass(frozen=True)
class Common:
    """Initial states after the warm-up, and how fast rounding grows in this equation.

    The warm-up of a chaotic equation would pull backends apart before anything is measured, so
    NumPy does it for all in float64, and each backend begins with the same bits.

    Attributes
    ----------
    train, test
        States (S, C, *N).
    growth
        Drift of runs disturbed by one ulp at every step, (T,); see
        :func:`xpde.study.probes.perturbed_growth`.
    """

    train: np.ndarray
    test: np.ndarray
    growth: np.ndarray

    @classmethod
    def make(cls, config: CompareConfig) -> "Common":
        """Compute on NumPy."""
        problem = config.problem
        plan = problem.stepper()
        train, test = (
            plan.repeat(initial_states(problem, split), problem.warmup)
            for split in ("train", "test")
        )
        bk = backend("numpy", dtype=config.dtype)
        steps = compared_steps(config)
        growth = perturbed_growth(bk, problem.stepper(bk), test[0], steps, config.seed)
        return cls(train, test, growth)

    @classmethod
    def at(cls, path: Path, config: CompareConfig) -> "Common":
        """Read from ``path``, or make and write it."""
        if not path.exists():
            made = cls.make(config)
            write_fields(path, {"train": made.train, "test": made.test, "growth": made.growth})
        arrays, _ = read_fields(path)
        return cls(arrays["train"], arrays["test"], arrays["growth"])
