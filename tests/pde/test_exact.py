"""Exact solutions, in double precision."""

import numpy as np
import pytest

from xpde.pde import Stepper, burgers, kdv, kolmogorov_vorticity, navier_stokes_vorticity
from xpde.space import Grid


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
