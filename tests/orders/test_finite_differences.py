"""The measured order of every difference operator is its name, on every kind of wall."""

import itertools

import numpy as np
import pytest

from xpde.space.finite import (
    Box,
    Dirichlet,
    Neumann,
    Periodic,
    Robin,
    Staggered,
    Wall,
    advection,
    biharmonic,
    convection,
    derivative,
    diffusion,
    divergence,
    gradient,
    laplacian,
    upwind,
)

LENGTH = 1.3
LIKE = np.zeros(1)
KINDS = {
    "dirichlet": Dirichlet(),
    "neumann": Neumann(),
    "robin": Robin(1.0, 2.0),
}
PAIRS = list(itertools.product(KINDS, repeat=2))
bounded = pytest.mark.parametrize("layout", ["cells", "nodes"])
pairs = pytest.mark.parametrize("kinds", PAIRS, ids=["-".join(p) for p in PAIRS])


def u(x, m=0):
    """sin(2x + 0.3) and its derivatives: not symmetric about the middle, no zero at a wall."""
    return 2.0**m * np.sin(2.0 * x + 0.3 + m * np.pi / 2)


def line(points, layout, kinds):
    """A box of one axis at whose walls u is given."""
    sides = []
    for at, kind in zip((0.0, LENGTH), kinds, strict=True):
        a, b = KINDS[kind].condition
        value = float(a * u(at) + b * (u(at, 1) if at else -u(at, 1)))
        given = {"dirichlet": Dirichlet, "neumann": Neumann, "robin": lambda v: Robin(a, b, v)}
        sides.append(given[kind](value))
    return Box((points,), LENGTH, tuple(sides), layout)


def slope(error, counts):
    """The order in h between the last two counts; the first three of a case are asymptotic."""
    errors = [error(n) for n in counts]
    (e1, h1), (e2, h2) = errors[-2:]
    return np.log(e1 / e2) / np.log(h1 / h2)


def solved(box, operator, f):
    """The solution of A u + g = f, of the mean of u where constants are a null space."""
    x = box.coordinates()[0]
    matrix, rhs = operator.linear.matrix(LIKE), f - operator.offset(LIKE)
    if np.max(np.abs(matrix @ np.ones(len(x)))) < 1e-9 * np.max(np.abs(matrix)):
        volumes = box.volumes()
        matrix = np.vstack([matrix, volumes])
        rhs = np.append(rhs, np.sum(volumes * u(x)))
    return np.linalg.lstsq(matrix, rhs, rcond=None)[0]


def nu(x):
    return 1.0 + x**2


def diffused(x):
    """(ν u')' for ν = 1 + x²."""
    return nu(x) * u(x, 2) + 2.0 * x * u(x, 1)


ELLIPTIC = {
    "laplacian": (laplacian, lambda x: u(x, 2), 2, (64, 128)),
    "laplacian of order 4": (
        lambda b: laplacian(b, accuracy=4),
        lambda x: u(x, 2),
        4,
        (96, 192),  # below, the closures are not yet asymptotic
    ),
    "function": (lambda b: diffusion(b, lambda x: nu(x[0])), diffused, 2, (64, 128)),
    "array": (lambda b: diffusion(b, nu(b.coordinates()[0])), diffused, 2, (64, 128)),
    "harmonic": (
        lambda b: diffusion(b, nu(b.coordinates()[0]), mean="harmonic"),
        diffused,
        2,
        (64, 128),
    ),
}


@bounded
@pairs
@pytest.mark.parametrize("name", ELLIPTIC)
def test_solutions(layout, kinds, name):
    """Solutions of elliptic problems have the order of the operator at all points."""
    make, rhs, order, counts = ELLIPTIC[name]

    def error(n):
        box = line(n, layout, kinds)
        x = box.coordinates()[0]
        return np.max(np.abs(solved(box, make(box), rhs(x)) - u(x))), box.spacing[0]

    assert abs(slope(error, counts) - order) < 0.2


# derivative, order of the error, side
POINTWISE = [(1, 2, 0), (1, 4, 0), (1, 1, 1), (1, 1, -1), (1, 2, 1), (1, 2, -1)]
POINTWISE += [(3, 2, 0), (3, 1, 1), (3, 1, -1), (2, 4, 0), (4, 2, 0)]


@bounded
@pairs
@pytest.mark.parametrize(("m", "order", "side"), POINTWISE)
def test_derivatives(layout, kinds, m, order, side):
    """Derivatives have their order at every point, those next to walls included."""

    def error(n):
        box = line(n, layout, kinds)
        x = box.coordinates()[0]
        found = derivative(box, 0, m, accuracy=order, side=side)(u(x))
        return np.max(np.abs(found - u(x, m))), box.spacing[0]

    counts = (64, 128) if m + order > 5 else (96, 192)  # rounding grows like eps/h^m
    assert abs(slope(error, counts) - order) < 0.2


@bounded
@pairs
@pytest.mark.parametrize("form", ["advective", "conservative", "skew"])
@pytest.mark.parametrize("scheme", ["centered", "upwind"])
def test_transport(layout, kinds, form, scheme):
    """u + transport - ν u'' = f with a wind that changes sign and does not vanish at the walls."""

    def wind(x, m=0):
        return 0.8**m * np.cos(0.8 * x + 0.7 + m * np.pi / 2) + (m == 0) * -0.4

    order = 2 if scheme == "centered" else 1

    def error(n):
        box = line(n, layout, kinds)
        x = box.coordinates()[0]
        walls = Box((n,), LENGTH, _walls(kinds, wind), layout)
        moved = advection(box, wind(x)[None], form=form, scheme=scheme, walls=walls, channels=1)
        spread = 0.5 * laplacian(box, channels=1)
        share = {"advective": 0.0, "conservative": 1.0, "skew": 0.5}[form]
        f = u(x) + wind(x) * u(x, 1) + share * wind(x, 1) * u(x) - 0.5 * u(x, 2)
        total = moved - spread
        matrix = np.eye(n) + total.linear.matrix(LIKE)
        found = np.linalg.solve(matrix, f - total.offset(LIKE)[0])
        return np.max(np.abs(found - u(x))), box.spacing[0]

    counts = (64, 128) if order == 2 else (256, 512)
    assert abs(slope(error, counts) - order) < 0.2


def _walls(kinds, wind):
    made = []
    for at, kind in zip((0.0, LENGTH), kinds, strict=True):
        a, b = KINDS[kind].condition
        value = float(a * wind(at) + b * (wind(at, 1) if at else -wind(at, 1)))
        made.append(Dirichlet(value) if b == 0 else Robin(a, b, value))
    return tuple(made)


@bounded
@pytest.mark.parametrize("variant", ["zero-fixed", "plain"])
@pytest.mark.parametrize("factor", [-1.5, 2.0])
def test_convection(layout, variant, factor):
    """b u u' of both signs of b and of u is of first order, between walls that give u."""

    def error(n):
        box = line(n, layout, ("dirichlet", "dirichlet"))
        x = box.coordinates()[0]
        w = u(x)[None]
        found = convection(box, w, factor, variant=variant, walls=box)(w)[0]
        return np.max(np.abs(found - factor * u(x) * u(x, 1))), box.spacing[0]

    assert abs(slope(error, (256, 512)) - 1) < 0.2


def plane(n):
    """A box of one periodic and one bounded axis, a wave on it, and its wall values."""
    extent = (2.0, LENGTH)
    k = 2 * np.pi / extent[0]

    def f(x, *orders):
        m, p = orders or (0, 0)
        return k**m * np.cos(k * x[0] + m * np.pi / 2) * u(x[1], p)

    sides = (
        Periodic(),
        (Dirichlet(f), Robin(1.0, 0.5, lambda x: f(x) + 0.5 * f(x, 0, 1))),
    )
    return Box((n, n + 1), extent, sides, ("cells", "cells")), f


def test_plane():
    """Functions given along walls; mixed axes: Laplacian, gradient, divergence, both diffusions."""

    def residual(n):
        box, f = plane(n)
        x = box.coordinates()
        want = f(x, 2, 0) + f(x, 0, 2)
        fine = laplacian(box, closure=3)(f(x)) - want
        slopes = gradient(box)(f(x)[None]) - np.stack([f(x, 1, 0), f(x, 0, 1)])
        sums = divergence(box)(np.stack([f(x), f(x)])) - (f(x, 1, 0) + f(x, 0, 1))
        return [float(np.max(np.abs(e))) for e in (fine, slopes, sums)], box.spacing[0]

    (e1, h1), (e2, h2) = residual(40), residual(80)
    orders = np.log(np.asarray(e1) / e2) / np.log(h1 / h2)
    assert np.all(np.abs(orders - 2) < 0.2)


@pytest.mark.parametrize("kind", ["true", "pure"])
@bounded
@pytest.mark.parametrize("wall", ["dirichlet", "neumann", "mixed"])
def test_biharmonic(kind, layout, wall):
    """Walls for u and, with values of its own, for the second derivative."""
    outer_kinds = {"dirichlet": (Dirichlet, Dirichlet), "neumann": (Neumann, Dirichlet)}
    kinds = outer_kinds.get(wall, (Dirichlet, Neumann))

    def error(n):
        def box(m):
            values = (u(0.0, m), u(LENGTH, m))
            slopes = (-u(0.0, m + 1), u(LENGTH, m + 1))
            given = [
                kind_(float(v if kind_ is Dirichlet else s))
                for kind_, v, s in zip(kinds, values, slopes, strict=True)
            ]
            return Box((n,), LENGTH, tuple(given), layout)

        first = box(0)
        x = first.coordinates()[0]
        operator = biharmonic(first, kind, outer=box(2))
        matrix = operator.linear.matrix(LIKE)
        found = np.linalg.solve(matrix, u(x, 4) - operator.offset(LIKE))
        return np.max(np.abs(found - u(x))), first.spacing[0]

    assert abs(slope(error, (32, 64)) - 2) < 0.2  # beyond, rounding grows like eps/h⁴


# -- the periodic axis: symbols -----------------------------------------------------------------


SYMBOLS = {
    "centered 1": (lambda b: derivative(b, 0), 1, 2),
    "centered 1, order 4": (lambda b: derivative(b, 0, accuracy=4), 1, 4),
    "centered 2": (laplacian, 2, 2),
    "centered 2, order 4": (lambda b: laplacian(b, accuracy=4), 2, 4),
    "centered 2, order 6": (lambda b: laplacian(b, accuracy=6), 2, 6),
    "centered 3": (lambda b: derivative(b, 0, 3), 3, 2),
    "centered 4": (lambda b: derivative(b, 0, 4), 4, 2),
    "biharmonic": (biharmonic, 4, 2),
    "centered 4, order 4": (lambda b: derivative(b, 0, 4, accuracy=4), 4, 4),
    "forward 1": (lambda b: derivative(b, 0, accuracy=1, side=1), 1, 1),
    "backward 3": (lambda b: derivative(b, 0, 3, accuracy=1, side=-1), 3, 1),
    "upwind": (lambda b: upwind(b, (1.0,)), 1, 1),
    "upwind, order 3": (lambda b: upwind(b, (-1.0,), accuracy=3), -1, 3),
    "conservative": (lambda b: advection(b, (1.0,), form="conservative"), 1, 2),
}


@pytest.mark.parametrize("name", SYMBOLS)
def test_symbols(name):
    """D e^{iκx} = λ e^{iκx} with λ = (iκ)^m (1 + O((κh)^q)): diffusion, advection, dispersion."""
    make, m, order = SYMBOLS[name]
    sign, m = (-1, 1) if m == -1 else (1, m)

    def error(n):
        box = Box((n,), LENGTH)
        x, kappa = box.coordinates()[0], 2 * np.pi * 3 / LENGTH
        real, imag = (make(box)(f(kappa * x)[None])[0] for f in (np.cos, np.sin))
        value = (real + 1j * imag) * np.exp(-1j * kappa * x)
        # a stencil of constant coefficients has waves as eigenvectors: the same value everywhere;
        # rounding is eps times the largest weight, about (2/h)^m
        assert np.ptp(value.real) + np.ptp(value.imag) < 1e-14 * (4 * n / LENGTH) ** m
        return abs(value[0] / (sign * (1j * kappa) ** m) - 1), box.spacing[0]

    counts = (40, 80) if m + order > 5 else (96, 192)
    assert abs(slope(error, counts) - order) < 0.2


# -- the staggered grid -------------------------------------------------------------------------


def flow(n):
    """Cells between a lid and a floor, periodic along them; a flow without divergence."""
    extent = (2.0, LENGTH)
    k, q = 2 * np.pi / extent[0], 1.1

    def velocity(x, d, m=(0, 0)):
        """ψ = cos(kx) sin(qy + 0.2): u_0 = ∂_1 ψ, u_1 = -∂_0 ψ."""
        a, b = (m[0], m[1] + 1) if d == 0 else (m[0] + 1, m[1])
        sign = 1.0 if d == 0 else -1.0
        wave = k**a * np.cos(k * x[0] + a * np.pi / 2)
        return sign * wave * q**b * np.sin(q * x[1] + 0.2 + b * np.pi / 2)

    wall = Wall((lambda x: velocity(x, 0), lambda x: velocity(x, 1)))
    return Staggered.build((n, n), extent, (None, wall)), velocity


def sampled(grid, velocity, m=(0, 0)):
    """Both components at their faces, the last faces between walls at the wall."""
    return np.stack([velocity(grid.coordinates(d), d, m) for d in (0, 1)])


def staggered_errors(n):
    grid, velocity = flow(n)
    h, inner = grid.cells.spacing, (slice(None), slice(None), slice(0, n - 1))
    v = sampled(grid, velocity)
    corner = grid.cells.coordinates() + np.reshape(np.asarray(h) / 2, (2, 1, 1))
    omega = velocity(corner, 0, (0, 1)) - velocity(corner, 1, (1, 0))
    second = sampled(grid, velocity, (2, 0)) + sampled(grid, velocity, (0, 2))
    mean = grid.average(0, 1)(v[:1])[0]
    spread = grid.laplacian()
    matrix = spread.linear.matrix(LIKE)
    rhs = np.where(np.any(matrix, axis=1), np.ravel(second - spread.offset(LIKE)), 0.0)
    found = np.reshape(np.linalg.lstsq(matrix, rhs, rcond=None)[0], v.shape)
    carried = grid.upwind(v)(v)
    a, b = sampled(grid, velocity, (1, 0)), sampled(grid, velocity, (0, 1))
    across = [velocity(grid.coordinates(0), 1), velocity(grid.coordinates(1), 0)]
    want = np.stack([v[0] * a[0] + across[0] * b[0], across[1] * a[1] + v[1] * b[1]])
    return {
        "divergence": np.max(np.abs(grid.divergence()(v))),
        "vorticity": np.max(np.abs((grid.vorticity()(v)[0] - omega)[:, : n - 1])),
        "average": np.max(np.abs((mean - velocity(grid.coordinates(1), 0))[:, : n - 1])),
        "laplacian": np.max(np.abs((found - v)[inner])),
        "upwind": np.max(np.abs((carried - want)[inner])),
    }, h[0]


def test_staggered():
    """Second order of everything but the upwind differences, with a lid and flow through walls."""
    (coarse, h1), (fine, h2) = staggered_errors(12), staggered_errors(24)
    for name, error in fine.items():
        measured = np.log(coarse[name] / error) / np.log(h1 / h2)
        assert abs(measured - (1 if name == "upwind" else 2)) < 0.2, (name, measured)


def test_reference_averages_are_of_first_order():
    """``cross="implicax"`` takes faces one cell off, as the reference does."""

    def error(n, cross):
        grid = Staggered.build((n, n))
        x = grid.cells.coordinates()
        wave = lambda y: np.sin(2 * np.pi * y[0]) * np.cos(2 * np.pi * y[1] + 0.3)  # noqa: E731
        faces = wave(x + np.reshape([0.5 / n, 0.0], (2, 1, 1)))
        target = wave(x + np.reshape([0.0, 0.5 / n], (2, 1, 1)))
        return np.max(np.abs(grid.average(0, 1, cross)(faces[None])[0] - target)), 1.0 / n

    for cross, order in (("exact", 2), ("implicax", 1)):
        assert abs(slope(lambda n, c=cross: error(n, c), (64, 128)) - order) < 0.2
