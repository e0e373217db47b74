"""Exact incompressible flows: decaying, forced, manufactured, and forms that agree by the curl."""

import numpy as np
import pytest

from xpde.pde import (
    Stepper,
    kolmogorov_velocity,
    kolmogorov_vorticity,
    navier_stokes_velocity,
    navier_stokes_vorticity,
    passive_scalar,
    with_source,
)
from xpde.space import Grid, curl, divergence, gradient, leray

TURN = 2 * np.pi


class Modes:
    """ψ = Σ a sin(k x + l y + p) and what follows from it in closed form, Δψ = ω."""

    def __init__(self, *waves):
        self.waves = waves

    def psi(self, x, y, dx=0, dy=0):
        """∂_0^dx ∂_1^dy ψ; a derivative turns the phase by a quarter."""
        quarter = np.pi / 2 * (dx + dy)
        return sum(
            a * k**dx * m**dy * np.sin(k * x + m * y + p + quarter) for a, k, m, p in self.waves
        )

    def velocity(self, x, y):
        return np.stack([self.psi(x, y, 0, 1), -self.psi(x, y, 1, 0)])

    def vorticity(self, x, y, dx=0, dy=0):
        return self.psi(x, y, dx + 2, dy) + self.psi(x, y, dx, dy + 2)

    def convection(self, x, y):
        """(U·∇)ω."""
        u, v = self.velocity(x, y)
        return u * self.vorticity(x, y, 1, 0) + v * self.vorticity(x, y, 0, 1)

    def diffusion(self, x, y):
        """Δω."""
        return self.vorticity(x, y, 2, 0) + self.vorticity(x, y, 0, 2)


FLOW = Modes((0.8, 1, 0, 0.3), (0.5, 0, 2, 1.0), (0.3, 1, 1, 2.0), (0.2, 2, -1, 0.0))


def taylor_green(x, y):
    """Velocity of ψ = sin x sin y."""
    return np.stack([np.sin(x) * np.cos(y), -np.cos(x) * np.sin(y)])


@pytest.mark.parametrize("n", [15, 16])
def test_taylor_green_velocity_decays(relative, n):
    """U e^{-2νt}: the convection of this flow is a gradient, which the pressure takes."""
    grid = Grid.cube(2, n, TURN)
    u = taylor_green(*grid.coordinates())
    stepper = Stepper.build(navier_stokes_velocity(2, 0.1), grid, 0.05)
    assert relative(stepper.repeat(u, 100), u * np.exp(-2 * 0.1 * 5.0)) < 1e-13


@pytest.mark.parametrize("dims", [2, 3])
def test_taylor_green_rides_on_a_mean_flow(relative, dims):
    """Galilean invariance: c + U(x - ct) e^{-2νt}; now convection does the carrying."""
    grid, t, c = Grid.cube(dims, 12 + dims % 2, TURN), 1.0, (0.7, -0.4, 0.3)[:dims]

    def exact(time):
        x = grid.coordinates()
        plane = taylor_green(x[0] - c[0] * time, x[1] - c[1] * time) * np.exp(-0.2 * time)
        still = np.zeros((dims - 2, *grid.points))
        return np.concatenate([plane, still]) + np.reshape(c, (dims, *[1] * dims))

    errors = []
    for steps in (20, 40):
        stepper = Stepper.build(navier_stokes_velocity(dims, 0.1), grid, t / steps, order=4)
        errors.append(relative(stepper.repeat(exact(0.0), steps), exact(t)))
    assert errors[1] < 1e-8  # (|κ c| dt)⁵ / 120 a step
    assert errors[0] > 12 * errors[1]  # fourth order


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_manufactured_steady_vorticity(relative, order):
    """f = (U·∇)ω - νΔω - λω holds ω still, at every order and step: all stages are equal."""
    nu, drag = 0.3, -0.2
    grid = Grid.cube(2, 24, TURN)
    x, y = grid.coordinates()
    omega = FLOW.vorticity(x, y)[None]
    force = FLOW.convection(x, y) - nu * FLOW.diffusion(x, y) - drag * omega[0]
    assert np.max(np.abs(FLOW.convection(x, y))) > 0.5  # the nonlinear term takes part
    equation = with_source(navier_stokes_vorticity(nu, 1.0, drag), force)
    stepper = Stepper.build(equation, grid, 0.1, order=order)
    assert relative(stepper.repeat(omega, 20), omega) < 1e-13
    # at this viscosity it attracts: the slowest mode decays like e^{-0.5 t} and more slowly
    # by convection; from rest e^{-0.4 · 60} is left
    settled = Stepper.build(equation, grid, 0.1, order=order).repeat(0 * omega, 600)
    assert relative(settled, omega) < 1e-8


@pytest.mark.parametrize("scale", [1.0, 0.6])
def test_manufactured_steady_velocity(relative, scale):
    """The same flow as a velocity; any gradient in the force is taken by the pressure."""
    nu = 0.3
    grid = Grid.cube(2, 24, TURN)
    x, y = grid.coordinates()
    u = FLOW.velocity(x, y)
    slopes = [
        np.stack([FLOW.psi(x, y, 1, 1), FLOW.psi(x, y, 0, 2)]),
        np.stack([-FLOW.psi(x, y, 2, 0), -FLOW.psi(x, y, 1, 1)]),
    ]
    convection = np.stack([np.sum(u * slope, axis=0) for slope in slopes])
    laplacian = np.stack(
        [
            FLOW.psi(x, y, 2, 1) + FLOW.psi(x, y, 0, 3),
            -FLOW.psi(x, y, 3, 0) - FLOW.psi(x, y, 1, 2),
        ]
    )
    force = leray(scale * convection, grid) - nu * laplacian
    equation = with_source(navier_stokes_velocity(2, nu, scale), force)
    assert relative(Stepper.build(equation, grid, 0.1, order=3).repeat(u, 20), u) < 1e-13


@pytest.mark.parametrize("n", [9, 12])
@pytest.mark.parametrize("wave", [1, 2])
def test_abc_flow_decays(relative, n, wave):
    """∇ × u = κ u: a Beltrami flow has no u × ω, and every component decays like e^{-νκ²t}."""
    a, b, c, nu = 1.0, 0.7, 0.4, 0.05
    grid = Grid.cube(3, n + 4 * (wave - 1), TURN)
    x, y, z = wave * grid.coordinates()
    u = np.stack(
        [
            a * np.sin(z) + c * np.cos(y),
            b * np.sin(x) + a * np.cos(z),
            c * np.sin(y) + b * np.cos(x),
        ]
    )
    assert relative(curl(u, grid), wave * u) < 1e-13
    stepper = Stepper.build(navier_stokes_velocity(3, nu), grid, 0.1, order=2)
    assert relative(stepper.repeat(u, 20), u * np.exp(-nu * wave**2 * 2.0)) < 1e-13


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_vorticity_is_the_curl_of_velocity(relative, order):
    """The two forms are one scheme: with forcing, drag and viscosity, step for step."""
    grid = Grid(points=(17, 18), extent=(TURN, 5.0))
    u = FLOW.velocity(grid.coordinates()[0], TURN / 5.0 * grid.coordinates()[1])
    u = leray(u, grid)
    options = {"diffusivity": 0.02, "scale": 0.8, "drag": -0.1}
    force = {"injection_mode": 2, "injection_scale": 0.7}
    velocity = Stepper.build(kolmogorov_velocity(2, **options, **force), grid, 0.05, order=order)
    vorticity = Stepper.build(kolmogorov_vorticity(**options, **force), grid, 0.05, order=order)
    expected = vorticity.rollout(curl(u, grid), 10)
    found = velocity.rollout(u, 10)
    assert relative(curl(found, grid), expected) < 1e-12  # a slope multiplies rounding by κ ≤ 11
    assert relative(expected[-1], expected[0]) > 0.1
    assert np.max(np.abs(divergence(found, grid))) < 1e-12


@pytest.mark.parametrize(("dims", "length"), [(2, TURN), (2, 5.0), (3, TURN), (3, 3.0)])
def test_kolmogorov_laminar_velocity(relative, dims, length):
    """γ sin(κ x₁) e₀ / (νκ² - λ) is at rest; from rest its amplitude grows like 1 - e^{-rt}."""
    gamma, nu, drag, mode = 0.7, 0.05, -0.1, 2
    grid = Grid.cube(dims, 12, length)
    kappa, rate = TURN * mode / length, nu * (TURN * mode / length) ** 2 - drag
    laminar = np.zeros((dims, *grid.points))
    laminar[0] = gamma / rate * np.sin(kappa * grid.coordinates()[1])
    equation = kolmogorov_velocity(dims, nu, 1.0, drag, mode, gamma)
    stepper = Stepper.build(equation, grid, 0.1)
    assert relative(stepper.repeat(laminar, 10), laminar) < 1e-12
    assert relative(stepper(0 * laminar), laminar * -np.expm1(-rate * 0.1)) < 1e-12
    assert stepper(0 * laminar)[0][(0, 1, *[0] * (dims - 2))] > 0  # the force starts upward


def test_three_dimensions_hold_two_and_a_scalar(relative):
    """A flow that is constant along the last axis is a plane flow that carries its third part."""
    plane, solid = Grid.cube(2, 12, TURN), Grid.cube(3, 12, TURN)
    x, y = plane.coordinates()
    u, w = FLOW.velocity(x, y), np.sin(x + y) + 0.5 * np.cos(2 * x - 1)
    state = np.stack([*u, w])[..., None] * np.ones(12)
    high = Stepper.build(navier_stokes_velocity(3, 0.05), solid, 0.02, order=4).repeat(state, 20)
    start = np.concatenate([curl(u, plane), w[None]])
    low = Stepper.build(passive_scalar(0.05, 0.05), plane, 0.02, order=4).repeat(start, 20)
    assert relative(high[2], np.broadcast_to(low[1][..., None], high[2].shape)) < 1e-12
    assert relative(curl(high[:2, ..., 0], plane), low[:1]) < 1e-12
    assert relative(low, start) > 0.1


def test_a_scalar_in_a_shear_is_tilted(relative):
    """U = sin y, no diffusion: θ(x - t sin y, y), exact along every line."""
    grid, t = Grid.cube(2, 48, TURN), 1.0
    x, y = grid.coordinates()
    start = np.stack([np.cos(y), np.cos(x + 0.3)])  # ω = ∂_1 U
    stepper = Stepper.build(passive_scalar(0.0, 0.0), grid, t / 40, order=4)
    expected = np.stack([np.cos(y), np.cos(x - t * np.sin(y) + 0.3)])
    # the phase t sin y has Bessel coefficients J_k(t), far below this at k = 15; dt⁴ sets it
    assert relative(stepper.repeat(start, 40), expected) < 1e-7


def test_balance_of_energy_enstrophy_and_variance():
    """Dissipation laws: dE/dt = -2νZ, dZ/dt = -ν⟨|∇ω|²⟩, d⟨θ²⟩/dt = -2κ⟨|∇θ|²⟩."""
    nu, kappa, dt, steps = 0.05, 0.03, 0.02, 50
    grid = Grid.cube(2, 20, TURN)
    x, y = grid.coordinates()
    u = np.concatenate([FLOW.vorticity(x, y)[None], (np.sin(x) + np.cos(2 * y + x))[None]])
    stepper = Stepper.build(passive_scalar(nu, kappa), grid, dt, order=4)
    path = stepper.rollout(u, steps, include_initial=True)

    def mean(v):
        """Sum over all components, mean over space: one number for each time."""
        return np.sum(np.mean(v, axis=(-2, -1)), axis=tuple(range(1, v.ndim - 2)))

    def integral(f):
        weights = np.ones(steps + 1)
        weights[1:-1:2], weights[2:-1:2] = 4, 2
        return np.sum(weights * f) * dt / 3

    omega, theta = path[:, :1], path[:, 1:]
    enstrophy = mean(omega**2) / 2
    lost = enstrophy[0] - enstrophy[-1]
    # Simpson's rule and the scheme are of fourth order: dt⁴ = 2e-7
    assert lost == pytest.approx(nu * integral(mean(gradient(omega, grid) ** 2)), rel=1e-6)
    lost = mean(theta**2)[0] - mean(theta**2)[-1]
    expected = 2 * kappa * integral(mean(gradient(theta, grid) ** 2))
    assert lost == pytest.approx(expected, rel=1e-6)
    velocity = Stepper.build(navier_stokes_velocity(2, nu), grid, dt, order=4)
    flow = velocity.rollout(FLOW.velocity(x, y), steps, include_initial=True)
    energy = mean(flow**2) / 2
    assert energy[0] - energy[-1] == pytest.approx(2 * nu * integral(enstrophy), rel=1e-6)


def test_only_the_nonlinear_term_is_projected(relative):
    """A gradient field is no flow: convection does not move its projection, viscosity damps it."""
    grid = Grid.cube(2, 16, TURN)
    x, y = grid.coordinates()
    u = gradient((np.sin(x) * np.sin(y))[None], grid)[0]
    stepper = Stepper.build(navier_stokes_velocity(2, 0.1), grid, 0.1)
    assert relative(stepper(u), u * np.exp(-2 * 0.1 * 0.1)) < 1e-13
