"""What equations say they conserve depends on their numbers; tests elsewhere hold them to it."""

import numpy as np
import pytest

from xpde.pde import (
    Stepper,
    advection,
    burgers,
    convection,
    dispersion,
    fisher_kpp,
    gradient_norm,
    kdv,
    kolmogorov_velocity,
    kuramoto_sivashinsky_conservative,
    linear,
    navier_stokes_velocity,
    navier_stokes_vorticity,
    passive_scalar,
    single_channel,
    vorticity_convection,
)
from xpde.space import Grid

MEAN, BOTH = ("mean",), ("mean", "energy")
TABLE = [
    (linear(2, (0.0, -0.3, 0.1)), MEAN),
    (linear(2, (0.0, -0.3, 0.0, 0.02)), BOTH),
    (linear(2, (-0.1, -0.3)), ()),
    (linear(2, (np.asarray(0.0), -0.3)), ()),  # a variable may become anything
    (advection(3, (0.3, -0.2, 0.1)), BOTH),
    (dispersion(2, 0.01, mixed=True), BOTH),
    (burgers(1), MEAN),
    (burgers(2), ()),
    (burgers(2, conservative=True), MEAN),
    (burgers(3, single_channel=True), MEAN),
    (kdv(2), ()),
    (kdv(2, conservative=True), MEAN),
    (kuramoto_sivashinsky_conservative(2), MEAN),
    (kuramoto_sivashinsky_conservative(2, conservative=False), ()),
    (convection(1, (0.0, 0.0, 0.1)), MEAN),
    (convection(1, (0.1, 0.0, 0.1)), ()),
    (convection(2, (0.0, 0.0, 0.1)), ()),
    (gradient_norm(2), MEAN),
    (gradient_norm(2, (0.1, 0.0, -1.0, 0.0, -1.0)), ()),
    (single_channel(2, nonlinear=(0.0, -1.0, 1.0)), MEAN),
    (single_channel(2, nonlinear=(0.5, -1.0, 1.0)), ()),
    (fisher_kpp(1), ()),
    (vorticity_convection((0.0, 0.5, 0.05), injection_scale=1.0), MEAN),
    (vorticity_convection((-0.1, 0.5, 0.05)), ()),
    (navier_stokes_vorticity(0.01), MEAN),
    (navier_stokes_vorticity(0.01, drag=-0.1), ()),
    (navier_stokes_velocity(2), ("mean", "divergence")),
    (navier_stokes_velocity(2, drag=-0.1), ("divergence",)),
    (kolmogorov_velocity(2, injection_mode=1), ("mean", "divergence")),
    (passive_scalar(drag=-0.1), ()),
]


@pytest.mark.parametrize(("equation", "expected"), TABLE, ids=lambda x: getattr(x, "name", ""))
def test_names_follow_the_coefficients(equation, expected):
    assert equation.conserves == expected


LOST = [e for e, kept in TABLE if "mean" not in kept and not np.shape(e.parameters.get("a", 0))]


@pytest.mark.parametrize("equation", LOST, ids=lambda e: e.name)
def test_what_is_not_named_is_not_kept(equation):
    """The mean of a state in general position moves, visibly within a short time."""
    grid = Grid.cube(equation.dims, 16, 2 * np.pi)
    x = grid.coordinates()
    u = np.stack(
        [
            0.5 + np.sin(x[0] + c) + 0.5 * np.cos(x[-1] - 2 * x[0] + 2 * c)
            for c in range(equation.channels)
        ]
    )
    v = Stepper.build(equation, grid, 0.02, order=4).repeat(u, 10)
    axes = tuple(range(1, u.ndim))
    assert np.max(np.abs(v.mean(axis=axes) - u.mean(axis=axes))) > 1e-4
