"""Every public map of arrays, how to build it and what to feed it: the laws run over the list."""

import numpy as np
from case import Case
from corrector_cases import CASES as CORRECTOR_CASES
from equations import examples
from finite_cases import CASES as FINITE_CASES
from invariant_cases import CASES as INVARIANT_CASES
from krylov_cases import CASES as KRYLOV_CASES
from metric_cases import CASES as METRIC_CASES
from multigrid_cases import CASES as MULTIGRID_CASES
from objective_cases import CASES as OBJECTIVE_CASES
from prdp_cases import CASES as PRDP_CASES
from refine_cases import CASES as REFINE_CASES
from solver_cases import CASES as SOLVER_CASES
from space_cases import CASES as SPACE_CASES
from superiority_cases import CASES as SUPERIORITY_CASES
from wrapped_cases import CASES as WRAPPED_CASES

from xpde import nn
from xpde.pde import Stepper, burgers, variable_transport, with_source
from xpde.space import Band, Grid, to_physical, to_spectral

POINTS = {1: (12,), 2: (9, 8)}


def grid(dims: int) -> Grid:
    return Grid(POINTS[dims], tuple(2 * np.pi for _ in range(dims)))


def user_equations():
    """A source and coefficients that vary in space, as the user would write them."""
    for dims in (1, 2):
        x = grid(dims).coordinates()
        wave = 1.0 + 0.5 * np.cos(x[0])
        yield f"source-{dims}D", with_source(burgers(dims), wave)
        velocity = np.stack([wave + j for j in range(dims)])
        yield f"variable-{dims}D", variable_transport(dims, velocity, 0.1 * wave)


def stepper_cases():
    for label, equation in [*examples(1, 2), *user_equations()]:

        def make(bk, equation=equation):
            return Stepper.build(equation, grid(equation.dims), 1e-3, backend=bk)

        yield Case(label, (equation.channels, *POINTS[equation.dims]), make)


def networks(dims: int):
    """Networks and layers, smooth and small; all but a few in one number of dimensions."""
    size = POINTS[dims]
    smooth = {"activation": "tanh"}
    yield size, nn.Conv(dims, 2, 2, width=3, depth=2, **smooth)
    yield size, nn.FNO(dims, 2, 2, modes=2, width=3, blocks=1)
    yield size, nn.Pure(dims, 2, 2, 3, boundary="dirichlet")
    yield size, nn.MLP(dims, 2, 2, size, width=4, depth=1, **smooth)
    if dims == 1:
        yield size, nn.Dil(1, 2, 2, depth=1, width=3, blocks=1, **smooth)
        yield size, nn.UNet(1, 2, 2, width=2, levels=1, **smooth)
        yield size, nn.MoUNet(1, 2, 2, width=2, levels=1, boundary="neumann", **smooth)
        yield size, nn.Transformer(1, 2, 2, width=4, heads=2, blocks=1, **smooth)
        yield size, nn.Attention(2, heads=2)
        yield size, nn.LayerNorm(1, 2)
    else:
        yield size, nn.Res(2, 2, 2, width=3, blocks=1, boundary="neumann", **smooth)
        yield size, nn.MoRes(2, 2, 2, width=3, blocks=1, boundary="dirichlet", **smooth)
        yield size, nn.GroupNorm(2, 2, groups=2)
        yield size, nn.TransposedConvolution(2, 2, 1, kernel=4, boundary="neumann")


def network_cases():
    for dims in (1, 2):
        for size, network in networks(dims):

            def make(bk, network=network):
                from xpde.core import stream, tree_map

                params = tree_map(bk.asarray, network.init(stream(0, "laws")))
                return lambda u: network.apply(params, u)

            yield Case(f"{type(network).__name__}-{dims}D", (2, *size), make)


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


CASES = [
    *stepper_cases(),
    *METRIC_CASES,
    *network_cases(),
    *transform_cases(),
    *SOLVER_CASES,
    *SPACE_CASES,
    *FINITE_CASES,
    *INVARIANT_CASES,
    *KRYLOV_CASES,
    *CORRECTOR_CASES,
    *MULTIGRID_CASES,
    *OBJECTIVE_CASES,
    *PRDP_CASES,
    *REFINE_CASES,
    *SUPERIORITY_CASES,
    *WRAPPED_CASES,
]
