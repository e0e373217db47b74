"""Equivariance: shifts, reflections and exchanged axes commute with a step."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpde.pde import (
    CATALOGUE,
    Stepper,
    advection,
    burgers,
    diffusion,
    kdv,
    kolmogorov_velocity,
    kolmogorov_vorticity,
)
from xpde.space import Grid

sys.path.insert(0, str(Path(__file__).parents[1] / "laws"))
from equations import examples

POINTS = {1: 17, 2: 12, 3: 9}
TOLERANCE = 1e-13  # three steps whose transforms sum in another order
EXAMPLES = dict(examples(1, 2, 3))

# what the channels are: it says how they turn with space
SCALAR = {
    "advection",
    "advection_diffusion",
    "allen_cahn",
    "belousov_zhabotinsky",
    "cahn_hilliard",
    "diffusion",
    "dispersion",
    "fisher_kpp",
    "gradient_norm",
    "gray_scott",
    "hyper_diffusion",
    "klein_gordon",
    "kuramoto_sivashinsky",
    "linear",
    "poisson",
    "polynomial",
    "schroedinger",
    "sine_gordon",
    "single_channel",
    "swift_hohenberg",
    "wave",
}
VECTOR = {
    "burgers",
    "convection",
    "kdv",
    "kolmogorov_velocity",
    "kuramoto_sivashinsky_conservative",
    "navier_stokes_velocity",
}
VORTICITY = {
    "kolmogorov_vorticity",
    "navier_stokes_vorticity",
    "passive_scalar",
    "vorticity_convection",
}
DRIVEN = {"kolmogorov_velocity", "kolmogorov_vorticity"}  # the force singles out axis 1
HANDED = {"advection", "advection_diffusion", "dispersion", "kdv", "linear", "single_channel"}

Move = Callable[[np.ndarray], np.ndarray]


def reflect(u: np.ndarray, axis: int) -> np.ndarray:
    """u(-x) along a spatial axis counted from 0; the point x = 0 stays."""
    return np.roll(np.flip(u, axis + 1), 1, axis + 1)


def reflection(name: str, axis: int) -> Move:
    def move(u):
        v = reflect(u, axis).copy()
        if name in VECTOR:
            v[axis] *= -1
        if name in VORTICITY:  # the channel of a scalar that is carried keeps its sign
            v[0] *= -1
        return v

    return move


def exchange(name: str) -> Move:
    def move(u):
        v = np.swapaxes(u, 1, 2).copy()
        if name in VECTOR:
            v[[0, 1]] = v[[1, 0]]
        if name in VORTICITY:
            v[0] *= -1
        return v

    return move


def setup(label, band_limited):
    equation = EXAMPLES[label]
    grid = Grid.cube(equation.dims, POINTS[equation.dims] - len(label) % 2, 2 * np.pi)
    u = 0.3 + band_limited(grid, equation.channels, len(label), highest=3)
    stepper = Stepper.build(equation, grid, 0.01)
    return u, lambda v: stepper.repeat(v, 3)


def commutes(relative, step, move, u):
    assert relative(step(move(u)), move(step(u))) < TOLERANCE


def labels(names, *dims):
    return [label for label, e in EXAMPLES.items() if e.name in names and e.dims in dims]


@pytest.mark.parametrize("label", labels(set(CATALOGUE) - DRIVEN, 1, 2, 3))
def test_translation(relative, band_limited, label):
    u, step = setup(label, band_limited)
    axes = tuple(range(1, u.ndim))
    shift = (5, 2, 3)[: len(axes)]
    commutes(relative, step, lambda v: np.roll(v, shift, axes), u)


@pytest.mark.parametrize("label", labels(set(CATALOGUE) - DRIVEN - HANDED, 1, 2, 3))
def test_reflection(relative, band_limited, label):
    """Scalars stay, a vector turns its component, vorticity its sign."""
    u, step = setup(label, band_limited)
    for axis in range(u.ndim - 1):
        commutes(relative, step, reflection(EXAMPLES[label].name, axis), u)


@pytest.mark.parametrize("label", labels(set(CATALOGUE) - DRIVEN, 2, 3))
def test_exchange_of_axes(relative, band_limited, label):
    """Vectors exchange components; vorticity changes its sign, as under any mirror."""
    u, step = setup(label, band_limited)
    commutes(relative, step, exchange(EXAMPLES[label].name), u)


def test_every_equation_says_what_it_is():
    assert set(CATALOGUE) == SCALAR | VECTOR | VORTICITY
    assert not SCALAR & VECTOR
    assert not (SCALAR | VECTOR) & VORTICITY


@pytest.mark.parametrize("label", labels(HANDED, 1))
def test_handed_equations_turn_with_their_coefficients(relative, band_limited, label):
    """They are no mirror images of themselves, which the list above relies on."""
    u, step = setup(label, band_limited)
    move = reflection(EXAMPLES[label].name, 0)
    assert relative(step(move(u)), move(step(u))) > 1e-6


def test_a_mirror_turns_odd_coefficients(relative, band_limited):
    grid = Grid.cube(1, 17, 2 * np.pi)
    u = band_limited(grid, 1, 0)
    right, left = (Stepper.build(advection(1, c), grid, 0.3) for c in (0.7, -0.7))
    assert relative(left(reflect(u, 0)), reflect(right(u), 0)) < TOLERANCE
    one, other = (
        Stepper.build(kdv(1, dispersivity=xi, scale=b), grid, 1e-3)
        for b, xi in ((-6.0, 1.0), (6.0, -1.0))
    )
    assert relative(other(reflect(u, 0)), reflect(one(u), 0)) < TOLERANCE


@pytest.mark.parametrize(
    ("equation", "channels"),
    [(kolmogorov_vorticity(injection_mode=2), 1), (kolmogorov_velocity(2, injection_mode=2), 2)],
)
def test_forced_flows_keep_the_shifts_of_their_force(relative, band_limited, equation, channels):
    """Any shift along axis 0, whole waves along axis 1: 12 points hold two."""
    grid = Grid.cube(2, 12, 2 * np.pi)
    u = band_limited(grid, channels, 0)
    stepper = Stepper.build(equation, grid, 0.05)
    for shift in [(5, 0), (0, 6), (1, 6)]:
        commutes(relative, stepper, lambda v, s=shift: np.roll(v, s, (1, 2)), u)
    half = np.roll(u, (0, 3), (1, 2))  # half a wave turns the force round
    assert relative(stepper(half), np.roll(stepper(u), (0, 3), (1, 2))) > 1e-3


@settings(max_examples=8)
@given(
    seed=st.integers(0, 2**31),
    points=st.tuples(*[st.integers(9, 13)] * 2),
    extent=st.tuples(*[st.floats(1.0, 9.0)] * 2),
    coefficients=st.tuples(*[st.floats(0.01, 0.5)] * 2),
)
def test_exchanged_boxes(relative, band_limited, seed, points, extent, coefficients):
    """Axes, points, lengths and coefficients exchanged together: the same numbers, exchanged."""
    grid = Grid(points, extent)
    turned = Grid(points[::-1], extent[::-1])
    for build, channels in (
        (lambda c: diffusion(2, c), 1),
        (lambda c: advection(2, c), 1),
        (lambda c: burgers(2, c[0] + c[1]), 2),
    ):
        u = band_limited(grid, channels, seed, highest=2)
        v = np.swapaxes(u, 1, 2)[::-1].copy()
        one = Stepper.build(build(coefficients), grid, 0.05)(u)
        other = Stepper.build(build(coefficients[::-1]), turned, 0.05)(v)
        assert relative(np.swapaxes(other, 1, 2)[::-1], one) < TOLERANCE
