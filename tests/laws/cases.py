"""Every public map of arrays, how to build it and what to feed it: the laws run over the list."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xpde import nn, pde
from xpde.metrics import METRICS, metric
from xpde.pde import Stepper
from xpde.space import Band, Grid, to_physical, to_spectral


@dataclass(frozen=True)
class Case:
    """``make(bk)`` gives a function of one array; ``shape`` is that of one sample.

    ``rank`` is the number of trailing axes of the result that belong to one sample.
    """

    name: str
    shape: tuple[int, ...]
    make: Callable
    complex: bool = False
    smooth: bool = True

    def sample(self, seed: int) -> np.ndarray:
        """A band-limited random state, or a random spectrum."""
        rng = np.random.default_rng(seed)
        if self.complex:
            return rng.standard_normal(self.shape) + 1j * rng.standard_normal(self.shape)
        axes = tuple(range(1, len(self.shape)))
        u_hat = np.fft.fftn(rng.standard_normal(self.shape), axes=axes)
        for axis in axes:
            k = np.abs(np.fft.fftfreq(self.shape[axis], 1 / self.shape[axis]))
            keep = np.reshape(k <= 2, [-1 if a == axis else 1 for a in range(len(self.shape))])
            u_hat = u_hat * keep
        return np.fft.ifftn(u_hat, axes=axes).real


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
