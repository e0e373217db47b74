"""Equations of the user: catalogued ones written again, sources, and what is refused."""

import numpy as np
import pytest

from xpde.core import namespace_of
from xpde.errors import InvalidInput, XpdeError
from xpde.pde import (
    Stepper,
    allen_cahn,
    burgers,
    custom,
    diffusion,
    fisher_kpp,
    gray_scott,
    kdv,
    klein_gordon,
    kuramoto_sivashinsky_conservative,
    navier_stokes_velocity,
    schroedinger,
    sine_gordon,
    variable_transport,
    wave,
    with_source,
)
from xpde.space import Grid, leray
from xpde.time import Adaptive

TURN = 2 * np.pi


def part(u, c, dims=1):
    """One channel of an array, kept as an axis."""
    return u[(..., slice(c, c + 1), *(slice(None),) * dims)]


def burgers_again(nu=0.1):
    return custom(
        1,
        lambda s, p: p["nu"] * s.laplacian,
        lambda p, u, slope: -u * slope,
        derivatives=[(0, 1)],
        parameters={"nu": nu},
    )


def stacked(*rows):
    xp = namespace_of(*rows)
    return xp.stack(list(rows), axis=0)


def oscillator(s, p):
    """(u, v) -> (v, c² Δu - m² u) as a matrix at every mode."""
    zero = s.one * 0.0
    stiffness = p["c"] ** 2 * s.laplacian * s.one - p["m"] ** 2 * s.one
    return stacked(stacked(zero, s.one), stacked(stiffness, zero))


def turning(s, p):
    turn = s.laplacian * s.one
    return stacked(stacked(turn * 0.0, turn * -1.0), stacked(turn, turn * 0.0))


def sine_rest(p, u):
    xp, height = namespace_of(u), part(u, 0)
    return xp.concat([height * 0.0, height - xp.sin(height)], axis=-2)


def kerr(p, u):
    xp, re, im = namespace_of(u), part(u, 0), part(u, 1)
    size = 2.0 * (re * re + im * im)
    return xp.concat([size * im * -1.0, size * re], axis=-2)


def exchange(p, u):
    """The reaction of Gray and Scott, its linear part too."""
    xp = namespace_of(u)
    a, b = part(u, 0, 2), part(u, 1, 2)
    eaten = a * b * b
    rates = [0.04 * (1.0 - a) - eaten, eaten - 0.1 * b]
    return xp.concat(rates, axis=-3)


# the same equation twice, and the order from which the two are one scheme
PAIRS = {
    "burgers by its slope": (burgers_again, lambda: burgers(1)),
    "burgers by its flux": (
        lambda: custom(1, lambda s, p: 0.1 * s.laplacian, flux=lambda p, u: [-0.5 * u * u]),
        lambda: burgers(1),
    ),
    "kdv": (
        lambda: custom(
            1, lambda s, p: -s.d(0, 3), lambda p, u, slope: 6.0 * u * slope, derivatives=[(0, 1)]
        ),
        lambda: kdv(1, hyper_diffusivity=0.0),
    ),
    "conservative burgers in 2D": (
        lambda: custom(
            2,
            lambda s, p: 0.1 * s.laplacian,
            flux=lambda p, u: [-0.5 * u * part(u, j, 2) for j in range(2)],
            channels=2,
        ),
        lambda: burgers(2, conservative=True),
    ),
    "kuramoto-sivashinsky": (
        lambda: custom(
            1,
            lambda s, p: -s.laplacian - s.d(0, 4),
            lambda p, u, slope: -u * slope,
            derivatives=[(0, 1)],
        ),
        lambda: kuramoto_sivashinsky_conservative(1),
    ),
    "fisher": (
        lambda: custom(2, lambda s, p: 0.01 * s.laplacian + s.one, lambda p, u: -u * u),
        lambda: fisher_kpp(2),
    ),
    "allen-cahn": (
        lambda: custom(
            2, lambda s, p: 5e-3 * s.laplacian + s.one, lambda p, u: -u * u * u, degree=3
        ),
        lambda: allen_cahn(2),
    ),
    "gray-scott": (
        lambda: custom(
            2,
            lambda s, p: stacked(2e-5 * s.laplacian * s.one, 1e-5 * s.laplacian * s.one),
            exchange,
            channels=2,
            degree=3,
        ),
        lambda: gray_scott(2),
    ),
    "wave": (
        lambda: custom(1, oscillator, channels=2, parameters={"c": 1.0, "m": 0.0}),
        lambda: wave(1),
    ),
    "klein-gordon": (
        lambda: custom(1, oscillator, channels=2, parameters={"c": 1.0, "m": 1.0}),
        lambda: klein_gordon(1),
    ),
    "sine-gordon": (
        lambda: custom(
            1, oscillator, sine_rest, channels=2, parameters={"c": 1.0, "m": 1.0}, degree=3
        ),
        lambda: sine_gordon(1),
    ),
    "schroedinger": (
        lambda: custom(1, turning, kerr, channels=2, degree=3),
        lambda: schroedinger(1),
    ),
}


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_catalogued_equations_written_again(relative, band_limited, name):
    """Equal to rounding at every order: products without aliasing do not know their form."""
    again, known = (build() for build in PAIRS[name])
    grid = Grid.cube(known.dims, 19 if known.dims == 1 else 14, TURN)
    u = 0.3 + band_limited(grid, known.channels, 1, highest=2)
    for order in (1, 4):
        found, expected = (Stepper.build(e, grid, 0.01, order=order) for e in (again, known))
        assert relative(found.repeat(u, 5), expected.repeat(u, 5)) < 1e-13


def test_custom_on_every_backend(bk, relative, band_limited):
    """One function of the standard, compiled where the backend compiles, adaptive too."""
    grid = Grid.cube(1, 24, TURN)
    u = band_limited(grid, 1, 0, lead=(2,))
    here = Stepper.build(burgers_again(), grid, 0.05)(u)
    stepper = Stepper.build(burgers_again(), grid, 0.05, backend=bk)
    assert relative(bk.to_numpy(bk.jit(lambda s, v: s(v))(stepper, bk.asarray(u))), here) < 1e-13
    adaptive = Stepper.build(burgers_again(), grid, 0.05, method=Adaptive(1e-9), backend=bk)
    fine = Stepper.build(burgers(1), grid, 0.05, order=4, substeps=20)(u)
    assert relative(bk.to_numpy(adaptive(bk.asarray(u))), fine) < 5e-9


def test_parameters_and_fields_of_the_user(backends, bk):
    """A number to be differentiated beside a field that varies in space."""
    grid = Grid.cube(1, 16, TURN)
    (x,) = grid.coordinates()
    u, growth = 0.5 + 0.1 * np.cos(x)[None], 1.0 + 0.5 * np.sin(x)

    def value(nu, there):
        equation = custom(
            1,
            lambda s, p: p["nu"] * s.laplacian,
            lambda p, v: p["growth"] * v * (1.0 - v),
            parameters={"nu": nu, "growth": growth},
            degree=3,
        )
        out = Stepper.build(equation, grid, 0.1).repeat(there.asarray(u), 2)
        return namespace_of(out).sum(out * out)

    slope = bk.jit(bk.value_and_grad(lambda nu: value(nu, bk)))(bk.asarray(np.asarray(0.1)))[1]
    h, host = 1e-5, backends["numpy"]
    ahead, behind = (float(value(np.asarray(0.1 + s * h), host)) for s in (1, -1))
    assert float(slope) == pytest.approx((ahead - behind) / (2 * h), rel=1e-6)  # eps/h


def test_equal_functions_are_one_program():
    """Two steppers of one equation have the same static parts: a compiler reuses the program."""
    grid, equation = Grid.cube(1, 16), burgers_again()
    one, other = (Stepper.build(equation, grid, dt) for dt in (0.1, 0.2))
    assert one.term.fn == other.term.fn
    assert hash(one.term.fn) == hash(other.term.fn)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_a_source_alone_is_integrated_exactly(relative, order):
    """u_t = νΔu + f: û = e^{-νκ²t}û₀ + (1 - e^{-νκ²t}) f̂/(νκ²), and the mean grows like t."""
    grid, nu, t = Grid.cube(2, 16, TURN), 0.2, 0.7
    x, y = grid.coordinates()
    force = 0.3 + np.cos(2 * x - y)
    stepper = Stepper.build(with_source(diffusion(2, nu), force), grid, t, order=order)
    u = np.sin(x)[None]
    decay = np.expm1(-nu * 5 * t) / (-nu * 5)
    expected = u * np.exp(-nu * t) + 0.3 * t + decay * np.cos(2 * x - y)
    assert relative(stepper(u), expected) < 1e-14


def test_sources_for_channels_and_for_all(relative, band_limited):
    grid = Grid.cube(2, 16, TURN)
    u = band_limited(grid, 2, 0)
    one = np.cos(grid.coordinates()[0])
    equation = with_source(burgers(2), one)
    both = with_source(burgers(2), np.stack([one, one]))
    found, expected = (Stepper.build(e, grid, 0.05)(u) for e in (equation, both))
    assert relative(found, expected) == 0
    first = with_source(burgers(2), np.stack([one, 0 * one]))
    apart = Stepper.build(first, grid, 0.05)(u) - Stepper.build(burgers(2), grid, 0.05)(u)
    assert np.max(np.abs(apart[0])) > 0.03
    assert np.max(np.abs(apart[1])) < 1e-2  # of second order in dt: it comes by convection
    assert equation.conserves == ()
    assert equation.name == "burgers_with_source"


def test_sources_add_up(relative, band_limited):
    grid = Grid.cube(1, 16, TURN)
    u, (x,) = band_limited(grid, 1, 0), grid.coordinates()
    once = with_source(burgers(1), np.cos(x) + np.sin(2 * x))
    assert (
        relative(
            Stepper.build(once, grid, 0.1)(u),
            Stepper.build(with_source(burgers(1), np.sin(2 * x) + np.cos(x)), grid, 0.1)(u),
        )
        < 1e-14
    )


def test_gradient_of_a_source(bk, relative):
    """The source is a field to be differentiated: u is linear in it for a linear equation."""
    grid, nu, t = Grid.cube(1, 16, TURN), 0.2, 0.7
    (x,) = grid.coordinates()
    weight = bk.asarray(np.cos(2 * x)[None])

    def value(f):
        out = Stepper.build(with_source(diffusion(1, nu), f), grid, t, order=1)
        v = out(bk.asarray(np.zeros((1, 16))))
        return namespace_of(v).sum(weight * v)

    _, slope = bk.value_and_grad(value)(bk.asarray(np.sin(x)))
    assert relative(bk.to_numpy(slope), np.cos(2 * x) * np.expm1(-4 * nu * t) / (-4 * nu)) < 1e-13


def test_a_force_on_a_flow_keeps_it_solenoidal_if_it_is(band_limited):
    grid = Grid.cube(3, 10, TURN)
    u = leray(band_limited(grid, 3, 0, highest=2), grid)
    force = leray(band_limited(grid, 3, 1, highest=2), grid)
    stepper = Stepper.build(with_source(navier_stokes_velocity(3), force), grid, 0.1)
    v = stepper.repeat(u, 3)
    assert np.max(np.abs(leray(v, grid) - v)) < 1e-14


GRID = Grid.cube(2, 8)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: custom(2, derivatives=[(2, 1)]), "derivatives along axes 0 to 1"),
        (lambda: custom(4), "1, 2 or 3 space axes, got 4"),
        (lambda: custom(2, fields=(("velocity", 1),)), "fields that fill 1 channels"),
        (
            lambda: Stepper.build(custom(1, nonlinear=lambda p, u: u * u), GRID, 0.1),
            r"grid of 1 axes, got 2; use Grid\.cube\(1, points\)",
        ),
    ],
)
def test_bad_equations_are_named_in_one_line(make, text):
    with pytest.raises(InvalidInput, match=text) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "equation",
    [
        with_source(burgers(2), np.zeros((2, 9, 8))),
        with_source(burgers(2), np.zeros((3, 8, 8))),
        with_source(burgers(2), np.zeros(8)),
        variable_transport(2, velocity=np.zeros((3, 8, 8))),
        variable_transport(2, velocity=np.zeros((8, 8))),
        variable_transport(2, diffusivity=np.zeros((7, 8))),
    ],
    ids=lambda e: e.name,
)
def test_fields_of_another_shape_are_refused(equation):
    """When the stepper is built, with both shapes and what to do."""
    with pytest.raises(XpdeError, match="expected") as caught:
        Stepper.build(equation, GRID, 0.1)
    assert "got" in str(caught.value)
    assert "\n" not in str(caught.value)
