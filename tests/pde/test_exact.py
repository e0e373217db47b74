"""Exact solutions, in double precision."""

import numpy as np
import pytest

from xpde.pde import (
    Stepper,
    burgers,
    gradient_norm,
    kdv,
    kolmogorov_vorticity,
    kuramoto_sivashinsky,
    kuramoto_sivashinsky_conservative,
    navier_stokes_vorticity,
)
from xpde.space import Grid, derivative


@pytest.mark.parametrize("n", [191, 192])
def test_kdv_soliton(relative, n):
    """u = -c/2 sech²(√c/2 (x - ct)); its tail is e^{-√c L/2} at the ends of the box."""
    c, length, t = 4.0, 30.0, 0.5

    def soliton(x, time):
        y = (x - c * time - length / 3 + length / 2) % length - length / 2
        return -c / 2 / np.cosh(np.sqrt(c) / 2 * y) ** 2

    grid = Grid.cube(1, n, length)
    x = grid.coordinates()
    equation = kdv(1, hyper_diffusivity=0.0)
    errors = []
    for steps in (250, 500):
        stepper = Stepper.build(equation, grid, t / steps, order=4)
        errors.append(relative(stepper.repeat(soliton(x, 0.0), steps), soliton(x, t)))
    # the band ends where the spectrum of sech² is 1e-8; ETDRK4 is below that at 500 steps
    assert errors[1] < 3e-8
    assert errors[0] > 3 * errors[1]  # and the step still shows at 250


@pytest.mark.parametrize("n", [191, 192])
def test_kdv_soliton_after_one_turn(relative, n):
    """Back at its place after L/c with its shape: the speed is read from the phase of a mode."""
    c, length, steps = 9.0, 20.0, 4000
    grid = Grid.cube(1, n, length)
    x = grid.coordinates() - length / 2
    u = -c / 2 / np.cosh(np.sqrt(c) / 2 * x) ** 2  # the tail at the ends is 1e-13
    equation = kdv(1, hyper_diffusivity=0.0)
    v = Stepper.build(equation, grid, length / c / steps, order=4).repeat(u, steps)
    shift = np.angle(np.vdot(np.fft.rfft(u[0])[1], np.fft.rfft(v[0])[1])) / (2 * np.pi)
    assert abs(shift) < 1e-6  # of one turn
    assert relative(v, u) < 1e-5  # products are cut where the spectrum of sech² is 1e-7
    assert np.min(v) == pytest.approx(np.min(u), rel=1e-5)


def test_two_kdv_solitons_pass_through_each_other():
    """Speeds 16 and 4: the fast one gains log(3), the slow one loses as much over √c."""
    length, t, steps = 40.0, 1.2, 6000
    grid = Grid.cube(1, 256, length)
    (x,) = grid.coordinates()

    def soliton(c, centre):
        return -c / 2 / np.cosh(np.sqrt(c) / 2 * (x - centre)) ** 2

    u = (soliton(16.0, 8.0) + soliton(4.0, 15.0))[None]
    v = Stepper.build(kdv(1, hyper_diffusivity=0.0), grid, t / steps, order=4).repeat(u, steps)
    # phase shifts ±(2/√c) log((√c₁ + √c₂)/(√c₁ - √c₂)) = log 3 / 2 · 2 and log 3
    fast, slow = 8.0 + 16 * t + np.log(3.0) / 2, 15.0 + 4 * t - np.log(3.0)
    expected = (soliton(16.0, fast) + soliton(4.0, slow))[None]
    # overlapping tails e^{-2 · 7} at the start; without the shifts the difference is 0.7
    assert np.max(np.abs(v - expected)) < 1e-2 * np.max(np.abs(v))
    unshifted = (soliton(16.0, 8.0 + 16 * t) + soliton(4.0, 15.0 + 4 * t))[None]
    assert np.max(np.abs(v - unshifted)) > 0.3 * np.max(np.abs(v))


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_burgers_by_cole_hopf_in_every_dimension(relative, dims):
    """u = -2ν ∇φ/φ is a gradient; φ = 1 + Σ_j ½ cos(x_j) e^{-νt} / D solves the heat equation."""
    nu, t, steps = 0.4, 0.5, 100
    grid = Grid.cube(dims, {1: 48, 2: 33, 3: 20}[dims], 2 * np.pi)
    x = np.reshape(grid.coordinates(), (dims, *grid.points))

    def exact(time):
        decay = 0.5 / dims * np.exp(-nu * time)
        return 2 * nu * decay * np.sin(x) / (1 + decay * np.sum(np.cos(x), axis=0))

    stepper = Stepper.build(burgers(dims, nu), grid, t / steps, order=4)
    # the spectrum of 1/φ falls like 0.27^k: band of 15, 9 and 5 modes
    assert relative(stepper.repeat(exact(0.0), steps), exact(t)) < {1: 1e-8, 2: 1e-5, 3: 1e-3}[dims]


@pytest.mark.parametrize("dims", [1, 2])
def test_gradient_norm_by_cole_hopf(relative, dims):
    """h = -(2ν/b) log φ solves h_t + b/2 |∇h|² = νΔh; here the mean is kept instead."""
    nu, b, t, steps = 0.4, 1.5, 0.5, 100
    grid = Grid.cube(dims, 40, 2 * np.pi)
    x = np.reshape(grid.coordinates(), (dims, *grid.points))

    def exact(time):
        decay = 0.5 / dims * np.exp(-nu * time)
        h = -2 * nu / b * np.log(1 + decay * np.sum(np.cos(x), axis=0))
        return (h - np.mean(h))[None]

    stepper = Stepper.build(gradient_norm(dims, (0.0, 0.0, nu), b), grid, t / steps, order=4)
    assert relative(stepper.repeat(exact(0.0), steps), exact(t)) < 1e-7  # 0.27^12 at the band's end


@pytest.mark.parametrize("n", [24, 25])
def test_slope_of_the_combustion_form(relative, n):
    """∂_x of u_t + b/2 u_x² + ... = 0 is the conservative form for the slope, step for step."""
    grid = Grid.cube(1, n, 20.0)
    x = grid.coordinates() * 2 * np.pi / 20.0
    u = np.sin(x) + 0.5 * np.cos(2 * x)
    for order in (1, 2, 3, 4):
        height = Stepper.build(kuramoto_sivashinsky(1), grid, 0.1, order=order)
        slope = Stepper.build(kuramoto_sivashinsky_conservative(1), grid, 0.1, order=order)
        found, expected = (
            derivative(height.repeat(u, 20), grid, 0),
            slope.repeat(derivative(u, grid, 0), 20),
        )
        assert relative(found, expected) < 1e-12


@pytest.mark.parametrize("n", [15, 16])
def test_taylor_green_decays(relative, n):
    """ω = 2 sin x sin y e^{-2νt}: the nonlinear term vanishes."""
    grid = Grid.cube(2, n, 2 * np.pi)
    x, y = grid.coordinates()
    w = 2 * (np.sin(x) * np.sin(y))[None]
    stepper = Stepper.build(navier_stokes_vorticity(0.1), grid, 0.05)
    assert relative(stepper.repeat(w, 100), w * np.exp(-2 * 0.1 * 5.0)) < 1e-13


def test_burgers_by_cole_hopf(relative):
    """u = -2ν φ_x/φ with the heat solution φ = 1 + ½ cos x e^{-νt}."""
    nu, t = 0.3, 1.0
    grid = Grid.cube(1, 64, 2 * np.pi)
    x = grid.coordinates()

    def exact(time):
        decay = 0.5 * np.exp(-nu * time)
        return 2 * nu * decay * np.sin(x) / (1 + decay * np.cos(x))

    stepper = Stepper.build(burgers(1, nu), grid, t / 400, order=4)
    assert relative(stepper.repeat(exact(0.0), 400), exact(t)) < 1e-11


@pytest.mark.parametrize("length", [1.0, 2 * np.pi, 5.0])
def test_kolmogorov_laminar_flow(relative, length):
    """Body force γ sin(κ x₁) on U: U = γ sin(κ x₁)/(νκ² - λ), and ω = ∂_1 U."""
    gamma, nu, drag, mode = 0.7, 0.05, -0.1, 2
    grid = Grid.cube(2, 16, length)
    kappa = 2 * np.pi * mode / length
    wave = np.cos(kappa * grid.coordinates()[1])[None]
    laminar = gamma * kappa / (nu * kappa**2 - drag) * wave
    equation = kolmogorov_vorticity(nu, 1.0, drag, mode, gamma)
    stepper = Stepper.build(equation, grid, 0.1, order=2)
    assert relative(stepper.repeat(laminar, 10), laminar) < 1e-12
    # from rest the forcing grows as (1 - e^{-rt})/r, which ETDRK integrates exactly
    rate = nu * kappa**2 - drag
    expected = laminar * -np.expm1(-rate * 0.1)
    assert relative(stepper(0 * laminar), expected) < 1e-12


def test_vorticity_sign(relative):
    """A patch is carried by (U, V) = (∂_1 ψ, -∂_0 ψ): here U = sin y, V = 0 plus a small wave."""
    grid = Grid.cube(2, 32, 2 * np.pi)
    x, y = grid.coordinates()
    eps, dt = 1e-6, 1e-3
    base, wave = np.cos(y)[None], eps * np.cos(3 * x + 2 * y)[None]  # ω = ∂_1 U = cos y
    stepper = Stepper.build(navier_stokes_vorticity(0.0), grid, dt, order=4)
    rate = (stepper(base + wave) - base - wave) / dt
    psi = -wave / 13
    v = -(-3 * psi * np.tan(3 * x + 2 * y))  # -∂_0 ψ
    linearized = -(np.sin(y) * (-3 * eps * np.sin(3 * x + 2 * y)) + v * -np.sin(y))
    assert relative(rate, linearized) < 5 * dt + 10 * eps
