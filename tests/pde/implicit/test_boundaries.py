"""Orders in space and time between walls of every kind, by solutions that are known."""

from itertools import pairwise

import numpy as np
import pytest

from xpde.pde.implicit import ImplicitStepper, advection_diffusion, heat
from xpde.solvers import Direct
from xpde.space.finite import Box, Dirichlet, Neumann, Periodic, Robin
from xpde.time import BDF2, CRANK_NICOLSON, IMPLICIT_EULER

NU, END = 0.1, 1.0
SCHEMES = {s.name: s for s in (IMPLICIT_EULER, CRANK_NICOLSON, BDF2)}


def mode(left, right):
    """κ, φ of the first v = sin(κ x + φ) with a v + b ∂ₙv = 0 at 0 and 1, -v'' = κ² v."""
    (a, b), (c, d) = left, right
    fits = np.linspace(1e-3, 3 * np.pi, 3001)

    def rest(k):
        phase = np.arctan2(b * k, a)  # a sin φ = b κ cos φ
        return c * np.sin(k + phase) + d * k * np.cos(k + phase)

    first = np.flatnonzero(np.sign(rest(fits[:-1])) != np.sign(rest(fits[1:])))[0]
    low, high = fits[first], fits[first + 1]
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rest(middle) * rest(low) > 0 else (low, middle)
    return low, np.arctan2(b * low, a)


WALLS = {
    "Dirichlet": (Dirichlet, (1.0, 0.0)),
    "Neumann": (Neumann, (0.0, 1.0)),
    "Robin": (lambda value: Robin(2.0, 1.0, value), (2.0, 1.0)),
}


def walled(left, right, n, layout):
    """A box between two walls and its solution t ↦ u: a line that stays and a mode that decays."""
    (make, (a, b)), (other, (c, d)) = WALLS[left], WALLS[right]
    slope, height = 0.7, -0.3  # u = height + slope x at rest, so that nothing given is 0
    k, phase = mode((a, b), (c, d))
    given = a * height - b * slope, c * (height + slope) + d * slope
    box = Box((n,), sides=(make(given[0]), other(given[1])), layout=layout)

    def exact(t):
        x = box.coordinates()
        return height + slope * x + np.exp(-NU * k**2 * t) * np.sin(k * x + phase)

    return box, exact


def order(errors, ratio=2.0):
    """The exponent between the last two of a sequence of errors."""
    return np.log(errors[-2] / errors[-1]) / np.log(ratio)


PAIRS = [(a, b) for a in WALLS for b in WALLS]


@pytest.mark.parametrize("layout", ["cells", "nodes"])
@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_order_in_space(left, right, layout):
    """Second order in the largest error, whatever is given at the walls and however it is mixed."""
    errors, sizes = [], []
    for n in (16, 32):
        box, exact = walled(left, right, n, layout)
        stepper = ImplicitStepper(heat(box, NU), END / 128, Direct(), scheme=CRANK_NICOLSON)
        errors.append(np.max(np.abs(stepper.repeat(exact(0.0), 128) - exact(END))))
        sizes.append(box.spacing[0])
    assert abs(order(errors, sizes[0] / sizes[1]) - 2) < 0.2, errors


@pytest.mark.parametrize("name", sorted(SCHEMES))
@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_order_in_time(left, right, name):
    """The order of the scheme at the limit of small steps on one grid: walls do not lower it."""
    box, exact = walled(left, right, 16, "cells")
    u, ends = exact(0.0), []
    for count in (16, 32, 64):
        stepper = ImplicitStepper(heat(box, NU), END / count, Direct(), scheme=SCHEMES[name])
        ends.append(stepper.repeat(u, count))
    gaps = [np.max(np.abs(b - a)) for a, b in pairwise(ends)]
    assert abs(order(gaps) - SCHEMES[name].order) < 0.2, gaps


@pytest.mark.parametrize(("scheme", "expected"), [("upwind", 1), ("centered", 2)])
def test_order_of_a_boundary_layer(scheme, expected):
    """u = (e^{c x/ν} - 1)/(e^{c/ν} - 1) stays as it is; the scheme has the order it says."""
    errors, speed = [], 0.3
    for n in (63, 127):
        box = Box((n,), sides=(Dirichlet(0.0), Dirichlet(1.0)), layout="nodes")
        u = np.expm1(speed * box.coordinates() / NU) / np.expm1(speed / NU)
        evolution = advection_diffusion(box, speed, NU, scheme=scheme)
        stepper = ImplicitStepper(evolution, 50.0, Direct(), scheme=IMPLICIT_EULER)
        errors.append(np.max(np.abs(stepper.repeat(u, 6) - u)))
    assert abs(order(errors) - expected) < 0.2, errors


def test_periodic_order_in_space():
    """The same without walls, for advection and diffusion together."""
    errors, speed = [], 0.5
    for n in (32, 64):
        box = Box((n,), sides=Periodic())
        x = 2 * np.pi * box.coordinates()
        evolution = advection_diffusion(box, speed, NU, scheme="centered")
        stepper = ImplicitStepper(evolution, 0.2 / 200, Direct(), scheme=CRANK_NICOLSON)
        decay = np.exp(-NU * 4 * np.pi**2 * 0.2)
        exact = decay * np.sin(x - 2 * np.pi * speed * 0.2)
        errors.append(np.max(np.abs(stepper.repeat(np.sin(x), 200) - exact)))
    assert abs(order(errors) - 2) < 0.2, errors


def test_walls_on_every_backend(bk, relative):
    """A mixed pair of walls gives the same everywhere, compiled where that exists."""
    box, exact = walled("Robin", "Neumann", 12, "cells")
    stepper = ImplicitStepper(heat(box, NU), 0.1, Direct(), scheme=BDF2)
    found = bk.jit(lambda s, u: s.repeat(u, 3))(stepper, bk.asarray(exact(0.0)))
    # κ(I + dt ν A) < 20, three steps
    assert relative(bk.to_numpy(found), stepper.repeat(exact(0.0), 3)) < 1000 * np.finfo(float).eps
