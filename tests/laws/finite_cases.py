"""Maps of finite differences: with walls, coefficients and winds, collocated and staggered."""

import numpy as np
from case import Case

from xpde.space.finite import (
    Box,
    Dirichlet,
    Neumann,
    Periodic,
    Robin,
    Staggered,
    Wall,
    advection,
    biharmonic,
    convection,
    diffusion,
    divergence,
    gradient,
    laplacian,
    upwind,
    weighted,
)

POINTS = (6, 5)
SIDES = (Periodic(), (Dirichlet(lambda x: np.cos(x[0])), Robin(1.0, 2.0, 0.3)))
BOX = Box(POINTS, (3.0, 2.0), SIDES)
NODES = Box(POINTS, (3.0, 2.0), (Neumann(0.4), Dirichlet(1.0)), "nodes")
LID = Staggered.build(POINTS, (3.0, 2.0), (None, (Wall(), Wall((1.0, 0.1)))))


def _wave(channels):
    return Case("field", (channels, *POINTS), None).sample(9)


def _smooth(bk):
    """Positive, and far from the zeros of a wind, where upwind differences have kinks."""
    return bk.asarray(np.exp(0.3 * _wave(1)[0]))


def _wind(bk):
    return bk.asarray(2.0 + 0.3 * _wave(2))


MAKERS = {
    "laplacian": (1, lambda bk: laplacian(BOX)),
    "weighted": (1, lambda bk: weighted(NODES, laplacian(NODES))),
    "biharmonic": (1, lambda bk: biharmonic(BOX)),
    "gradient": (1, lambda bk: gradient(NODES)),
    "divergence": (2, lambda bk: divergence(BOX)),
    "diffusion": (1, lambda bk: diffusion(BOX, _smooth(bk), mean="harmonic")),
    "upwind": (2, lambda bk: upwind(NODES, _wind(bk), channels=2)),
    "convection": (2, lambda bk: convection(BOX, _wind(bk), 0.7, variant="plain")),
    "advection": (1, lambda bk: advection(BOX, _wind(bk), form="skew")),
    "transposed": (1, lambda bk: advection(BOX, _wind(bk), form="conservative").linear.T),
    "staggered-laplacian": (2, lambda bk: LID.laplacian()),
    "staggered-divergence": (2, lambda bk: LID.divergence()),
    "staggered-vorticity": (2, lambda bk: LID.vorticity()),
    "staggered-upwind": (2, lambda bk: LID.upwind(_wind(bk))),
}


def own_wind(bk):
    """A state that carries itself: batches of winds with batches of states."""
    return lambda u: LID.upwind(2.5 + 0.1 * u)(u) + convection(BOX, 2.5 + 0.1 * u, walls=BOX)(u)


CASES = [
    *(Case(f"finite-{name}", (c, *POINTS), make) for name, (c, make) in MAKERS.items()),
    Case("finite-own-wind", (2, *POINTS), own_wind),
]
