"""Transport with constant and with varying coefficients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.pde import (
    Stepper,
    advection_diffusion,
    diffusion,
    dispersion,
    hyper_diffusion,
    variable_transport,
    with_source,
)
from xpde.space import Grid, gradient

TURN = 2 * np.pi


def plane_wave(grid, k):
    """Return the phase κ·x of a mode and its angular wavenumbers."""
    kappa = TURN * np.asarray(k) / np.asarray(grid.extent)
    x = np.reshape(grid.coordinates(), (grid.dims, *grid.points))
    return np.tensordot(kappa, x, axes=1), kappa


@settings(max_examples=12)
@given(
    seed=st.integers(0, 2**31),
    points=st.lists(st.integers(7, 10), min_size=1, max_size=3),
    dt=st.floats(0.01, 3.0),
)
def test_anisotropic_diffusion_of_every_direction(relative, seed, points, dt):
    """cos(κ·x - κ·c t + p) e^{-κᵀAκ t} with a full matrix A; the symmetric part acts."""
    rng = np.random.default_rng(seed)
    dims = len(points)
    grid = Grid(tuple(points), tuple(rng.uniform(1.0, 6.0, dims)))
    root = rng.standard_normal((dims, dims))
    skew = rng.standard_normal((dims, dims))
    matrix = 0.02 * (root @ root.T + skew - skew.T)
    velocity = tuple(rng.standard_normal(dims))
    phase, kappa = plane_wave(grid, rng.integers(-3, 4, dims))
    rows = tuple(tuple(row) for row in matrix)
    decay = np.exp(-dt * kappa @ matrix @ kappa)
    for equation, shift in (
        (diffusion(dims, rows), 0.0),
        (advection_diffusion(dims, velocity, rows), dt * np.dot(kappa, velocity)),
        (advection_diffusion(dims, velocity, matrix), dt * np.dot(kappa, velocity)),
    ):
        found = Stepper.build(equation, grid, dt)(np.cos(phase + 0.4)[None])
        want = np.cos(phase + 0.4 - shift)[None] * decay
        # phases of up to 60 are known to 1e-14, relative to the start
        assert np.max(np.abs(found - want)) < 1e-13


def test_a_diagonal_matrix_is_a_number_for_each_axis(relative, band_limited):
    grid = Grid(points=(11, 12), extent=(2.0, 3.0))
    u = band_limited(grid, 2, 0)
    pairs = (0.02, 0.05), ((0.02, 0.0), (0.0, 0.05))
    one, other = (Stepper.build(diffusion(2, a, channels=2), grid, 0.3)(u) for a in pairs)
    assert relative(one, other) < 1e-15


@pytest.mark.parametrize("dims", [2, 3])
def test_a_gaussian_spreads_along_the_axes_of_its_matrix(dims):
    """The covariance of a heat kernel grows by 2tA: second moments of the periodic solution."""
    grid, t = Grid.cube(dims, 30, 12.0), 0.8
    matrix = np.array([[0.5, 0.2, -0.1], [0.2, 0.3, 0.05], [-0.1, 0.05, 0.4]])[:dims, :dims]
    x = np.reshape(grid.coordinates(), (dims, *grid.points)) - 6.0
    u = np.exp(-np.sum(x * x, axis=0) / (2 * 0.6))[None]
    v = Stepper.build(diffusion(dims, tuple(map(tuple, matrix))), grid, t)(u)

    def covariance(w):
        flat = np.reshape(x, (dims, -1))
        moments = (flat * np.ravel(w)) @ flat.T
        return moments / np.sum(w)

    # images of the box and the ends of the sums are e^{-36/(2 · 1.4)} = 3e-6 of the centre
    np.testing.assert_allclose(covariance(v) - covariance(u), 2 * t * matrix, atol=3e-4)


def test_mixed_forms_are_isotropic(relative):
    """(ξ·∇)Δ and Δ² of a plane wave: κ·ξ|κ|² and |κ|⁴, not sums over axes."""
    grid = Grid(points=(11, 12), extent=(2.0, 3.0))
    phase, kappa = plane_wave(grid, (2, -1))
    xi, square = (0.02, -0.03), kappa @ kappa
    u = np.cos(phase)[None]
    waves = Stepper.build(dispersion(2, xi, mixed=True), grid, 0.7)(u)
    assert relative(waves, np.cos(phase - 0.7 * square * np.dot(kappa, xi))[None]) < 1e-13
    faded = Stepper.build(hyper_diffusion(2, 1e-3, mixed=True), grid, 0.7)(u)
    assert relative(faded, u * np.exp(-0.7e-3 * square**2)) < 1e-13
    plain = Stepper.build(hyper_diffusion(2, 1e-3), grid, 0.7)(u)
    assert relative(plain, u * np.exp(-0.7e-3 * np.sum(kappa**4))) < 1e-13


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_manufactured_variable_transport(relative, order):
    """f = c·∇u - ∇·(ν∇u) for a chosen u, c(x), ν(x): u is at rest, and is reached from rest."""
    grid = Grid.cube(2, 24, TURN)
    x, y = grid.coordinates()
    u = np.sin(x) * np.cos(2 * y) + 0.5 * np.cos(x - y)
    velocity = np.stack([0.5 + np.sin(y), 0.3 * np.cos(x)])
    nu = 0.6 + 0.2 * np.cos(x) + 0.1 * np.sin(2 * y)
    u_x = np.cos(x) * np.cos(2 * y) - 0.5 * np.sin(x - y)
    u_y = -2 * np.sin(x) * np.sin(2 * y) + 0.5 * np.sin(x - y)
    laplacian = -5 * np.sin(x) * np.cos(2 * y) - np.cos(x - y)
    spread = -0.2 * np.sin(x) * u_x + 0.2 * np.cos(2 * y) * u_y + nu * laplacian
    force = velocity[0] * u_x + velocity[1] * u_y - spread
    equation = with_source(variable_transport(2, velocity, nu), force)
    stepper = Stepper.build(equation, grid, 0.02, order=order)
    assert relative(stepper.repeat(u[None], 50), u[None]) < 1e-13
    # the slowest mode decays like e^{-0.3 t} or faster
    long = Stepper.build(equation, grid, 0.05, order=order)
    assert relative(long.repeat(0 * u[None], 1600), u[None]) < 1e-9


@pytest.mark.parametrize("n", [95, 96])
def test_a_turn_in_a_varying_velocity(relative, n):
    """u_t + (2 + sin x) u_x = 0: every characteristic is back after ∫dx/(2 + sin x) = 2π/√3."""
    grid = Grid.cube(1, n, TURN)
    x = grid.coordinates()
    u, period, steps = np.sin(x) + 0.3 * np.cos(2 * x), TURN / np.sqrt(3), 800
    equation = variable_transport(1, velocity=2 + np.sin(x))
    path = Stepper.build(equation, grid, period / steps, order=4).rollout(u, steps)
    assert relative(path[-1], u) < 1e-6  # dt⁴ by the fourth power of c κ = 9 over the turn
    assert relative(path[steps // 2], u) > 0.5
    # along the way: u is constant where ∫dx/c has advanced by t
    travel = 2 / np.sqrt(3) * np.arctan((2 * np.tan(x / 2) + 1) / np.sqrt(3))
    t = period / steps * (steps // 4 + 1)
    start = travel - t
    origin = 2 * np.arctan((np.sqrt(3) * np.tan(np.sqrt(3) / 2 * start) - 1) / 2)
    assert relative(path[steps // 4], np.sin(origin) + 0.3 * np.cos(2 * origin)) < 1e-6


def test_constant_fields_are_constants(relative, band_limited):
    grid = Grid.cube(2, 13, TURN)
    u = band_limited(grid, 1, 0)
    velocity = np.reshape([0.7, -0.3], (2, 1, 1)) * np.ones((2, 13, 13))
    nu = 0.05 * np.ones((13, 13))
    found = Stepper.build(variable_transport(2, velocity, nu), grid, 0.01, order=4).repeat(u, 10)
    expected = Stepper.build(advection_diffusion(2, (0.7, -0.3), 0.05), grid, 0.1)(u)
    assert relative(found, expected) < 1e-9  # the velocity is explicit: (c κ dt)⁴ / 120
    alone = Stepper.build(variable_transport(2, diffusivity=nu), grid, 0.1)(u)
    assert (
        relative(alone, Stepper.build(diffusion(2, 0.05), grid, 0.1)(u)) < 1e-14
    )  # the mean is exact


def test_the_mean_in_a_field_without_divergence(band_limited):
    grid = Grid.cube(2, 15, TURN)
    x, y = grid.coordinates()
    u = band_limited(grid, 1, 0) + 0.5
    swirl = np.stack([np.sin(y), np.cos(x)])
    squeeze = np.stack([np.sin(x), np.cos(y)])
    nu = 0.1 + 0.05 * np.sin(x)
    drift = [
        np.abs(np.mean(Stepper.build(variable_transport(2, c, nu), grid, 0.01).repeat(u, 10) - u))
        for c in (swirl, squeeze)
    ]
    assert drift[0] < 1e-15
    assert drift[1] > 1e-4


@pytest.mark.parametrize("moving", ["velocity", "diffusivity"])
def test_gradient_of_a_field(backends, bk, moving):
    """One field is differentiated while the other stays on the host."""
    grid = Grid.cube(1, 12, TURN)
    x = grid.coordinates()
    fields = {"velocity": 0.5 + 0.3 * np.sin(x), "diffusivity": 0.2 + 0.1 * np.cos(x[0])}
    u, direction = np.sin(x), np.cos(2 * x).reshape(fields[moving].shape)
    weight = np.random.default_rng(0).standard_normal((1, 12))

    def value(field, there):
        equation = variable_transport(1, **(fields | {moving: field}))
        out = Stepper.build(equation, grid, 0.05).repeat(there.asarray(u), 2)
        return namespace_of(out).sum(there.asarray(weight) * out)

    gradient_of = bk.jit(bk.value_and_grad(lambda field: value(field, bk)))
    slope = gradient_of(bk.asarray(fields[moving]))[1]
    assert tuple(slope.shape) == fields[moving].shape
    h = 1e-5
    ahead, behind = (
        float(value(fields[moving] + s * h * direction, backends["numpy"])) for s in (1, -1)
    )
    along = float(np.sum(bk.to_numpy(slope) * direction))
    assert along == pytest.approx((ahead - behind) / (2 * h), rel=1e-7)  # h² and eps/h


def test_bad_coefficients_are_named():
    with pytest.raises(InvalidInput, match="expected velocity or diffusivity, got neither"):
        variable_transport(2)
    with pytest.raises(InvalidInput, match="2 x 2 matrix, got 3 rows"):
        diffusion(2, ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0)))
    with pytest.raises(InvalidInput, match="diffusivity: expected one number or 2, got 3"):
        diffusion(2, (1.0, 2.0, 3.0))


def test_slopes_of_a_mirror(relative, band_limited):
    """∇·(ν∇u) with ν(-x) and u(-x) is the mirror image, for fields on even and odd grids."""
    for n in (12, 13):
        grid = Grid.cube(1, n, TURN)
        (x,) = grid.coordinates()
        u, nu = band_limited(grid, 1, 0), 0.2 + 0.1 * np.sin(x)
        assert np.max(np.abs(gradient(u, grid))) > 0.1
        one = Stepper.build(variable_transport(1, diffusivity=nu), grid, 0.1)(u)
        turned = np.roll(nu[::-1], 1)
        other = Stepper.build(variable_transport(1, diffusivity=turned), grid, 0.1)
        assert (
            relative(other(np.roll(u[:, ::-1], 1, axis=1)), np.roll(one[:, ::-1], 1, axis=1))
            < 1e-14
        )
