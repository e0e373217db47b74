"""Exact waves: dispersion relations, solitons, kinks, breathers and cnoidal trains."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ellipj, ellipk

from xpde.pde import Stepper, klein_gordon, schroedinger, sine_gordon, wave
from xpde.space import Grid, Symbols

TURN = 2 * np.pi


def final_errors(relative, equation, grid, start, expected, t, steps):
    """Return the errors of order 4 with ``steps`` and with half of them."""
    runs = (
        Stepper.build(equation, grid, t / n, order=4).repeat(start, n) for n in (steps, steps // 2)
    )
    return [relative(v, expected) for v in runs]


@settings(max_examples=10)
@given(
    seed=st.integers(0, 2**31),
    points=st.lists(st.integers(6, 11), min_size=1, max_size=3),
    speed=st.floats(0.1, 3.0),
    dt=st.floats(1e-3, 5.0),
)
def test_every_mode_of_a_wave_turns(relative, seed, points, speed, dt):
    """h cos ωt + v sin(ωt)/ω and v cos ωt - h ω sin ωt with ω = c|κ|, the mean h + vt."""
    grid = Grid(tuple(points), tuple(2.0 + j for j in range(len(points))))
    axes = tuple(range(1, grid.dims + 1))
    u = np.random.default_rng(seed).standard_normal((2, *grid.points))
    h, v = np.fft.rfftn(u, axes=axes)
    w = speed * np.sqrt(sum(Symbols(grid).kappa(j) ** 2 for j in range(grid.dims)))
    turn = np.sinc(w * dt / np.pi) * dt  # sin(ωt)/ω
    spectrum = np.stack([h * np.cos(w * dt) + v * turn, v * np.cos(w * dt) - h * w**2 * turn])
    expected = np.fft.irfftn(spectrum, s=grid.points, axes=axes)
    stepper = Stepper.build(wave(grid.dims, speed), grid, dt)
    for channel in range(2):  # heights and rates have their own size
        # the phase ω t up to 200 is known to 200 units of rounding
        assert relative(stepper(u)[channel], expected[channel]) < 1e-12


@pytest.mark.parametrize("n", [64, 65])
def test_a_wave_comes_back(relative, n):
    """After a period L/c every state is itself again, in one step or in many."""
    grid = Grid.cube(1, n, 3.0)
    u = np.random.default_rng(0).standard_normal((2, n))
    u[1] -= np.mean(u[1])
    for steps in (1, 24):
        found = Stepper.build(wave(1, 2.0), grid, 1.5 / steps).repeat(u, steps)
        # a phase of 200 is known to 4e-14, and 24 steps add up theirs
        assert relative(found, u) < 24 * 4e-14 * 5


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_dispersion_relation_of_klein_gordon(relative, dims):
    """cos(κ·x - ωt) with ω² = c²|κ|² + m²; the phase after a hundred turns."""
    speed, mass = 0.8, 1.7
    grid = Grid(tuple(9 + j for j in range(dims)), tuple(TURN * (1 + 0.5 * j) for j in range(dims)))
    x = np.reshape(grid.coordinates(), (dims, *grid.points))
    k = [TURN * (2 - j) / grid.extent[j] for j in range(dims)]
    omega = np.sqrt(speed**2 * sum(a * a for a in k) + mass**2)
    t = 100 * TURN / omega + 0.3

    def exact(time):
        phase = sum(a * b for a, b in zip(k, x, strict=True)) - omega * time
        return np.stack([np.cos(phase), omega * np.sin(phase)])

    stepper = Stepper.build(klein_gordon(dims, speed, mass), grid, t)
    assert relative(stepper(exact(0.0)), exact(t)) < 1e-12  # 2e-16 of a phase of 600
    no_mass = Stepper.build(klein_gordon(dims, speed, 0.0), grid, t)
    assert relative(no_mass(exact(0.0)), Stepper.build(wave(dims, speed), grid, t)(exact(0.0))) == 0


def test_cnoidal_train_of_cubic_klein_gordon(relative):
    """A cn(Ωγ(t - vx/c²), k) with Ω² = m² + λA², k² = λA²/(2Ω²): the Duffing oscillator, moving."""
    speed, mass, cubic, size, v = 1.0, 1.0, 1.5, 0.8, 0.6
    gamma = 1 / np.sqrt(1 - v**2 / speed**2)
    omega = np.sqrt(mass**2 + cubic * size**2)
    parameter = cubic * size**2 / (2 * omega**2)
    length = 4 * ellipk(parameter) / (omega * gamma * v / speed**2)
    grid = Grid.cube(1, 64, length)

    def exact(time):
        sn, cn, dn, _ = ellipj(
            omega * gamma * (time - v * grid.coordinates() / speed**2), parameter
        )
        return np.concatenate([size * cn, -size * omega * gamma * sn * dn])

    t = 5.0
    fine, coarse = final_errors(
        relative, klein_gordon(1, speed, mass, cubic), grid, exact(0.0), exact(t), t, 400
    )
    assert fine < 1e-8  # dt⁴ = 2e-8
    assert coarse > 12 * fine  # fourth order


@pytest.mark.parametrize("n", [383, 384])
def test_breather_of_sine_gordon(relative, n):
    """4 arctan(β sin(wt) / (w cosh βx)), w² + β² = 1; the tail e^{-βL/2} is 4e-11."""
    w, t = 0.6, 2.0
    beta, length = np.sqrt(1 - w**2), 60.0
    grid = Grid.cube(1, n, length)
    x = grid.coordinates()[0] - length / 2

    def exact(time):
        f = beta * np.sin(w * time) / (w * np.cosh(beta * x))
        rate = beta * np.cos(w * time) / np.cosh(beta * x)
        return np.stack([4 * np.arctan(f), 4 * rate / (1 + f**2)])

    fine, coarse = final_errors(relative, sine_gordon(1), grid, exact(-1.0), exact(t), t + 1, 48)
    assert fine < 2e-7  # dt⁴ = 1.5e-5 by a small rate: 6e-8 is measured
    assert coarse > 12 * fine  # fourth order


def test_kink_and_antikink_pass(relative):
    """4 arctan(sinh(γvt) / (v cosh γx)): they meet at t = 0 and leave with the shapes they had."""
    v, length, t = 0.5, 50.0, 8.0
    gamma = 1 / np.sqrt(1 - v**2)
    grid = Grid.cube(1, 384, length)
    x = grid.coordinates()[0] - length / 2

    def exact(time):
        f = np.sinh(gamma * v * time) / (v * np.cosh(gamma * x))
        rate = gamma * np.cosh(gamma * v * time) / np.cosh(gamma * x)
        return np.stack([4 * np.arctan(f), 4 * rate / (1 + f**2)])

    steps = 400
    found = Stepper.build(sine_gordon(1), grid, 2 * t / steps, order=4).repeat(exact(-t), steps)
    assert np.ptp(exact(-t)[0]) > 1.9 * np.pi  # a kink of 2π, and back
    # dt⁴ = 3e-6 by a small rate: 7e-8 is measured; the tail at the ends of the box is 1e-9
    assert relative(found, exact(t)) < 3e-7


@pytest.mark.parametrize("n", [255, 256])
def test_soliton_of_schroedinger(relative, n):
    """η sech(η(x - 2vt)) e^{i(vx + (η² - v²)t)}: speed, shape and phase after a turn of the box."""
    eta, length = 1.2, 30.0
    v = 6 * TURN / length  # a whole number of waves fits the box
    grid = Grid.cube(1, n, length)
    x = grid.coordinates()[0]
    t = length / (2 * v)

    def exact(time):
        y = (x - 2 * v * time) % length - length / 2
        phase = v * (x - length / 2) + (eta**2 - v**2) * time
        return eta / np.cosh(eta * y) * np.stack([np.cos(phase), np.sin(phase)])

    steps = 3000
    found = Stepper.build(schroedinger(1), grid, t / steps, order=4).repeat(exact(0.0), steps)
    # the phase error of order 4 grows with t = 12; products are cut where sech is 1e-7
    assert relative(found, exact(t)) < 1e-6
    np.testing.assert_allclose(
        np.max(np.sum(found**2, axis=0)), np.max(np.sum(exact(t) ** 2, axis=0)), rtol=1e-6
    )


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("cubic", [2.0, -1.0, 0.0])
def test_plane_waves_of_schroedinger(relative, dims, cubic):
    """A e^{i(κ·x - ωt)} with ω = d|κ|² - g A²: the linear and the nonlinear part in one phase."""
    grid = Grid.cube(dims, 12, TURN)
    size, d, t = 0.9, 0.7, 1.0
    phase = np.sum(np.reshape(grid.coordinates(), (dims, *grid.points)), axis=0)
    omega = d * dims - cubic * size**2

    def exact(time):
        return size * np.stack([np.cos(phase - omega * time), np.sin(phase - omega * time)])

    stepper = Stepper.build(schroedinger(dims, d, cubic), grid, t / 100, order=4)
    # (ω dt)⁴ of phase; without the nonlinear term it is exact
    assert relative(stepper.repeat(exact(0.0), 100), exact(t)) < (1e-7 if cubic else 1e-13)


def test_sine_gordon_is_klein_gordon_while_small(relative):
    """sin u = u - u³/6 + ...: at amplitude 1e-3 they part by 1e-6 / 6."""
    grid = Grid.cube(1, 32, TURN)
    (x,) = grid.coordinates()
    u = 1e-3 * np.stack([np.sin(x), np.cos(2 * x)])
    found, linear, cubic = (
        Stepper.build(e, grid, 0.05, order=4).repeat(u, 20)
        for e in (sine_gordon(1), klein_gordon(1), klein_gordon(1, cubic=-1 / 6))
    )
    assert 1e-9 < relative(found, linear) < 1e-6
    assert relative(found, cubic) < 1e-12  # the next term is u⁵/120
