"""Winds: what upwind differences conserve, which way they look, and the forms of transport."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.space.finite import (
    Box,
    Dirichlet,
    Neumann,
    Periodic,
    advection,
    convection,
    diffusion,
    upwind,
    volumes,
)

EPS = np.finfo(float).eps
RING = Box((7,), 2.0)
H = RING.spacing[0]


def state(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


@given(st.integers(0, 99), st.sampled_from([5, 6]))
def test_zero_fix_by_hand(seed, n):
    """w⁺ = max((w_i + w_{i-1})/2, 0), w⁻ = min((w_i + w_{i+1})/2, 0), and max, min of w_i."""
    box, w, u = Box((n,), 1.5), state(seed, n), state(seed + 1, n)
    back, fore = (u - np.roll(u, 1)) / box.spacing[0], (np.roll(u, -1) - u) / box.spacing[0]
    fixed = np.maximum(w + np.roll(w, 1), 0) / 2, np.minimum(w + np.roll(w, -1), 0) / 2
    plain = np.maximum(w, 0), np.minimum(w, 0)
    for variant, (plus, minus) in (("zero-fixed", fixed), ("plain", plain)):
        found = upwind(box, w[None], variant=variant)(u[None])[0]
        assert np.allclose(found, plus * back + minus * fore, rtol=0, atol=1e3 * EPS)


@given(st.integers(0, 99), st.sampled_from([-1.0, 0.7]))
def test_converged_convection_is_the_flux_difference(seed, factor):
    """With w = u, Σ_i vanishes: the flux is u²/2. A frozen wind and the plain variant lose that."""
    u = state(seed, 1, 7)
    scale = np.max(np.abs(u)) ** 2 / H
    assert abs(np.sum(convection(RING, u, factor)(u))) < 100 * EPS * scale
    other = convection(RING, state(seed + 1, 1, 7), factor)(u)
    assert abs(np.sum(other)) > 1e-6 * scale


def test_shocks_move_at_the_right_speed():
    """(u_l + u_r)/2 from the zero-fixed scheme at convergence, not from the plain one."""
    n, steps = 200, 100
    box = Box((n,), 1.0)
    x = box.coordinates()[0]
    speeds = {}
    for variant in ("zero-fixed", "plain"):
        u = np.where((x > 0.2) & (x < 0.4), 1.0, -0.2)[None]
        before = np.sum(u)
        for _ in range(steps):  # explicit: u is its own wind
            u = u + 0.3 / n * convection(box, u, -1.0, variant=variant)(u)
        speeds[variant] = abs(np.sum(u) - before) / n
    assert speeds["zero-fixed"] < 1e-12  # rounding of a sum of 200
    assert speeds["plain"] > 1e-2  # mass is lost at once where u changes sign


@pytest.mark.parametrize("factor", [-1.0, 1.0])
def test_both_signs_are_upwind(factor):
    """An explicit step of u_t = b w u_x with |b w| Δt = h takes the value behind."""
    u = state(0, 1, 7)
    for speed in (1.0, -1.0):
        stepped = u + H * convection(RING, (speed,), factor)(u)
        moved = np.roll(u, int(-factor * speed), axis=-1)
        assert np.max(np.abs(stepped - moved)) < 100 * EPS


def test_convection_follows_the_walls():
    """b (w·∇)u is -((-b w)·∇)u, walls of the wind included."""
    box = Box((5,), 1.0, (Dirichlet(0.4), Neumann(0.3)))
    w, u = state(0, 1, 5), state(1, 1, 5)
    negative = Box((5,), 1.0, (Dirichlet(-0.8), Neumann(-0.6)))
    expected = -upwind(box, -2.0 * w, walls=negative)(u)
    assert np.allclose(convection(box, w, 2.0, walls=box)(u), expected, rtol=0, atol=1e3 * EPS)


@pytest.mark.parametrize("kind", ["periodic", "cells", "nodes"])
@pytest.mark.parametrize("scheme", ["centered", "upwind"])
def test_conservative_is_the_flux_through_the_walls(kind, scheme):
    """Σ volume ∇·(w u) ∏h = (w u) right - left, to rounding, of the wind at the walls."""
    box = RING if kind == "periodic" else Box((7,), 2.0, (Dirichlet(0.5), Neumann(0.2)), kind)
    u, w = state(0, 1, 7), state(1, 1, 7)
    total = np.sum(volumes(box)(advection(box, w, form="conservative", scheme=scheme)(u)))
    flux = 0.0
    if kind != "periodic":
        h, left, right = box.spacing[0], w[0, 0], w[0, -1]  # the wind of the point next to a wall
        inner = kind == "nodes"  # there the outermost face is half a cell inside, the right a node
        at_left = 0.5 if kind == "cells" else 0.5 * (0.5 + u[0, 0])
        at_right = u[0, -1] if inner else u[0, -1] + 0.1 * h
        if scheme == "upwind":
            at_left = 0.5 if left > 0 else u[0, 0]
            at_right = u[0, -1] if right > 0 or inner else u[0, -1] + 0.1 * h
        flux = (right * at_right - left * at_left) / h
    assert abs(total - flux) < 1e3 * EPS / H


@given(st.integers(0, 99), st.sampled_from([(7,), (4, 5)]))
def test_skew_is_antisymmetric(seed, points):
    """⟨u, A u⟩ = 0 for every wind: centered transport neither makes nor takes energy."""
    box = Box(points, 1.0)
    matrix = advection(box, state(seed, len(points), *points), form="skew", channels=1)
    matrix = matrix.linear.matrix()
    assert np.max(np.abs(matrix + matrix.T)) < 100 * EPS * np.max(np.abs(matrix))


@pytest.mark.parametrize("scheme", ["centered", "upwind"])
def test_forms_agree_in_an_even_wind(scheme):
    """A constant wind has no divergence: all three forms are one operator."""
    box, u = Box((4, 5), (1.0, 2.0)), state(0, 2, 4, 5)
    found = [
        advection(box, (0.7, -0.3), form=form, scheme=scheme)(u)
        for form in ("advective", "conservative", "skew")
    ]
    for other in found[1:]:
        assert np.allclose(other, found[0], rtol=0, atol=1e3 * EPS)


def test_constants_are_carried_unchanged():
    """(w·∇)c = 0 and ∇·(w c) = c ∇·w, walls that give c included."""
    box = Box((4, 5), 1.0, (Periodic(), (Dirichlet(2.0), Neumann())))
    w, c = state(0, 2, 4, 5), np.full((1, 4, 5), 2.0)
    for form in ("advective", "skew"):
        for scheme in ("centered", "upwind"):
            rate = advection(box, w, form=form, scheme=scheme)(c)
            if form == "skew":
                half = 0.5 * advection(box, w, form="conservative", scheme=scheme)(c)
                rate = rate - half
            assert np.max(np.abs(rate)) < 1e3 * EPS


# -- diffusion in conservative form --------------------------------------------------------------


def test_harmonic_mean_is_exact_for_layers():
    """Steady flux through two layers: both solutions are the same piecewise linear one."""
    n, low, high = 6, 0.1, 3.0
    box = Box((n,), 1.0, (Dirichlet(0.0), Dirichlet(1.0)))
    x = box.coordinates()[0]
    operator = diffusion(box, np.where(x < 0.5, low, high), mean="harmonic")
    found = np.linalg.solve(operator.linear.matrix(), -operator.offset(x))
    flux = 1.0 / (0.5 / low + 0.5 / high)
    exact = np.where(x < 0.5, flux * x / low, 1.0 - flux * (1.0 - x) / high)
    assert np.max(np.abs(found - exact)) < 1e3 * EPS


def test_coefficients_of_every_form_agree():
    """A number, a field of it, a function of it, a tuple of it."""
    box = Box((4, 5), 1.0, (Periodic(), (Dirichlet(1.0), Neumann(0.5))))
    u = state(0, 4, 5)
    forms = [
        0.7,
        np.full((4, 5), 0.7),
        lambda x: 0.7 + 0.0 * x[0],
        (0.7, 0.7),
        np.full((1, 1), 0.7),
    ]
    for mean in ("arithmetic", "harmonic"):
        found = [diffusion(box, nu, mean=mean)(u) for nu in forms]
        for other in found[1:]:
            assert np.allclose(other, found[0], rtol=0, atol=1e3 * EPS)


def test_walls_never_see_a_negative_coefficient():
    """ν falls by 100 toward the wall and is 0 there: the operator stays negative."""
    box = Box((5,), 1.0, Dirichlet())
    nu = np.asarray([1.0, 100.0, 1.0, 0.0, 0.0])
    for mean in ("arithmetic", "harmonic"):
        values = np.linalg.eigvalsh(diffusion(box, nu, mean=mean).linear.matrix())
        assert np.max(values) < 1e4 * EPS


@pytest.mark.parametrize(
    "call",
    [
        lambda: upwind(RING, (1.0,), variant="zerofixed"),
        lambda: upwind(RING, (1.0, 2.0)),
        lambda: upwind(RING, np.zeros((2, 7))),
        lambda: advection(RING, (1.0,), form="advectiv"),
        lambda: advection(RING, (1.0,), scheme="central"),
        lambda: diffusion(RING, 1.0, mean="geometric"),
    ],
)
def test_refusals(call):
    with pytest.raises(InvalidInput, match=r"expected|unknown"):
        call()
