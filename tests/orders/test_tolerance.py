"""Adaptive steps: the error follows the tolerance, and costs less than the best fixed step."""

from functools import cache

import numpy as np
import pytest

from xpde.pde import (
    Stepper,
    burgers,
    kdv,
    kuramoto_sivashinsky_conservative,
    navier_stokes_vorticity,
)
from xpde.space import Grid, to_physical, to_spectral
from xpde.time import Adaptive

PIECES = 8
TOLERANCES = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)


def vortices(grid):
    x, y = grid.coordinates()
    return 2.0 * (np.sin(x) * np.cos(y) + np.cos(2 * x - y) + np.sin(x + 2 * y))[None]


def lengthwise(grid):
    x = grid.coordinates() * 2 * np.pi / grid.extent[0]
    return np.cos(x) * (1 + np.sin(x))


# equation, grid, state, final time, steps of the reference
PROBLEMS = {
    # Zabusky & Kruskal: the cosine steepens near t = 1/π, then parts into solitons
    "kdv": (
        kdv(1, 1.0, 0.03**2, hyper_diffusivity=0.0),
        Grid.cube(1, 95, 2.0),
        lambda grid: np.cos(np.pi * grid.coordinates()),
        1.0,
        8192,
    ),
    "burgers": (burgers(1, 0.05), Grid.cube(1, 64, 2 * np.pi), lengthwise, 2.0, 2048),
    "kuramoto sivashinsky": (
        kuramoto_sivashinsky_conservative(1),
        Grid.cube(1, 63, 32 * np.pi),
        lengthwise,
        20.0,  # a few times 1/λ for the largest Lyapunov exponent λ near 0.1
        2048,
    ),
    "navier stokes": (
        navier_stokes_vorticity(0.01),
        Grid.cube(2, 24, 2 * np.pi),
        vortices,
        2.0,
        1024,
    ),
}


def size(u):
    return np.sqrt(np.mean(u * u))


def adaptive(equation, grid, u, t, rtol):
    """Return the state after t in PIECES calls, and how many steps of four evaluations it took."""
    stepper = Stepper.build(equation, grid, t / PIECES, method=Adaptive(rtol))
    u_hat, tries = to_spectral(u, grid.dims), 0
    for _ in range(PIECES):  # NumPy's band is the whole spectrum here: nothing to put together
        u_hat, count = stepper.integrator.advance(u_hat, stepper.term)
        tries += int(count)
    return to_physical(u_hat, grid), tries


@cache
def reference(name):
    equation, grid, start, t, steps = PROBLEMS[name]
    return Stepper.build(equation, grid, t / steps, order=4).repeat(start(grid), steps)


def error_of(name, v):
    return size(v - reference(name)) / size(reference(name))


@cache
def measured(name):
    """Return (error, tries) by tolerance."""
    equation, grid, start, t, _ = PROBLEMS[name]
    runs = {rtol: adaptive(equation, grid, start(grid), t, rtol) for rtol in TOLERANCES}
    return {rtol: (error_of(name, v), tries) for rtol, (v, tries) in runs.items()}


every = pytest.mark.parametrize("name", sorted(PROBLEMS))


@every
def test_error_is_within_five_tolerances_and_proportional(name):
    errors = [measured(name)[rtol][0] for rtol in TOLERANCES]
    # diffusion forgets errors (Burgers: 0.03 rtol); solitons and chaos keep or amplify them
    for rtol, error in zip(TOLERANCES, errors, strict=True):
        assert 0.01 * rtol < error < 5 * rtol, (name, errors)
    slope = np.polyfit(np.log10(TOLERANCES), np.log10(errors), 1)[0]
    assert abs(slope - 1) < 0.15, (name, errors)  # the ladder has gaps of a third: 4 log10(4/3) / 4


@every
def test_work_grows_with_the_fourth_root(name):
    tries = [measured(name)[rtol][1] for rtol in TOLERANCES]
    slope = -np.polyfit(np.log10(TOLERANCES), np.log10(tries), 1)[0]
    assert abs(slope - 0.25) < 0.04, (name, tries)


def test_adaptive_steps_beat_the_best_fixed_step_on_kdv():
    """The fewest fixed steps of the same error, found with hindsight, take more evaluations."""
    equation, grid, start, t, _ = PROBLEMS["kdv"]
    error, tries = measured("kdv")[1e-6]

    def fixed(n):
        v = Stepper.build(equation, grid, t / n, order=4).repeat(start(grid), n)
        return error_of("kdv", v)

    few, enough = tries // 2, 4 * tries
    assert fixed(enough) < error < fixed(few)
    while enough > 1.02 * few:
        middle = int(np.sqrt(few * enough))
        few, enough = (few, middle) if fixed(middle) <= error else (middle, enough)
    assert 4 * few > 1.15 * (4 * tries + PIECES), (few, tries)
