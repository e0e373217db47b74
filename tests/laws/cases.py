"""Every public map of arrays, how to build it and what to feed it: the laws run over the list."""

import numpy as np
from case import Case

from xpde import nn, pde
from xpde.metrics import METRICS, metric
from xpde.pde import Stepper
from xpde.space import Band, Grid, to_physical, to_spectral

POINTS = {1: (12,), 2: (9, 8)}


def grid(dims: int) -> Grid:
    return Grid(POINTS[dims], tuple(2 * np.pi for _ in range(dims)))


def stepper_cases():
    for name, builder in sorted(pde.CATALOGUE.items()):
        flat = "vorticity" in name
        for dims in (2,) if flat else (1, 2):
            if name == "kolmogorov_vorticity":
                equation = builder(injection_mode=1)
            else:
                equation = builder() if flat else builder(dims)

            def make(bk, equation=equation, dims=dims):
                return Stepper.build(equation, grid(dims), 1e-3, backend=bk)

            yield Case(f"{name}-{dims}D", (equation.channels, *POINTS[dims]), make)


def metric_cases():
    reference = Case("reference", (2, *POINTS[1]), None).sample(99)
    for name in sorted(METRICS):

        def make(bk, name=name):
            ref = bk.asarray(reference)
            return lambda u: metric(name)(u, ref, dims=1)

        yield Case(f"metric-{name}", reference.shape, make)


def network_cases():
    for dims in (1, 2):
        for network in (
            nn.Conv(dims, 2, 2, width=3, depth=2, activation="tanh"),
            nn.FNO(dims, 2, 2, modes=2, width=3, blocks=1),
        ):

            def make(bk, network=network):
                from xpde.core import stream, tree_map

                params = tree_map(bk.asarray, network.init(stream(0, "laws")))
                return lambda u: network.apply(params, u)

            yield Case(f"{type(network).__name__}-{dims}D", (2, *POINTS[dims]), make)


def transform_cases():
    for dims in (1, 2):
        shape = POINTS[dims]
        yield Case(
            f"to_spectral-{dims}D", (2, *shape), lambda bk, d=dims: lambda u: to_spectral(u, d)
        )
        half = (*shape[:-1], shape[-1] // 2 + 1)
        yield Case(
            f"to_physical-{dims}D",
            (2, *half),
            lambda bk, d=dims: lambda z: to_physical(z, grid(d)),
            complex=True,
        )
        yield Case(f"band-{dims}D", (2, *shape), lambda bk, d=dims: Band(grid(d)).to_band)


CASES = [*stepper_cases(), *metric_cases(), *network_cases(), *transform_cases()]
