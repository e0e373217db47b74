"""Invariants: those that an equation names, and those of its limits without friction."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.pde import (
    Stepper,
    burgers,
    kdv,
    klein_gordon,
    kuramoto_sivashinsky,
    navier_stokes_velocity,
    navier_stokes_vorticity,
    passive_scalar,
    schroedinger,
    sine_gordon,
    single_channel,
    wave,
)
from xpde.space import Grid, curl, divergence, gradient, leray

sys.path.insert(0, str(Path(__file__).parents[1] / "laws"))
from equations import examples

POINTS = {1: (25,), 2: (17, 18), 3: (13, 12, 12)}  # cubic bands reach 2
NAMED = [(label, e) for label, e in examples(1, 2, 3) if e.conserves]


def box(dims):
    return Grid(POINTS[dims], tuple(2 * np.pi * (1 + 0.25 * j) for j in range(dims)))


def space(grid):
    return tuple(range(-grid.dims, 0))


def mean(equation, grid, u):
    return np.mean(u, axis=space(grid))


def energy(equation, grid, u):
    return np.sum(np.mean(u * u, axis=space(grid))) / 2


def wave_energy(equation, grid, u):
    """½⟨v² + c²|∇h|²⟩ + ⟨V(h)⟩ with the potential of the equation."""
    p, h = equation.parameters, u[:1]
    kinetic = np.mean(u[1] ** 2) / 2 + p["speed"] ** 2 * energy(equation, grid, gradient(h, grid))
    if equation.name == "klein_gordon":
        return kinetic + np.mean(p["mass"] ** 2 * h**2 / 2 + p["cubic"] * h**4 / 4)
    if equation.name == "sine_gordon":
        return kinetic + p["mass"] ** 2 * np.mean(1 - np.cos(h))
    return kinetic


def sources(equation, grid, u):
    """The divergence, relative to one slope of the field."""
    return np.max(np.abs(divergence(u, grid))) / np.max(np.abs(gradient(u[:1], grid)))


INVARIANTS = {
    "mean": mean,
    "energy": energy,
    "wave energy": wave_energy,
    "divergence": sources,
}
LINEAR_IN_THE_STATE = {"mean", "divergence"}  # every Runge-Kutta scheme keeps these exactly


def drift(equation, grid, u, t, steps, invariant, order=4):
    """Return the largest change of an invariant, relative to the invariants of the start."""
    v = Stepper.build(equation, grid, t / steps, order=order).repeat(u, steps)
    before, after = (np.asarray(invariant(equation, grid, w)) for w in (u, v))
    assert np.max(np.abs(v - u)) > 1e-5 * np.max(np.abs(u))  # the state moves, the number stays
    return np.max(np.abs(after - before)) / max(np.max(np.abs(before)), 1.0)


def start(band_limited, equation, grid):
    """A smooth state; a velocity is made solenoidal, which its equation asks for."""
    u = band_limited(grid, equation.channels, 7, highest=2)
    if "divergence" in equation.conserves:
        u = leray(u, grid)
    return u + 0.3


@pytest.mark.parametrize(("label", "equation"), NAMED, ids=[label for label, _ in NAMED])
def test_what_an_equation_says_it_conserves(band_limited, label, equation):
    grid = box(equation.dims)
    u = start(band_limited, equation, grid)
    for name in equation.conserves:
        if name in LINEAR_IN_THE_STATE or equation.nonlinear is None:
            orders = (1, 4) if equation.nonlinear else (0,)
            for order in orders:
                # ten steps of rounding, with κ up to 12 in a slope
                moved = drift(equation, grid, u, 0.5, 10, INVARIANTS[name], order)
                assert moved < 1e-13, (name, order)
        else:  # exact in the truncated system, kept by the scheme to its order
            coarse, fine = (drift(equation, grid, u, 0.5, n, INVARIANTS[name]) for n in (16, 64))
            assert fine < max(coarse / 4**3.5, 1e-14), (name, coarse, fine)
            assert fine < 1e-7, (name, fine)


def test_every_catalogued_invariant_is_known():
    assert {name for _, e in NAMED for name in e.conserves} == set(INVARIANTS)


def enstrophy(equation, grid, omega):
    return np.mean(omega**2) / 2


def flow_energy(equation, grid, omega):
    """½⟨|u|²⟩ = -½⟨ψ ω⟩ with Δψ = ω."""
    axes = space(grid)
    square = sum(
        grid.along(grid.wavenumbers(j) * 2 * np.pi / grid.extent[j], j) ** 2
        for j in range(grid.dims)
    )
    w_hat = np.fft.rfftn(omega, axes=axes)
    psi = np.fft.irfftn(-w_hat / np.where(square > 0, square, np.inf), s=grid.points, axes=axes)
    return -np.mean(psi * omega) / 2


def helicity(equation, grid, u):
    return np.mean(np.sum(u * curl(u, grid), axis=0))


def kdv_energy(equation, grid, u):
    """⟨ξ u_x²/2 - b u³/6⟩: its variation generates u_t + b u u_x + ξ u_xxx = 0."""
    p = equation.parameters
    slope = gradient(u, grid)
    return np.mean(p["dispersivity"] * slope**2 / 2 - p["scale"] * u**3 / 6)


FRICTIONLESS = {
    "burgers energy": (burgers(1, 0.0), energy, 0.5),
    "kdv momentum": (kdv(1, hyper_diffusivity=0.0), energy, 0.02),
    "kdv energy": (kdv(1, hyper_diffusivity=0.0), kdv_energy, 0.02),
    "enstrophy": (navier_stokes_vorticity(0.0), enstrophy, 1.0),
    "energy of vorticity": (navier_stokes_vorticity(0.0), flow_energy, 1.0),
    "energy in 2D": (navier_stokes_velocity(2, 0.0), energy, 1.0),
    "energy in 3D": (navier_stokes_velocity(3, 0.0), energy, 1.0),
    "helicity": (navier_stokes_velocity(3, 0.0), helicity, 1.0),
    "scalar variance": (
        passive_scalar(0.0, 0.0),
        lambda e, grid, u: np.mean(u[1] ** 2),
        1.0,
    ),
}


@pytest.mark.parametrize("name", sorted(FRICTIONLESS))
def test_invariants_without_friction(band_limited, name):
    """Quadratic forms and Hamiltonians of the truncated system, to the fourth order in dt."""
    equation, invariant, t = FRICTIONLESS[name]
    grid = box(equation.dims)
    u = start(band_limited, equation, grid)
    coarse, fine = (drift(equation, grid, u, t, n, invariant) for n in (16, 64))
    assert fine < max(coarse / 4**3.5, 1e-14), (coarse, fine)
    assert fine < 1e-6


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize(
    "build",
    [
        kuramoto_sivashinsky,
        lambda d: burgers(d, conservative=True),
        lambda d: burgers(d, single_channel=True),
        lambda d: kdv(d, conservative=True),
        lambda d: single_channel(d, (0.0, 0.3, 0.01), (0.0, -1.0, 0.5)),
    ],
)
def test_the_mean_of_a_divergence_form(band_limited, build, dims):
    """∇·F and |∇u|² minus its mean leave every mean alone, at every order and in any basis."""
    equation, grid = build(dims), box(dims)
    u = start(band_limited, equation, grid)
    for order in (1, 2, 3, 4):
        v = Stepper.build(equation, grid, 0.01, order=order).repeat(u, 5)
        assert np.max(np.abs(mean(equation, grid, v - u))) < 1e-14  # five steps of rounding


def test_the_mean_of_a_wave_drifts(band_limited):
    """h_tt = c² Δh has ⟨h⟩ = ⟨h⟩₀ + t⟨v⟩₀."""
    for dims in (1, 2, 3):
        grid = box(dims)
        u = band_limited(grid, 2, 0) + np.reshape([0.5, -0.2], (2, *[1] * dims))
        before = mean(None, grid, u)
        after = mean(None, grid, Stepper.build(wave(dims), grid, 0.7)(u))
        np.testing.assert_allclose(after, before + np.array([0.7 * before[1], 0.0]), atol=1e-14)


def test_the_energy_of_interacting_waves_has_every_part(band_limited):
    """Without the quartic (the cosine) the same number moves: the test above sees the potential."""
    grid = box(1)
    for equation in (klein_gordon(1, cubic=2.0), sine_gordon(1)):
        u = 2 * start(band_limited, equation, grid)

        def without(e, g, w):
            return wave_energy(wave(1), g, w)

        assert drift(equation, grid, u, 0.5, 64, without) > 1e-3
        assert drift(equation, grid, u, 0.5, 64, wave_energy) < 1e-7


def test_the_hamiltonian_of_schroedinger(band_limited):
    """⟨d |∇ψ|² - g/2 |ψ|⁴⟩."""
    equation, grid = schroedinger(2, 0.7, 1.5), box(2)
    u = start(band_limited, equation, grid)

    def hamiltonian(e, g, w):
        size = np.sum(w * w, axis=0)
        slopes = 2 * sum(energy(e, g, gradient(w[c : c + 1], g)) for c in range(2))
        return 0.7 * slopes - 1.5 / 2 * np.mean(size**2)

    coarse, fine = (drift(equation, grid, u, 0.5, n, hamiltonian) for n in (16, 64))
    assert fine < coarse / 4**3.5
    assert fine < 1e-7
