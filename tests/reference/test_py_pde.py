"""Rates and solutions of finite differences against py-pde: heat between walls, Burgers."""

import numpy as np
import pytest

from xpde.pde.implicit import ImplicitStepper, burgers, heat
from xpde.solvers import Direct, Picard
from xpde.space.finite import Box, Dirichlet, Neumann, Robin
from xpde.time import CRANK_NICOLSON

pde = pytest.importorskip("pde")

N, NU, END = 24, 0.02, 0.5
EPS = np.finfo(np.float64).eps
HEAT = "heat between walls"
BURGERS = "Burgers"


def start(x):
    """A smooth periodic state of one sign and one sine."""
    return 0.3 + 0.5 * np.sin(2 * np.pi * x)


def case(name):
    """Evolution and coordinates here; equation and grid there."""
    if name == HEAT:
        # a u + b u' = c outward is u' + (a/b) u = c/b there
        box = Box((N,), sides=(Dirichlet(0.4), Robin(2.0, 1.0, 0.7)), layout="cells")
        walls = {"x-": {"value": 0.4}, "x+": {"type": "mixed", "value": 2.0, "const": 0.7}}
        grid = pde.CartesianGrid([[0, 1]], N)
        return heat(box, NU), box, pde.DiffusionPDE(NU, bc=walls), grid, 0.0
    box, grid = Box((N,)), pde.CartesianGrid([[0, 1]], N, periodic=True)
    equation = pde.PDE({"u": f"{NU} * laplace(u) - u * d_dx(u)"}, bc="periodic")
    # the middle of its first cell is at h/2, ours at 0: a shift of the coordinate, no more
    return burgers(box, NU, scheme="centered"), box, equation, grid, 0.5 / N


@pytest.mark.parametrize("name", [HEAT, BURGERS])
def test_rates(bk, name):
    """The same differences: rates agree to rounding, of order ν ‖u‖ 4/h² eps."""
    evolution, box, equation, grid, shift = case(name)
    u = start(box.coordinates()[0])
    assert np.allclose(grid.axes_coords[0] - shift, box.coordinates()[0], rtol=0, atol=4 * EPS)
    expected = equation.evolution_rate(pde.ScalarField(grid, u)).data
    found = bk.to_numpy(evolution.rate(bk.asarray(u[None])))[0]
    assert np.max(np.abs(found - expected)) < 10 * EPS * 4 * NU * N**2


@pytest.mark.parametrize("name", [HEAT, BURGERS])
def test_solutions(name):
    """Against its adaptive solution: the difference is that of Crank-Nicolson, dt² and no other."""
    evolution, box, equation, grid, _ = case(name)
    u, gaps = start(box.coordinates()[0]), []
    solver = pde.ScipySolver(equation, method="DOP853", rtol=1e-11, atol=1e-11, backend="numpy")
    state = pde.ScalarField(grid, u)
    exact = pde.Controller(solver, t_range=END, tracker=None).run(state).data
    for count in (20, 40):
        stepper = ImplicitStepper(
            evolution,
            END / count,
            Direct(),
            scheme=CRANK_NICOLSON,
            nonlinear=None if evolution.linear else Picard(rtol=1e-12, max_steps=60),
        )
        gaps.append(np.max(np.abs(stepper.repeat(u[None], count)[0] - exact)))
    assert np.max(np.abs(exact - u)) > 0.1
    assert gaps[1] < 1e-3
    assert abs(np.log2(gaps[0] / gaps[1]) - 2) < 0.2, gaps


def test_walls_of_every_kind(relative):
    """Values, slopes and mixtures that are not zero, at either end."""
    kinds = {
        "value": (Dirichlet(0.3), {"value": 0.3}),
        "slope": (Neumann(-0.4), {"derivative": -0.4}),
        "mixed": (Robin(1.5, 0.5, 0.2), {"type": "mixed", "value": 3.0, "const": 0.4}),
    }
    grid, u = pde.CartesianGrid([[0, 1]], N), np.random.default_rng(0).standard_normal(N)
    for left, (here, there) in kinds.items():
        for right, (here2, there2) in kinds.items():
            bc = {"x-": there, "x+": there2}
            expected = pde.DiffusionPDE(NU, bc=bc).evolution_rate(pde.ScalarField(grid, u)).data
            box = Box((N,), sides=(here, here2), layout="cells")
            found = heat(box, NU).rate(u[None])[0]
            assert relative(found, expected) < 100 * EPS, (left, right)  # sums of three
