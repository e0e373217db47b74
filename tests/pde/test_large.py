"""Large fields are transformed one after the other, and real coefficients stay real: same steps."""

import numpy as np
import pytest

from xpde.core import leaves
from xpde.pde import (
    Stepper,
    burgers,
    diffusion,
    dispersion,
    fields,
    kuramoto_sivashinsky,
    navier_stokes_velocity,
    rollout,
    swift_hohenberg,
)
from xpde.space import Grid

EPS = np.finfo(np.float64).eps
GRID = Grid.cube(2, 12, 2 * np.pi)
CASES = {
    "flux": burgers(2, conservative=True),
    "rotational": burgers(2),
    "projected": navier_stokes_velocity(2),
    "gradient norm": kuramoto_sivashinsky(2),
    "polynomial": swift_hohenberg(2),
}


@pytest.mark.parametrize("name", CASES)
def test_large_fields_take_the_same_steps(bk, relative, band_limited, limits, name):
    """One field at a time, and the spectrum handed on in one piece, change nothing but rounding."""
    equation = CASES[name]
    u = bk.asarray(band_limited(GRID, equation.channels, seed=4))
    found = []
    for large in (2**40, 0):
        limits(fields, _LARGE=large)
        limits(rollout, _BLOCK=large)
        stepper = Stepper.build(equation, GRID, 0.01, backend=bk)
        found.append(bk.to_numpy(stepper.rollout(u, 3)))
    assert relative(found[1], found[0]) < 100 * EPS  # three steps of two products


def test_coefficients_are_real_where_they_can_be(bk):
    """Half the memory where programs are compiled; diffusion has a real symbol, dispersion none."""
    kinds = {}
    for equation in (diffusion(1), dispersion(1)):
        stepper = Stepper.build(equation, Grid.cube(1, 8), 0.1, backend=bk)
        (factor,) = leaves(stepper.integrator)
        kinds[equation.name] = np.iscomplexobj(bk.to_numpy(factor))
    assert kinds == {"diffusion": not bk.capabilities.compiles, "dispersion": True}
