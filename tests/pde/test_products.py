"""Products on a band: where the mask acts, in both layouts and under both rules."""

import numpy as np
import pytest

from xpde.conventions import Conventions
from xpde.pde import (
    Stepper,
    allen_cahn,
    burgers,
    kuramoto_sivashinsky,
    navier_stokes_velocity,
    navier_stokes_vorticity,
    single_channel,
)
from xpde.pde.products import Products
from xpde.space import Band, Grid, Symbols

TURN = 2 * np.pi
BEFORE = Conventions("apebench-0.1")  # factors are cut to the band, products are not


def white(grid, channels, seed=0):
    """All modes of a grid, also those outside the band."""
    return np.random.default_rng(seed).standard_normal((channels, *grid.points))


class Direct:
    """Products by NumPy alone: cut the factors, multiply on the grid, transform."""

    def __init__(self, grid, conventions, fraction=2 / 3):
        self.grid, self.axes = grid, tuple(range(-grid.dims, 0))
        self.mask = Band(grid, fraction).mask()
        self.symbols = Symbols(grid, conventions=conventions)

    def hat(self, u):
        return np.fft.rfftn(u, axes=self.axes)

    def cut(self, u_hat, symbol=1.0):
        return np.fft.irfftn(u_hat * self.mask * symbol, s=self.grid.points, axes=self.axes)

    def d(self, axis):
        return self.symbols.d(axis)


def rate(equation, grid, u, conventions, compact=False, fraction=2 / 3):
    """Return N̂ as a full spectrum, from the term as a stepper builds it."""
    band = Band(grid, fraction, compact, conventions.masked)
    term = equation.nonlinear(Products(band, None, conventions), dict(equation.parameters))
    axes = tuple(range(-grid.dims, 0))
    return band.extend(term(band.restrict(np.fft.rfftn(u, axes=axes))))


@pytest.mark.parametrize("n", [15, 16])
@pytest.mark.parametrize("dims", [1, 2])
def test_burgers_with_factors_cut(relative, dims, n):
    """-(Pu·∇)Pu on the grid: products keep every mode, aliases too."""
    grid = Grid.cube(dims, n, TURN)
    u, by = white(grid, dims), Direct(grid, BEFORE)
    u_hat = by.hat(u)
    flow = by.cut(u_hat)
    want = by.hat(-sum(flow[j] * by.cut(u_hat, by.d(j)) for j in range(dims)))
    assert relative(rate(burgers(dims), grid, u, BEFORE), want) < 1e-13
    flux = sum(by.d(j) * by.hat(flow * flow[j]) for j in range(dims))
    found = rate(burgers(dims, conservative=True), grid, u, BEFORE)
    assert relative(found, -0.5 * flux) < 1e-13
    if n == 16 or dims == 2:  # twice the cutoff is 8: aliases tell the two forms apart
        assert relative(want, -0.5 * flux) > 0.1


@pytest.mark.parametrize("n", [12, 13])
def test_vorticity_with_factors_cut(relative, n):
    grid = Grid.cube(2, n, TURN)
    omega, by = white(grid, 1), Direct(grid, BEFORE)
    w_hat = by.hat(omega)
    inverse = by.symbols.inverse_laplacian
    flow = by.cut(w_hat, by.d(1) * inverse), by.cut(w_hat, -by.d(0) * inverse)
    want = by.hat(-sum(flow[j] * by.cut(w_hat, by.d(j)) for j in range(2)))
    assert relative(rate(navier_stokes_vorticity(), grid, omega, BEFORE), want) < 1e-13


@pytest.mark.parametrize("conventions", [Conventions(), BEFORE], ids=lambda c: c.masked)
def test_other_terms_with_and_without_the_second_mask(relative, conventions):
    grid = Grid.cube(2, 14, TURN)
    u, by = white(grid, 1), Direct(grid, conventions)
    u_hat, outer = by.hat(u), by.mask if conventions.masked == "both" else 1.0
    value, slopes = by.cut(u_hat), [by.cut(u_hat, by.d(j)) for j in range(2)]
    norm = by.hat(sum(a * a for a in slopes)) * by.symbols.mean_free
    for equation, want in (
        (kuramoto_sivashinsky(2), -0.5 * norm),
        (
            single_channel(2, (0.0,), (0.3, -1.0, 0.4)),
            (0.3 - 0.5 * (by.d(0) + by.d(1))) * by.hat(value**2) + 0.2 * norm,
        ),
    ):
        assert relative(rate(equation, grid, u, conventions), outer * want) < 1e-13


@pytest.mark.parametrize("dims", [2, 3])
def test_projected_convection_with_factors_cut(relative, dims):
    """P(u × ω) of cut factors; what the mask after would remove is there."""
    grid = Grid.cube(dims, 11, TURN)
    u, by = white(grid, dims), Direct(grid, BEFORE)
    u_hat = by.hat(u)
    flow = by.cut(u_hat)
    slope = [[by.cut(u_hat[i], by.d(j)) for j in range(dims)] for i in range(dims)]
    # u × ω = ∇|u|²/2 - (u·∇)u at the points, where aliases have not been told apart
    lamb = np.stack(
        [sum(flow[j] * (slope[j][i] - slope[i][j]) for j in range(dims)) for i in range(dims)]
    )
    v = by.hat(lamb)
    spread = sum(by.d(j) * v[j] for j in range(dims)) * by.symbols.inverse_laplacian
    want = np.stack([v[j] - by.d(j) * spread for j in range(dims)])
    found = rate(navier_stokes_velocity(dims), grid, u, BEFORE)
    assert relative(found, want) < 1e-13
    assert np.max(np.abs(found * ~by.mask)) > 1e-3 * np.max(np.abs(found))
    exact = rate(navier_stokes_velocity(dims), grid, u, Conventions())
    assert not np.any(exact * ~by.mask)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_layouts_agree_and_stay_inside(relative, dims):
    """The compact band and the full one with its mask hold the same numbers."""
    grid = Grid.cube(dims, 13 if dims < 3 else 10, TURN)
    for equation in (burgers(dims), burgers(dims, conservative=True), kuramoto_sivashinsky(dims)):
        u = white(grid, equation.channels)
        full, compact = (rate(equation, grid, u, Conventions(), c) for c in (False, True))
        assert relative(compact, full) < 1e-13
        assert not np.any(full * ~Band(grid).mask())


def test_masked_before_has_no_compact_layout():
    band = Band(Grid.cube(3, 10), masked="before")
    assert not band.compact
    products = Products(band, None, BEFORE)
    assert products.mask_before is not None
    assert products.mask_after is None
    assert not products.alias_free
    exact = Products(Band(Grid.cube(3, 10)), None, Conventions())
    assert exact.alias_free
    assert exact.mask_before is None  # nothing is outside a compact band
    full = Products(Band(Grid.cube(2, 10), compact=False), None, Conventions())
    np.testing.assert_array_equal(full.mask_before, full.mask_after)


@pytest.mark.parametrize("degree", [2, 3])
def test_fraction_of_the_degree_removes_every_alias(relative, degree):
    """2/(p + 1) of the modes: u^p on the grid is u^p on a grid four times as fine, in the band."""
    grid, fine = Grid.cube(1, 24, TURN), Grid.cube(1, 96, TURN)
    equation = burgers(1) if degree == 2 else allen_cahn(1)
    assert equation.degree == degree
    stepper = Stepper.build(equation, grid, 0.01)
    highest = stepper.band.cutoff[0]
    assert highest == int(np.floor(2 / (degree + 1) * 12)) - 1
    u_hat = np.zeros((1, 13), dtype=complex)
    u_hat[:, : highest + 1] = white(Grid.cube(1, highest + 1), 1)
    u_hat[:, 0] = 12.0
    padded = np.concatenate([4 * u_hat, np.zeros((1, 36))], axis=1)
    wide = Stepper.build(equation, fine, 0.01, dealias=1)
    found, want = stepper.term(u_hat), wide.term(padded) / 4
    assert relative(found[:, : highest + 1], want[:, : highest + 1]) < 1e-13
    assert np.max(np.abs(want[:, highest + 1 : 13])) > 1e-3  # the product has modes beyond
    # a fraction of 1 keeps modes whose products fold back
    u_hat[:, 1:12] = 1.0
    padded[:, 1:12] = 4.0
    folded = Stepper.build(equation, grid, 0.01, dealias=1).term(u_hat)
    whole = wide.term(padded) / 4
    assert relative(folded[:, :11], whole[:, :11]) > 1e-2


@pytest.mark.parametrize("name", ["exact", "exponax-0.2", "apebench-0.1"])
def test_every_rule_runs_on_every_backend(bk, relative, name):
    """One step of each convention: the same numbers as on NumPy."""
    conventions = Conventions(name)
    grid = Grid.cube(2, 12, TURN)
    for equation in (burgers(2), navier_stokes_vorticity()):
        u = 0.3 * white(grid, equation.channels)
        here = Stepper.build(equation, grid, 0.01, conventions=conventions)(u)
        there = Stepper.build(equation, grid, 0.01, conventions=conventions, backend=bk)
        assert relative(bk.to_numpy(there(bk.asarray(u))), here) < 1e-12
