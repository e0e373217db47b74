"""Every kind of operator on small boxes with every kind of wall, as the tests run over them."""

import numpy as np

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
    derivative,
    diffusion,
    divergence,
    gradient,
    laplacian,
    upwind,
    weighted,
)

MIXED = (Periodic(), (Dirichlet(1.0), Robin(1.0, 2.0, 0.3)))
BOXES = {
    "periodic": Box((4, 5), (1.0, 2.0)),
    "cells": Box((4, 5), (1.0, 2.0), MIXED),
    "nodes": Box((4, 5), (1.0, 2.0), (Dirichlet(2.0), (Neumann(1.0), Robin(1.0, 2.0))), "nodes"),
    "cube": Box((2, 3, 3), 1.0, (Neumann(), Periodic(), (Neumann(0.5), Dirichlet()))),
}
GRIDS = {
    "open": Staggered.build((4, 3)),
    "lid": Staggered.build((3, 4), 1.0, (Wall(), (Wall(), Wall((1.0, 0.0))))),
    "channel": Staggered.build((3, 2, 3), 1.0, (None, Wall((1.0, 0.2, -1.0)), None)),
}


def _field(box, seed, channels=1):
    return np.random.default_rng(seed).standard_normal((channels, *box.points))


def _positive(box):
    return np.exp(_field(box, 1)[0])


BOXED = {
    "slope": lambda b, bk: derivative(b, 1),
    "third": lambda b, bk: derivative(b, b.dims - 1, 3, accuracy=1, side=-1, closure=2),
    "laplacian": lambda b, bk: laplacian(b),
    "laplacian 4": lambda b, bk: laplacian(b, accuracy=4, closure=2),
    "weighted": lambda b, bk: weighted(b, laplacian(b)),
    "biharmonic": lambda b, bk: biharmonic(b),
    "pure": lambda b, bk: biharmonic(b, "pure"),
    "gradient": lambda b, bk: gradient(b, closure=1),
    "divergence": lambda b, bk: divergence(b, closure=1),
    "diffusion": lambda b, bk: diffusion(b, bk.asarray(_positive(b))),
    "harmonic": lambda b, bk: diffusion(b, bk.asarray(_positive(b)), mean="harmonic"),
    "function": lambda b, bk: diffusion(b, lambda x: 1 + x[0] ** 2, like=bk.asarray(np.zeros(1))),
    "upwind": lambda b, bk: upwind(b, bk.asarray(_field(b, 2, b.dims)), walls=b, channels=1),
    "plain": lambda b, bk: upwind(b, bk.asarray(_field(b, 2, b.dims)), variant="plain", channels=1),
    "convection": lambda b, bk: convection(b, bk.asarray(_field(b, 2, b.dims)), 0.7, channels=1),
    "skew": lambda b, bk: advection(
        b, bk.asarray(_field(b, 2, b.dims)), form="skew", walls=b, channels=1
    ),
    "conservative": lambda b, bk: advection(
        b, bk.asarray(_field(b, 2, b.dims)), form="conservative", scheme="upwind", channels=1
    ),
}
STAGGERED = {
    "divergence": lambda g, bk: g.divergence(),
    "gradient": lambda g, bk: g.gradient(),
    "laplacian": lambda g, bk: g.laplacian(),
    "vorticity": lambda g, bk: g.vorticity(),
    "average": lambda g, bk: g.average(0, 1),
    "upwind": lambda g, bk: g.upwind(bk.asarray(_field(g, 3, g.dims))),
}


def _cases(kinds, makers, prefix):
    for kind, where in kinds.items():
        for name, make in makers.items():
            yield f"{prefix}{name}-{kind}", make, where


CASES = [*_cases(BOXES, BOXED, ""), *_cases(GRIDS, STAGGERED, "staggered ")]
