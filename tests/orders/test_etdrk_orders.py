"""The measured order of every scheme is its name, for real and for complex symbols."""

import numpy as np
import pytest

from xpde.pde import Stepper, burgers, convection, kdv
from xpde.space import Grid

# equation, final time, coarsest number of steps: inside the asymptotic window of all orders
CASES = {
    "burgers": (burgers(1, 0.2), 1.0, 16),
    "kdv": (kdv(1, hyper_diffusivity=0.0), 0.02, 16),
    "advection burgers": (convection(1, (0.0, -2.0, 0.05), 1.0), 1.0, 8),
}


@pytest.mark.parametrize("n", [31, 32])
@pytest.mark.parametrize("name", sorted(CASES))
def test_order(name, n):
    equation, t, coarsest = CASES[name]
    grid = Grid.cube(1, n, 2 * np.pi)
    (x,) = grid.coordinates()
    u = (np.sin(x) + 0.5 * np.cos(2 * x))[None]
    counts = [coarsest * 2**i for i in range(5)]

    def final(order, steps):
        return Stepper.build(equation, grid, t / steps, order=order).repeat(u, steps)

    reference = final(4, counts[-1] * 8)
    for order in (1, 2, 3, 4):
        errors = [np.max(np.abs(final(order, steps) - reference)) for steps in counts]
        slope = -np.polyfit(np.arange(5), np.log2(errors), 1)[0]
        assert abs(slope - order) < 0.2, (order, slope, errors)
