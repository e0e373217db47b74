"""The laws of the noises, held against populations with a stated confidence.

Seeds are fixed, so a test passes always or never; the confidence says how unlikely it is that a
right generator needs another seed: five standard deviations, or a p-value of 1e-6.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from xpde.errors import InvalidInput
from xpde.ic import DiffusedNoise, GaussianRandomField, WhiteNoise, sample_set
from xpde.space import Grid

EPS = np.finfo(float).eps
SAMPLES = 200
BOXES = [Grid((16,), (2.0,)), Grid((9, 8), (0.5, 2.0)), Grid((5, 6, 7), (1.0, 2.0, 0.7))]
NOISES = [GaussianRandomField(1.5, zero_mean=False), DiffusedNoise(0.003, zero_mean=False)]


def coefficients(u, grid):
    """û(k) / ∏ N_j of u, ‖κ‖², and the modes that are resolved and counted once."""
    c = np.fft.rfftn(u, axes=tuple(range(-grid.dims, 0))) / grid.size
    squared, inside = np.zeros(grid.spectral_shape), np.ones(grid.spectral_shape, bool)
    order = np.zeros(grid.spectral_shape)
    for axis in range(grid.dims):
        k = grid.along(grid.wavenumbers(axis), axis)
        squared = squared + (2 * np.pi * k / grid.extent[axis]) ** 2
        inside = inside & (2 * np.abs(k) < grid.points[axis])
        order = order + k * 100.0**axis  # positive for one of ±k: the last axis decides first
    return c, squared, inside, inside & (order > 0)


@pytest.mark.parametrize("grid", BOXES, ids=lambda grid: f"{grid.dims}D")
def test_random_field_has_a_power_law(grid):
    """2 |c_k|² ‖κ‖^p is exponential with mean one, whatever the direction of k."""
    power = 2.5
    u = sample_set(GaussianRandomField(power), grid, 1, SAMPLES, seed=1)[:, 0]
    c, squared, _, once = coefficients(u, grid)
    z = 2 * np.abs(c[:, once]) ** 2 * squared[once] ** (power / 2)
    assert abs(np.mean(z) - 1) < 5 / np.sqrt(z.size)  # an exponential has deviation one
    assert np.max(np.abs(np.mean(z, axis=0) - 1)) < 6 / np.sqrt(SAMPLES)  # each mode alone
    assert kstest(z.ravel(), "expon").pvalue > 1e-6
    assert kstest(np.angle(c[:, once]).ravel(), "uniform", (-np.pi, 2 * np.pi)).pvalue > 1e-6


@pytest.mark.parametrize("grid", BOXES, ids=lambda grid: f"{grid.dims}D")
def test_modes_are_independent(grid):
    """E z_k z̄_l = δ_kl and E z_k z_l = 0 for weights z of size one; entries deviate by 1/√S."""
    u = sample_set(GaussianRandomField(0.0), grid, 1, SAMPLES, seed=7)[:, 0]
    c, _, _, once = coefficients(u, grid)
    z = np.sqrt(2) * c[:, once]
    pairs = z.T @ np.conj(z) / SAMPLES - np.eye(z.shape[1])
    # on the diagonal, means of exponentials: each passes with probability below 1e-6
    assert np.max(np.abs(pairs)) < 6 / np.sqrt(SAMPLES)
    assert np.max(np.abs(z.T @ z / SAMPLES)) < 6 / np.sqrt(SAMPLES)


@pytest.mark.parametrize("power", [0.0, 2.0, 3.0])
def test_slope_of_the_ensemble(power):
    """d log E|û|² / d log κ = -p; the logarithm of a mean of S exponentials has deviation 1/√S."""
    grid = Grid.cube(1, 65, 3.0)
    u = sample_set(GaussianRandomField(power), grid, 1, SAMPLES, seed=2)[:, 0]
    c, squared, _, once = coefficients(u, grid)
    x, y = np.log(squared[once]) / 2, np.log(np.mean(np.abs(c[:, once]) ** 2, axis=0))
    x = x - np.mean(x)
    slope = np.sum(x * y) / np.sum(x**2)
    assert abs(slope + power) < 5 / np.sqrt(SAMPLES * np.sum(x**2))


@pytest.mark.parametrize("grid", BOXES, ids=lambda grid: f"{grid.dims}D")
def test_diffusion_damps_white_noise(grid):
    """|c_k|² ∏N exp(2ν‖κ‖²) is exponential with mean one: amplitudes follow exp(-ν‖κ‖²)."""
    nu = 0.002
    u = sample_set(DiffusedNoise(nu), grid, 1, SAMPLES, seed=3)[:, 0]
    c, squared, _, once = coefficients(u, grid)
    z = np.abs(c[:, once]) ** 2 * grid.size * np.exp(2 * nu * squared[once])
    assert abs(np.mean(z) - 1) < 5 / np.sqrt(z.size)
    assert np.max(np.abs(np.mean(z, axis=0) - 1)) < 6 / np.sqrt(SAMPLES)
    assert kstest(z.ravel(), "expon").pvalue > 1e-6


def test_diffusion_is_a_semigroup_of_one_draw():
    """The same weights at every intensity: û_ν = exp(-(ν - ν') ‖κ‖²) û_ν'."""
    grid = BOXES[1]
    pair = [sample_set(DiffusedNoise(nu), grid, 1, 2, seed=4)[:, 0] for nu in (0.001, 0.003)]
    (little, squared, _, _), (much, *_) = (coefficients(u, grid) for u in pair)
    assert np.max(np.abs(much - np.exp(-0.002 * squared) * little)) < 16 * EPS


@pytest.mark.parametrize("noise", NOISES, ids=["grf", "diffused"])
@pytest.mark.parametrize("grid", BOXES, ids=lambda grid: f"{grid.dims}D")
def test_means_are_normal(noise, grid):
    """a_0 is standard normal; white noise has a mean of variance 1 / ∏N."""
    u = sample_set(noise, grid, 2, SAMPLES, seed=5)
    a = np.mean(u, axis=tuple(range(-grid.dims, 0))).ravel()
    if isinstance(noise, DiffusedNoise):
        a = a * np.sqrt(grid.size)
    assert kstest(a, "norm").pvalue > 1e-6
    assert abs(np.var(a) - 1) < 5 * np.sqrt(2 / a.size)


dimensions = st.integers(1, 3)


@pytest.mark.parametrize("noise", NOISES, ids=["grf", "diffused"])
@given(seed=st.integers(0, 2**31), dims=dimensions, data=st.data())
def test_a_finer_grid_keeps_the_low_modes(noise, seed, dims, data):
    """Any grid at least as fine on every axis has the same coefficients where |k_j| < N_j / 2.

    Diffused noise has variance one per point, hence coefficients of size 1/√∏N.
    """
    points = data.draw(st.tuples(*[st.integers(1, 7)] * dims))
    more = data.draw(st.tuples(*[st.integers(0, 5)] * dims))
    extent = tuple(0.5 + axis for axis in range(dims))
    small = Grid(points, extent)
    large = Grid(tuple(n + m for n, m in zip(points, more, strict=True)), extent)
    coarse, fine = (sample_set(noise, grid, 2, 1, seed)[0] for grid in (small, large))
    c, _, inside, _ = coefficients(coarse, small)
    finer, *_ = coefficients(fine, large)
    shared = finer[(slice(None), *np.ix_(*[small.wavenumbers(a) for a in range(dims)]))]
    if isinstance(noise, DiffusedNoise):
        shared = shared * np.sqrt(large.size / small.size)
    # a transform of fewer than 1800 points of size at most a few
    assert np.max(np.abs(np.where(inside, shared - c, c))) < 256 * EPS


@pytest.mark.parametrize("grid", BOXES, ids=lambda grid: f"{grid.dims}D")
def test_white_noise_is_normal_and_independent(grid):
    u = sample_set(WhiteNoise(3.0), grid, 2, SAMPLES, seed=6) / 3
    assert kstest(u.ravel(), "norm").pvalue > 1e-6
    assert abs(np.var(u) - 1) < 5 * np.sqrt(2 / u.size)
    c, _, _, once = coefficients(u[:, 0], grid)
    z = np.abs(c[:, once]) ** 2 * grid.size  # the spectrum is flat
    assert kstest(z.ravel(), "expon").pvalue > 1e-6
    neighbors = np.mean(u * np.roll(u, 1, axis=-1))
    assert abs(neighbors) < 5 / np.sqrt(u.size)


def test_no_noise_is_zero():
    assert not sample_set(WhiteNoise(0.0), BOXES[1], 1, 1, 0).any()


@pytest.mark.parametrize(
    "build",
    [
        lambda: WhiteNoise(-1.0),
        lambda: WhiteNoise(float("inf")),
        lambda: DiffusedNoise(-1e-3),
        lambda: DiffusedNoise(float("nan")),
        lambda: GaussianRandomField(float("nan")),
        lambda: GaussianRandomField("3"),
    ],
)
def test_refuses(build):
    with pytest.raises(InvalidInput, match=r"\A[^\n]*finite number[^\n]*, got [^\n]*\Z"):
        build()
