"""Which equation is a special case of which, and the conversions between coefficient sets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.pde import (
    Stepper,
    advection,
    advection_diffusion,
    allen_cahn,
    burgers,
    convection,
    difficulty,
    diffusion,
    dispersion,
    fisher_kpp,
    gradient_norm,
    hyper_diffusion,
    kdv,
    klein_gordon,
    kolmogorov_vorticity,
    kuramoto_sivashinsky,
    kuramoto_sivashinsky_conservative,
    linear,
    navier_stokes_vorticity,
    passive_scalar,
    polynomial,
    single_channel,
    vorticity_convection,
    wave,
)
from xpde.space import Grid

PAIRS = {
    "advection": lambda d: (advection(d, 0.4), linear(d, (0, -0.4))),
    "diffusion": lambda d: (diffusion(d, 0.02), linear(d, (0, 0, 0.02))),
    "advection_diffusion": lambda d: (
        advection_diffusion(d, 0.4, 0.02),
        linear(d, (0, -0.4, 0.02)),
    ),
    "dispersion": lambda d: (dispersion(d, 0.3), linear(d, (0, 0, 0, 0.3))),
    "hyper_diffusion": lambda d: (hyper_diffusion(d, 0.01), linear(d, (0, 0, 0, 0, -0.01))),
    "burgers": lambda d: (burgers(d, 0.05, 0.8), convection(d, (0, 0, 0.05), 0.8)),
    "burgers conservative": lambda d: (
        burgers(d, 0.05, conservative=True),
        convection(d, (0, 0, 0.05), conservative=True),
    ),
    "kdv": lambda d: (kdv(d, diffusivity=0.1), convection(d, (0, 0, 0.1, -1.0, -0.01), -6.0)),
    "ks conservative": lambda d: (
        kuramoto_sivashinsky_conservative(d),
        convection(d, (0, 0, -1, 0, -1), conservative=True),
    ),
    "ks": lambda d: (kuramoto_sivashinsky(d), gradient_norm(d)),
    "single burgers": lambda d: (
        burgers(d, 0.05, 0.7, single_channel=True),
        single_channel(d, (0, 0, 0.05), (0, -0.7, 0)),
    ),
    "single both forms": lambda d: (
        burgers(d, 0.05, single_channel=True, conservative=True),
        burgers(d, 0.05, single_channel=True),
    ),
    "single ks": lambda d: (
        kuramoto_sivashinsky(d),
        single_channel(d, (0, 0, -1, 0, -1), (0, 0, -1)),
    ),
    "square": lambda d: (
        polynomial(d, (0.1, 0, 0.01), (0, 0, 0.4)),
        single_channel(d, (0.1, 0, 0.01), (0.4, 0, 0)),
    ),
    "fisher": lambda d: (fisher_kpp(d, 0.02, 0.7), polynomial(d, (0.7, 0, 0.02), (0, 0, -0.7))),
    "allen-cahn": lambda d: (
        allen_cahn(d, 0.02, 0.9, -1.1),
        polynomial(d, (0.9, 0, 0.02), (0, 0, 0, -1.1)),
    ),
    "wave": lambda d: (wave(d, 1.3), klein_gordon(d, 1.3, 0.0)),
    "linear without its term": lambda d: (
        kdv(d, 0.0, -1.0, hyper_diffusivity=0.01),
        linear(d, (0, 0, 0, 1.0, -0.01), d),
    ),
}


@pytest.mark.parametrize("dims", [1, 2])
@pytest.mark.parametrize("name", sorted(PAIRS))
def test_special_cases(relative, band_limited, name, dims):
    one, other = PAIRS[name](dims)
    grid = Grid.cube(dims, 13, 3.0)
    u = band_limited(grid, one.channels, 0)
    rule = {"dealias": 0.5} if name == "allen-cahn" else {}  # the family is taken for a square
    found, expected = (Stepper.build(e, grid, 0.01, **rule).repeat(u, 3) for e in (one, other))
    assert relative(found, expected) < 1e-13


def test_the_three_parts_of_the_single_channel_family_add_up(relative, band_limited):
    grid = Grid.cube(2, 14, 3.0)
    u_hat = np.fft.rfftn(band_limited(grid, 1, 0), axes=(-2, -1))
    rate = {}
    for b in [(0.3, -0.7, 0.4), (0.3, 0, 0), (0, -0.7, 0), (0, 0, 0.4)]:
        stepper = Stepper.build(single_channel(2, (0, 0, 0.1), b), grid, 0.01)
        rate[b] = stepper.term(u_hat)
    whole, *parts = rate.values()
    assert relative(whole, sum(parts)) < 1e-13


def test_no_injection_is_navier_stokes(relative, band_limited):
    grid = Grid.cube(2, 14, 3.0)
    u = band_limited(grid, 1, 0)
    plain = Stepper.build(navier_stokes_vorticity(0.01, 1.0, -0.1), grid, 0.01)
    driven = Stepper.build(
        kolmogorov_vorticity(0.01, injection_mode=2, injection_scale=0.0), grid, 0.01
    )
    assert relative(driven.repeat(u, 3), plain.repeat(u, 3)) < 1e-14


def test_vorticity_is_a_family(relative, band_limited):
    grid = Grid.cube(2, 14, 3.0)
    u = band_limited(grid, 1, 0)
    for one, other in (
        (navier_stokes_vorticity(0.01, 0.8, -0.1), vorticity_convection((-0.1, 0, 0.01), 0.8)),
        (
            kolmogorov_vorticity(0.01, 0.8, -0.1, 2, 0.7),
            vorticity_convection((-0.1, 0, 0.01), 0.8, 2, 0.7),
        ),
    ):
        found, expected = (Stepper.build(e, grid, 0.01).repeat(u, 3) for e in (one, other))
        assert relative(found, expected) < 1e-14


def test_the_flow_of_a_passive_scalar_is_the_flow(relative, band_limited):
    """The scalar does not act on it, and is linear in itself."""
    grid = Grid.cube(2, 14, 3.0)
    u = band_limited(grid, 3, 0)
    carry = Stepper.build(passive_scalar(0.01, 0.02, 0.8, -0.1), grid, 0.01)
    plain = Stepper.build(navier_stokes_vorticity(0.01, 0.8, -0.1), grid, 0.01)
    first, second = carry.repeat(u[:2], 3), carry.repeat(u[::2], 3)
    assert relative(first[:1], plain.repeat(u[:1], 3)) < 1e-14
    mixed = np.stack([u[0], 2 * u[1] - 3 * u[2]])
    assert relative(carry.repeat(mixed, 3)[1], 2 * first[1] - 3 * second[1]) < 1e-14


def test_the_zeroth_coefficient_is_counted_once():
    for dims in (1, 2, 3):
        grid = Grid.cube(dims, 6)
        grown = Stepper.build(linear(dims, (1.0,)), grid, 0.1)(np.ones((1, *grid.points)))
        np.testing.assert_allclose(grown, np.exp(0.1), rtol=1e-14)


def test_wrong_counts_are_named():
    with pytest.raises(InvalidInput, match="velocity: expected one number or 2, got 3"):
        advection(2, (1.0, 2.0, 3.0))
    with pytest.raises(InvalidInput, match=r"nonlinear \(b_0, b_1, b_2\)"):
        single_channel(1, nonlinear=(1.0,))
    with pytest.raises(InvalidInput, match="space axes"):
        diffusion(4)


numbers = st.floats(-10, 10).filter(lambda x: abs(x) > 1e-3)


@given(
    a=st.lists(numbers, min_size=1, max_size=5),
    extent=st.floats(0.1, 100),
    dt=st.floats(1e-3, 10),
    dims=st.integers(1, 3),
    points=st.integers(4, 200),
    maximum=st.floats(0.1, 5),
)
def test_conversions_invert(a, extent, dt, dims, points, maximum):
    d, rtol = difficulty, 1e-13
    box, size = {"extent": extent, "dt": dt}, {"dims": dims, "points": points}
    top = size | {"maximum": maximum}
    np.testing.assert_allclose(d.denormalize(d.normalize(a, **box), **box), a, rtol=rtol)
    np.testing.assert_allclose(d.normalized_of(d.to_difficulty(a, **size), **size), a, rtol=rtol)
    polynomial_ = d.denormalize_polynomial(d.normalize_polynomial(a, dt=dt), dt=dt)
    np.testing.assert_allclose(polynomial_, a, rtol=rtol)
    b = a[0]
    for there, back, kw in [
        (d.normalize_convection, d.denormalize_convection, box),
        (d.normalize_gradient_norm, d.denormalize_gradient_norm, box),
        (d.normalize_vorticity, d.denormalize_vorticity, {"dt": dt}),
        (d.to_convection_difficulty, d.normalized_convection_of, top),
        (d.to_gradient_norm_difficulty, d.normalized_gradient_norm_of, top),
    ]:
        assert back(there(b, **kw), **kw) == pytest.approx(b, rel=rtol)


def test_known_difficulties():
    """KS with L = 60, Δt = 0.1, N = 48 has the numbers of the benchmark."""
    alpha = difficulty.normalize((0, 0, -1, 0, -1), extent=60.0, dt=0.1)
    gamma = difficulty.to_difficulty(alpha, dims=1, points=48)
    np.testing.assert_allclose(gamma, (0, 0, -0.128, 0, -0.32768), rtol=1e-14)
    beta = difficulty.normalize_gradient_norm(1.0, extent=60.0, dt=0.1)
    assert difficulty.to_gradient_norm_difficulty(beta, dims=1, points=48) == pytest.approx(0.064)


@pytest.mark.parametrize("extent", [1.0, 7.0])
def test_normalized_problem_is_the_same_problem(relative, band_limited, extent):
    a, b, dt = (0.1, -0.2, 0.01), 0.7, 0.05
    physical = Grid.cube(1, 20, extent)
    u = band_limited(physical, 1, 0)
    alpha = difficulty.normalize(a, extent=extent, dt=dt)
    beta = difficulty.normalize_convection(b, extent=extent, dt=dt)
    expected = Stepper.build(convection(1, a, b), physical, dt)(u)
    found = Stepper.build(convection(1, alpha, beta), Grid.cube(1, 20), 1.0)(u)
    assert relative(found, expected) < 1e-13


@pytest.mark.parametrize("extent", [1.0, 7.0])
def test_normalized_vorticity_is_the_same_problem(relative, band_limited, extent):
    """ω is a rate: it keeps its value in every box, and its convection scales with Δt alone."""
    a, b, dt = (-0.1, 0.0, 0.01), 0.7, 0.05
    physical = Grid.cube(2, 16, extent)
    w = band_limited(physical, 1, 0)
    alpha = difficulty.normalize(a, extent=extent, dt=dt)
    beta = difficulty.normalize_vorticity(b, dt=dt)
    expected = Stepper.build(vorticity_convection(a, b), physical, dt)(w)
    found = Stepper.build(vorticity_convection(alpha, beta), Grid.cube(2, 16), 1.0)(w)
    assert relative(found, expected) < 1e-13
