"""Exact fronts, walls, equilibria and growth rates of reaction and diffusion."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from xpde.errors import InvalidInput
from xpde.pde import (
    GRAY_SCOTT_PATTERNS,
    Stepper,
    allen_cahn,
    belousov_zhabotinsky,
    cahn_hilliard,
    fisher_kpp,
    gray_scott,
    polynomial,
    swift_hohenberg,
)
from xpde.space import Grid, gradient

TURN = 2 * np.pi


def crossing(x, u, level=0.5):
    """Return where a falling front passes the level, by a line between two points."""
    i = int(np.max(np.flatnonzero(u > level)))
    return x[i] + (u[i] - level) / (u[i] - u[i + 1]) * (x[i + 1] - x[i])


@pytest.mark.parametrize(("nu", "rate"), [(1.0, 1.0), (0.5, 2.0)])
def test_front_of_ablowitz_and_zeppetella(relative, nu, rate):
    """(1 + e^{z/√6})^-2 with z = (|x| - x₀)√(r/ν) - 5/√6 r t: speed 5√(rν/6), shape unchanged."""
    unit = np.sqrt(nu / rate)
    grid = Grid.cube(1, 400, 160.0 * unit)
    x = (grid.coordinates() - 80.0 * unit) / unit

    def exact(t):
        return (1 + np.exp((np.abs(x) - 40.0 - 5 / np.sqrt(6) * rate * t) / np.sqrt(6))) ** -2

    t = 5.0 / rate
    found = Stepper.build(fisher_kpp(1, nu, rate), grid, t / 200, order=4).repeat(exact(0.0), 200)
    # the two fronts meet in a corner of 2 e^{-40/√6} = 2e-7 in the middle, which grows no further
    assert relative(found, exact(t)) < 1e-6
    moved = crossing(x[0], found[0]) - crossing(x[0], exact(0.0)[0])
    assert moved == pytest.approx(5 / np.sqrt(6) * 5.0, rel=1e-3)  # grid of 0.4, line between


def test_speed_of_fisher_fronts():
    """2√(rν), approached as slowly as 1 - 3/(4rt) from a state of compact support (Bramson)."""
    nu, rate = 0.5, 2.0
    grid = Grid.cube(1, 512, 120.0)
    x = grid.coordinates()[0] - 60.0
    u = np.exp(-(x**2))[None]
    stepper = Stepper.build(fisher_kpp(1, nu, rate), grid, 0.02, order=4)
    path = stepper.rollout(u, 625)[::25]  # rounding below 0 grows like e^{rt}: 7e-7 at rt = 25
    times = 0.02 * (1 + 25 * np.arange(len(path)))
    fronts = np.array([crossing(x, v[0]) for v in path])
    speeds, middle = np.diff(fronts) / np.diff(times), rate * (times[1:] + times[:-1]) / 2
    limit, late = 2 * np.sqrt(rate * nu), middle > 12
    lag = speeds[late] / limit - (1 - 0.75 / middle[late])
    # the next term of the expansion is 3√π/4 (rt)^-3/2: 0.03 at the first and 0.01 at the last
    assert np.all(np.abs(lag) < 0.75 * np.sqrt(np.pi) / middle[late] ** 1.5)
    assert np.all(np.diff(speeds[late]) > 0)
    assert 0.95 * limit < speeds[-1] < limit


def reactor(equation, u, t, steps):
    """Advance a uniform state: every point follows the reaction alone."""
    grid = Grid.cube(equation.dims, 6)
    state = np.reshape(u, (-1, *[1] * equation.dims)) * np.ones(grid.points)
    found = Stepper.build(equation, grid, t / steps, order=4).repeat(state, steps)
    assert np.ptp(found, axis=tuple(range(1, found.ndim))) == pytest.approx(0.0, abs=1e-12)
    return found[(slice(None), *[0] * equation.dims)]


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize(("feed", "kill"), [(0.036, 0.063), (0.03, 0.05), (0.05, 0.0605)])
def test_equilibria_of_gray_scott(dims, feed, kill):
    """(1, 0) always; with d = 1 - 4(f + k)²/f ≥ 0 also u = (1 ∓ √d)/2, v = f(1 ± √d)/(2(f + k))."""
    equation = gray_scott(dims, feed, kill)
    np.testing.assert_allclose(reactor(equation, [1.0, 0.0], 5.0, 5), [1.0, 0.0], atol=1e-14)
    d = 1 - 4 * (feed + kill) ** 2 / feed
    assert (d > 0) == (feed != 0.036)
    for sign in (1, -1) if d >= 0 else ():
        rest = [(1 - sign * np.sqrt(d)) / 2, feed * (1 + sign * np.sqrt(d)) / (2 * (feed + kill))]
        # u v² = (f + k) v = f (1 - u)
        assert rest[0] * rest[1] ** 2 == pytest.approx((feed + kill) * rest[1])
        np.testing.assert_allclose(reactor(equation, rest, 5.0, 5), rest, atol=1e-13)


def test_gray_scott_without_space_is_its_reaction():
    feed, kill = 0.03, 0.05

    def rate(_, w):
        u, v = w
        return [feed * (1 - u) - u * v * v, -(feed + kill) * v + u * v * v]

    start = [0.6, 0.3]
    expected = solve_ivp(rate, (0, 20.0), start, method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
    found = reactor(gray_scott(2, feed, kill), start, 20.0, 100)
    np.testing.assert_allclose(found, expected, rtol=1e-7)  # dt⁴ of rates below a tenth


def test_patterns_of_gray_scott_are_named():
    for name, (feed, kill) in GRAY_SCOTT_PATTERNS.items():
        equation = gray_scott(2, pattern=name)
        assert (equation.parameters["feed"], equation.parameters["kill"]) == (feed, kill)
    assert len(GRAY_SCOTT_PATTERNS) == 12
    with pytest.raises(InvalidInput, match=r"Gray-Scott pattern.*gama"):
        gray_scott(2, pattern="gama")
    with pytest.raises(InvalidInput, match="2 diffusivities, got 3"):
        gray_scott(2, diffusivities=(1.0, 1.0, 1.0))


def test_oregonator_oscillates():
    """The uniform state runs round a limit cycle: bounded, positive, of one period."""
    p = {"epsilon": 0.04, "delta": 0.02, "excess": 0.01, "yield": 1.0}

    def rate(_, w):
        x, y, z = w
        return [
            (p["excess"] * y - x * y + x * (1 - x)) / p["epsilon"],
            (-p["excess"] * y - x * y + p["yield"] * z) / p["delta"],
            x - z,
        ]

    grid, dt, start = Grid.cube(1, 4), 2e-3, [0.3, 0.2, 0.1]
    u = np.reshape(start, (3, 1)) * np.ones(4)
    path = Stepper.build(belousov_zhabotinsky(1), grid, dt, order=4).rollout(u, 12000)[..., 0]
    assert np.min(path) > 0
    assert np.max(path) < 10
    expected = solve_ivp(
        rate,
        (0, 2.0),
        start,
        method="Radau",
        rtol=1e-10,
        atol=1e-12,
        t_eval=dt * np.arange(1, 1000),
    )
    # explosions of x take ε/10: dt⁴ by the fourth power of their rate
    np.testing.assert_allclose(path[:999].T, expected.y, atol=1e-3)
    z = path[2000:, 2]  # after the approach
    peaks = np.flatnonzero((z[1:-1] > z[:-2]) & (z[1:-1] >= z[2:])) * dt
    periods = np.diff(peaks)
    assert len(periods) >= 3
    np.testing.assert_allclose(periods, periods[0], atol=2 * dt)  # read off the grid in time
    assert 1.0 < periods[0] < 10.0


def walls(nu, length):
    """Two walls tanh(± x/√(2ν)), at a quarter and three quarters of the box."""
    width = np.sqrt(2 * nu)
    return lambda x: np.tanh((x - length / 4) / width) - np.tanh((x - 3 * length / 4) / width) - 1.0


@pytest.mark.parametrize("n", [383, 384])
def test_walls_of_allen_cahn_rest(relative, n):
    """tanh(x/√(2ν)) solves νu'' + u - u³ = 0; two walls at distance d attract like e^{-√2 d/√ν}."""
    nu, length = 0.02, 8.0
    grid = Grid.cube(1, n, length)
    u = walls(nu, length)(grid.coordinates())
    found = Stepper.build(allen_cahn(1, nu), grid, 0.02, order=4).repeat(u, 50)
    assert relative(found, u) < 1e-8  # tails of 2 e^{-√2 · 2/√ν} = 4e-9 overlap


def test_circles_of_allen_cahn_shrink_by_their_curvature():
    """A wall moves at -ν/R: the area inside falls by 2πν a unit of time."""
    nu, length = 2.5e-3, 2.0
    grid = Grid.cube(2, 96, length)
    x, y = grid.coordinates() - length / 2
    u = np.tanh((0.7 - np.hypot(x, y)) / np.sqrt(2 * nu))[None]
    stepper = Stepper.build(allen_cahn(2, nu), grid, 0.1, order=4)
    areas = np.mean((stepper.rollout(u, 60) + 1) / 2, axis=(-3, -2, -1)) * length**2
    rates = np.diff(areas[9:]) / 0.1
    # the next term is of order (√ν/R)² = 0.01
    np.testing.assert_allclose(rates, -2 * np.pi * nu, rtol=0.015)


def test_two_phases_of_allen_cahn():
    """±√(-c₁/c₃) attract, 0 repels: u' = c₁u + c₃u³ in closed form."""
    c1, c3, t, u0 = 1.3, -0.7, 2.0, 0.2
    found = reactor(allen_cahn(2, 0.01, c1, c3), [u0], t, 80)
    limit = -c1 / c3
    expected = np.sqrt(limit / (1 + (limit / u0**2 - 1) * np.exp(-2 * c1 * t)))
    assert found[0] == pytest.approx(expected, rel=1e-7)  # (c₁ dt)⁴


@pytest.mark.parametrize("dims", [1, 2])
def test_cahn_hilliard_keeps_the_mean_and_loses_energy(band_limited, dims):
    """d⟨c₁u²/2 + c₃u⁴/4 + γ|∇u|²/2⟩/dt = -ν⟨|∇μ|²⟩ ≤ 0, from a state that separates."""
    gamma = 0.01
    grid = Grid.cube(dims, 48, TURN)
    u = band_limited(grid, 1, 3, highest=3) + 0.1
    path = Stepper.build(cahn_hilliard(dims, 0.1, gamma), grid, 0.05, order=2).rollout(u, 200)
    axes = tuple(range(1, dims + 2))
    assert np.max(np.abs(np.mean(path, axis=axes) - np.mean(u))) < 1e-14
    slopes = np.sum(gradient(path, grid) ** 2, axis=2)
    density = -(path**2) / 2 + path**4 / 4 + gamma / 2 * slopes
    energy = np.mean(density, axis=axes)
    assert np.all(np.diff(energy) < 0)
    assert energy[0] - energy[-1] > 0.05  # phases of energy -1/4 have formed
    assert np.max(np.abs(path[-1])) == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("n", [31, 32])
def test_growth_rates_while_small(relative, n):
    """Modes of amplitude 1e-8 grow like e^{σt}: what is left out is that small again."""
    grid = Grid.cube(1, n, TURN)
    (x,) = grid.coordinates()
    t, size = 1.5, 1e-8
    for k in (0, 1, 2, 4):
        for equation, sigma in (
            (swift_hohenberg(1, 0.7, 1.5), 0.7 - (1.5 - k**2) ** 2),
            (cahn_hilliard(1, 0.2, 0.1), 0.2 * k**2 * (1 - 0.1 * k**2)),
            (allen_cahn(1, 0.05), 1.0 - 0.05 * k**2),
            (fisher_kpp(1, 0.05, 0.9), 0.9 - 0.05 * k**2),
            (polynomial(1, (0.4, 0.0, 0.1), (0.0, 0.0, 1.0)), 0.4 - 0.1 * k**2),
        ):
            u = size * np.cos(k * x)[None]
            found = Stepper.build(equation, grid, t / 10).repeat(u, 10)
            growth = np.exp(sigma * t)  # a harmonic may live longer than a mode that decays
            error = relative(found, growth * u)
            assert error < 20 * size / min(growth, 1.0), (equation.name, k)


@pytest.mark.parametrize("dims", [1, 2])
def test_stripes_of_swift_hohenberg(dims):
    """With -u³ alone √(4r/3) cos(√k x) is stable; its third harmonic is r/(8k)² of it."""
    r = 0.01
    grid = Grid.cube(dims, 24, TURN * 2)
    x = grid.coordinates()[0]
    u = 0.1 * np.cos(x)[None]
    stepper = Stepper.build(swift_hohenberg(dims, r, 1.0, (0.0, 0.0, 0.0, -1.0)), grid, 1.0)
    v = stepper.repeat(u, 1500)  # the amplitude settles like e^{-2rt}
    assert np.max(v) == pytest.approx(np.sqrt(4 * r / 3), rel=1e-3)
