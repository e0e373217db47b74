"""The measured order of every scheme is its name, on every nonlinear equation of the catalogue."""

import numpy as np
import pytest

from xpde.pde import (
    CATALOGUE,
    Equation,
    Stepper,
    allen_cahn,
    belousov_zhabotinsky,
    burgers,
    cahn_hilliard,
    convection,
    fisher_kpp,
    gradient_norm,
    gray_scott,
    kdv,
    klein_gordon,
    kolmogorov_velocity,
    kolmogorov_vorticity,
    kuramoto_sivashinsky,
    kuramoto_sivashinsky_conservative,
    navier_stokes_velocity,
    navier_stokes_vorticity,
    passive_scalar,
    polynomial,
    schroedinger,
    sine_gordon,
    single_channel,
    swift_hohenberg,
    vorticity_convection,
)
from xpde.space import Grid

COUNTS = (16, 32, 64)
FINEST = 512

# equation in d axes, final time, mean and amplitude of the state: inside the asymptotic window,
# where errors of order 4 are above rounding and those of order 1 below the state
ANY = {
    "allen_cahn": (lambda d: allen_cahn(d, 0.05), 0.5, 0.0, 1.0),
    "belousov_zhabotinsky": (
        lambda d: belousov_zhabotinsky(d, 0.5, 0.4, 0.05, diffusivities=(0.05, 0.03, 0.02)),
        0.5,
        0.5,
        0.2,
    ),
    "burgers": (lambda d: burgers(d, 0.2), 0.7, 0.0, 1.0),
    "burgers conservative": (lambda d: burgers(d, 0.2, conservative=True), 0.7, 0.0, 1.0),
    "burgers single": (lambda d: burgers(d, 0.2, single_channel=True), 0.5, 0.0, 1.0),
    "cahn_hilliard": (lambda d: cahn_hilliard(d, 0.1, 0.2), 1.0, 0.0, 1.0),
    "convection": (lambda d: convection(d, (0.0, -2.0, 0.05, 0.01)), 0.5, 0.0, 1.0),
    "fisher_kpp": (lambda d: fisher_kpp(d, 0.05), 1.0, 0.5, 0.2),
    "gradient_norm": (lambda d: gradient_norm(d, (0.0, 0.0, 0.1, 0.02, -0.02)), 0.5, 0.0, 1.0),
    "gray_scott": (lambda d: gray_scott(d, 0.4, 0.6, (0.05, 0.02)), 1.0, 0.5, 0.2),
    "kdv": (lambda d: kdv(d, hyper_diffusivity=0.0), 0.02, 0.0, 1.0),
    "klein_gordon": (lambda d: klein_gordon(d, cubic=1.0), 1.0, 0.0, 1.0),
    "kuramoto_sivashinsky": (
        lambda d: kuramoto_sivashinsky(d, 1.0, 0.3, 0.05),
        0.3,
        0.0,
        1.0,
    ),
    "kuramoto_sivashinsky_conservative": (
        lambda d: kuramoto_sivashinsky_conservative(d, 1.0, 0.3, 0.05),
        0.3,
        0.0,
        1.0,
    ),
    "polynomial": (lambda d: polynomial(d, (1.0, 0.0, 0.05), (0.0, 0.0, -1.0)), 1.0, 0.5, 0.2),
    "schroedinger": (schroedinger, 0.2, 0.0, 0.8),
    "sine_gordon": (sine_gordon, 1.0, 0.0, 1.5),
    "single_channel": (
        lambda d: single_channel(d, (0.0, -1.0, 0.1), (-0.3, -1.0, 0.4)),
        0.5,
        0.0,
        1.0,
    ),
    "swift_hohenberg": (lambda d: swift_hohenberg(d, 0.7, 0.5), 0.1, 0.3, 0.5),
}
PLANE = {
    "kolmogorov_velocity": (
        lambda d: kolmogorov_velocity(d, 0.05, injection_mode=1),
        0.5,
        0.0,
        1.0,
    ),
    "kolmogorov_vorticity": (
        lambda d: kolmogorov_vorticity(0.05, injection_mode=1),
        0.5,
        0.0,
        1.0,
    ),
    "navier_stokes_velocity": (lambda d: navier_stokes_velocity(d, 0.05), 0.5, 0.0, 1.0),
    "navier_stokes_vorticity": (lambda d: navier_stokes_vorticity(0.05), 1.0, 0.0, 1.0),
    "passive_scalar": (lambda d: passive_scalar(0.05, 0.02), 1.0, 0.0, 1.0),
    "vorticity_convection": (lambda d: vorticity_convection((0.0, 0.5, 0.05)), 1.0, 0.0, 1.0),
}
TABLE = [(name, 1, *ANY[name]) for name in ANY] + [
    (name, 2, *case) for name, case in (ANY | PLANE).items()
]


def state(grid: Grid, channels: int) -> np.ndarray:
    """Two waves along every axis and a mixed one, another phase in every channel."""
    x = [np.squeeze(grid.coordinates(), 0)] if grid.dims == 1 else list(grid.coordinates())
    rows = []
    for c in range(channels):
        row = np.sin(x[0] + 0.3 * c) + 0.5 * np.cos(2 * x[0] - 0.7 * c)
        if grid.dims == 2:
            mixed = 0.5 * np.cos(x[1] + 0.4 + c) * np.sin(x[0] - x[1])
            row = 0.6 * row + mixed + 0.3 * np.sin(2 * x[1] - c)
        rows.append(row)
    return np.stack(rows)


def orders(equation: Equation, grid: Grid, u: np.ndarray, t: float) -> dict[int, float]:
    """Return the slope of the root mean square error over three halvings, for orders 1 to 4."""

    def final(order, steps):
        return Stepper.build(equation, grid, t / steps, order=order).repeat(u, steps)

    reference, found = final(4, FINEST), {}
    for order in (1, 2, 3, 4):
        errors = [np.sqrt(np.mean((final(order, n) - reference) ** 2)) for n in COUNTS]
        found[order] = -np.polyfit(np.arange(len(COUNTS)), np.log2(errors), 1)[0]
    return found


@pytest.mark.parametrize(
    ("name", "dims", "build", "t", "mean", "amplitude"),
    TABLE,
    ids=[f"{r[0]}-{r[1]}D" for r in TABLE],
)
def test_order(name, dims, build, t, mean, amplitude):
    equation = build(dims)
    grid = Grid.cube(dims, 15 + len(name) % 2, 2 * np.pi)  # odd and even alternate
    found = orders(equation, grid, mean + amplitude * state(grid, equation.channels), t)
    for order, slope in found.items():
        assert abs(slope - order) < 0.2, found


@pytest.mark.parametrize("n", [31, 32])
def test_order_for_a_dispersive_symbol_on_a_finer_grid(n):
    """KdV with modes whose phase turns many times a step: the case that real parts get wrong."""
    grid = Grid.cube(1, n, 2 * np.pi)
    found = orders(kdv(1, hyper_diffusivity=0.0), grid, state(grid, 1), 0.02)
    for order, slope in found.items():
        assert abs(slope - order) < 0.2, found


def test_the_table_is_the_catalogue():
    """Every nonlinear equation is measured, in one and in two dimensions where it has both."""
    names = {name.split()[0] for name in ANY | PLANE}
    nonlinear = set()
    for name, build in CATALOGUE.items():
        equation = PLANE[name][0](2) if name in PLANE else build(2)
        if equation.nonlinear is not None:
            nonlinear.add(name)
    assert names == nonlinear
