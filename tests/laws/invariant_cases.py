"""Invariants as maps of arrays."""

import numpy as np
from case import Case

from xpde.space import Grid
from xpde.study.invariants import divergence, energy, largest, mean

POINTS = (9, 8)
GRID = Grid(POINTS, (2 * np.pi, 3.0))

CASES = [
    Case("invariant-mean", (2, *POINTS), lambda bk: lambda u: mean(u, 2)),
    Case("invariant-energy", (2, *POINTS), lambda bk: lambda u: energy(u, 2)),
    Case("invariant-largest", (2, *POINTS), lambda bk: lambda u: largest(u, 2)),
    Case("invariant-divergence", (2, *POINTS), lambda bk: lambda u: divergence(u, GRID)),
]
