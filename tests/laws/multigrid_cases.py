"""Stencils, transfers, sweeps and cycles as maps of arrays."""

import numpy as np
from case import Case

from xpde.solvers import (
    MultigridPreconditioner,
    Prolongation,
    Restriction,
    SORPreconditioner,
    SSORPreconditioner,
    Stencil,
)

SHAPE, PERIODIC = (8, 7), (True, False)
OFFSETS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))


def stencil(bk, vary=True):
    c = np.reshape(np.asarray([4.5, -1.2, -0.8, -1.0, -1.0]), (-1, 1, 1))
    c = c * np.random.default_rng(0).uniform(1, 1.2, (1, *SHAPE)) if vary else c
    return Stencil(OFFSETS, bk.asarray(c), SHAPE, PERIODIC)


def made(factory, vary=True):
    return lambda bk: factory(stencil(bk, vary))


CASES = [
    Case("stencil", SHAPE, stencil),
    Case("stencil-transposed", SHAPE, lambda bk: stencil(bk).T),
    Case("prolongation", (4, 3), lambda bk: Prolongation(SHAPE, PERIODIC)),
    Case("prolongation-cells", (4, 3), lambda bk: Prolongation((8, 6), PERIODIC, cells=True)),
    Case("restriction", SHAPE, lambda bk: Restriction(SHAPE, PERIODIC)),
    Case("restriction-cells", (8, 6), lambda bk: Restriction((8, 6), PERIODIC, cells=True)),
    Case("sor-red-black", SHAPE, made(SORPreconditioner(1.2))),
    Case("ssor-lexicographic", SHAPE, made(SSORPreconditioner(1.2, "lexicographic"), vary=False)),
    Case("multigrid", SHAPE, made(MultigridPreconditioner(levels=2))),
]
