"""Maps of superiority ratios over the arithmetic that they cannot do without."""

from functools import partial

import numpy as np

import xpde
from bench.table import Row, row
from bench.timing import interleave
from xpde.study.superiority import Combination
from xpde.study.superiority.sweep import over_difficulties

__all__ = ["against_floor"]

SIDE = 200


def arithmetic(phi: np.ndarray, difficulties: np.ndarray) -> np.ndarray:
    """Three symbols a point and the ratio of two distances, on whole arrays, in one measure."""
    gamma, waves = difficulties[:, None], np.exp(-2j * np.pi * phi)
    taught = 1 / (1 + gamma * (1 - waves))
    exact = np.exp(-2j * np.pi * phi * gamma)
    emulator = 1 - gamma * (1 - waves)
    return abs(emulator - exact) / abs(taught - exact)


def against_floor(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time a map of SIDE² ratios in three measures, the host's whatever the backends."""
    del backends
    phi = np.geomspace(0.003, 0.5, SIDE)
    difficulties = np.linspace(0.05, 0.95, SIDE)
    pair = Combination("advection", "implicit", "implicit", "analytic", 0.5)
    timing = interleave(
        {
            "map": partial(over_difficulties, pair, 0.05, phi, difficulties),
            "floor": partial(arithmetic, phi, difficulties),
        },
        rounds=7,
    )
    return [
        row(timing, "map", "floor", suite="superiority", case=f"map of advection, {SIDE}²",
            backend="host", against="3 symbols and a quotient", target=None)
    ]  # fmt: skip
