"""Maps of fields on a grid: derivatives, projections, resolutions, spectra."""

import numpy as np
from case import Case

from xpde import space
from xpde.space import Grid, Symbols

BOXES = {1: Grid((12,), (3.0,)), 2: Grid((9, 8), (3.0, 2.0))}


def on_grid(fn, *args, **how):
    """A maker of ``u ↦ fn(u, *args)``; the function is the same on every backend."""
    return lambda bk: lambda u: fn(u, *args, **how)


def scalar_cases():
    box = BOXES[2]
    x = np.random.default_rng(0).uniform(-1, 4, (5, 2))
    makers = {
        "derivative": on_grid(space.derivative, box, 1, 3),
        "poisson": on_grid(space.poisson, box),
        "interpolate": on_grid(space.interpolate, box, x),
        "resample-down": on_grid(space.resample, box, (6, 5)),
        "resample-up": on_grid(space.resample, box, (12, 11)),
        "spectrum": on_grid(space.spectrum, box),
    }
    for name, make in makers.items():
        yield Case(f"{name}-2D", (2, *box.points), make)
    line = BOXES[1]
    yield Case("interpolate-1D", (2, *line.points), on_grid(space.interpolate, line, x[:, :1]))


def interpolate_at(bk):
    """The field stays and the points move."""
    box = BOXES[2]
    u = bk.asarray(Case("field", (1, *box.points), None).sample(7))
    return lambda x: space.interpolate(u, box, x)


def projection(bk):
    box = BOXES[2]
    return lambda z: space.project(z, space.unit_wavevectors(Symbols(box, like=z)))


def vector_cases():
    box = BOXES[2]
    for fn in (space.leray, space.divergence, space.curl):
        yield Case(f"{fn.__name__}-2D", (2, *box.points), on_grid(fn, box))
    yield Case("interpolate-points-2D", (5, 2), interpolate_at)
    yield Case("project-2D", (2, *box.spectral_shape), projection, complex=True)


CASES = [*scalar_cases(), *vector_cases()]
