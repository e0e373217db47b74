"""Agreement with Exponax 0.2.0 in double precision, on states inside the band of the products."""

import numpy as np
import pytest

exponax = pytest.importorskip("exponax", minversion="0.2.0")
jax = pytest.importorskip("jax")

from xpde.pde import (  # noqa: E402
    Stepper,
    burgers,
    kdv,
    kolmogorov_vorticity,
    kuramoto_sivashinsky,
    kuramoto_sivashinsky_conservative,
    navier_stokes_vorticity,
)
from xpde.space import Grid  # noqa: E402

SIZES = {1: (21, 24), 2: (15, 16), 3: (11, 12)}
LENGTH, DT, STEPS = 3.0, 0.01, 10


def state(grid, channels):
    rng = np.random.default_rng(0)
    u_hat = np.fft.rfftn(
        rng.standard_normal((channels, *grid.points)), axes=tuple(range(-grid.dims, 0))
    )
    for axis in range(grid.dims):
        u_hat = u_hat * grid.along(np.abs(grid.wavenumbers(axis)) <= 2, axis)
    u = np.fft.irfftn(u_hat, s=grid.points, axes=tuple(range(-grid.dims, 0)))
    return 0.5 * u / np.max(np.abs(u))


def pair(name, dims):
    s = exponax.stepper
    table = {
        "burgers": (burgers(dims), s.Burgers, {}),
        "burgers conservative": (
            burgers(dims, conservative=True),
            s.Burgers,
            {"conservative": True},
        ),
        "burgers single": (burgers(dims, single_channel=True), s.Burgers, {"single_channel": True}),
        "burgers single conservative": (
            burgers(dims, 0.05, 0.8, single_channel=True, conservative=True),
            s.Burgers,
            {
                "single_channel": True,
                "conservative": True,
                "diffusivity": 0.05,
                "convection_scale": 0.8,
            },
        ),
        "ks": (kuramoto_sivashinsky(dims), s.KuramotoSivashinsky, {}),
        "ks conservative": (
            kuramoto_sivashinsky_conservative(dims),
            s.KuramotoSivashinskyConservative,
            {},
        ),
        "ns": (
            navier_stokes_vorticity(0.01, 1.2, -0.1),
            s.NavierStokesVorticity,
            {"vorticity_convection_scale": 1.2, "drag": -0.1},
        ),
        # its forcing is -kγ cos(κx₁); ours is κγ cos(κx₁)
        "kolmogorov": (
            kolmogorov_vorticity(injection_mode=2, injection_scale=-0.7 * LENGTH / (2 * np.pi)),
            s.KolmogorovFlowVorticity,
            {"injection_mode": 2, "injection_scale": 0.7},
        ),
    }
    return table[name]


CASES = [
    (name, dims, order)
    for name in ("burgers", "burgers conservative", "burgers single", "ks", "ks conservative")
    for dims, order in ((1, 2), (1, 4), (2, 2), (3, 2))
    if not (name == "ks conservative" and dims > 1)  # it warns by printing
]
CASES += [("burgers single conservative", 2, 3), ("burgers", 1, 1), ("burgers", 1, 3)]
CASES += [("ns", 2, 2), ("ns", 2, 4), ("kolmogorov", 2, 2)]


@pytest.mark.parametrize("odd", [0, 1])
@pytest.mark.parametrize(("name", "dims", "order"), CASES)
def test_ten_steps(relative, name, dims, order, odd):
    n = SIZES[dims][odd]
    equation, peer, options = pair(name, dims)
    grid = Grid.cube(dims, n, LENGTH)
    u = state(grid, equation.channels)
    theirs = peer(dims, LENGTH, n, DT, order=order, **options)
    expected = np.asarray(jax.jit(exponax.repeat(theirs, STEPS))(u))
    found = Stepper.build(equation, grid, DT, order=order).repeat(u, STEPS)
    # their contour averages hold 3e-13 at |z| = 5; growth of KS is e^{tp²/4p²} ≈ 1
    assert relative(found, expected) < 1e-11


def test_kdv_agrees_as_the_step_shrinks(relative):
    """They take the real part of complex coefficients: first order, the same limit."""
    grid = Grid.cube(1, 24, LENGTH)
    u, gaps = state(grid, 1), []
    for steps in (40, 80, 160):
        theirs = exponax.stepper.KortewegDeVries(1, LENGTH, 24, 0.004 / steps, order=4)
        expected = np.asarray(jax.jit(exponax.repeat(theirs, steps))(u))
        found = Stepper.build(kdv(1), grid, 0.004 / steps, order=4).repeat(u, steps)
        gaps.append(relative(found, expected))
    assert gaps[-1] < 1e-3
    np.testing.assert_allclose(np.log2(gaps[0] / np.array(gaps[1:])), [1, 2], atol=0.3)
