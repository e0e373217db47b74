"""Truncated Fourier states: band, mean, size, and one function at every resolution."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.conventions import APEBENCH_0_1, EXACT, EXPONAX_0_2
from xpde.core import stream
from xpde.errors import InvalidInput
from xpde.ic import TruncatedFourier, sample_set
from xpde.space import Grid

EPS = np.finfo(float).eps
SIZES = {1: (32, 33), 2: (16, 15), 3: (12, 13)}
CASES = [(dims, n) for dims, sizes in SIZES.items() for n in sizes]


def modes(grid):
    return [grid.along(np.abs(grid.wavenumbers(axis)), axis) for axis in range(grid.dims)]


@pytest.mark.parametrize(("dims", "points"), CASES)
def test_band_limited(dims, points):
    """û(k) = 0 to rounding unless |k_j| ≤ K on every axis."""
    grid = Grid.cube(dims, points)
    u = sample_set(TruncatedFourier(3), grid, 2, 2, seed=1)
    u_hat = np.fft.rfftn(u, axes=tuple(range(-dims, 0))) / grid.size
    inside = np.ones(grid.spectral_shape, bool)
    for k in modes(grid):
        inside = inside & (k <= 3)
    assert np.max(np.abs(u_hat[..., ~inside])) < 32 * EPS  # max|u| = 1; log N levels of rounding
    assert np.min(np.max(np.abs(u_hat[..., inside]), axis=-1)) > 1e-3


@pytest.mark.parametrize(("dims", "points"), CASES)
def test_mean_and_maximum(dims, points):
    grid = Grid.cube(dims, points)
    space = tuple(range(-dims, 0))
    u = sample_set(TruncatedFourier(3), grid, 2, 3, seed=2)
    assert np.max(np.abs(np.mean(u, axis=space))) < 32 * EPS
    np.testing.assert_array_equal(np.max(np.abs(u), axis=space), 1.0)  # each channel: x / x = 1


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_offset(dims):
    """Without zero_mean the same waves stand on a level in (-1/2, 1/2)."""
    grid = Grid.cube(dims, 12)
    plain = sample_set(TruncatedFourier(3, True, False), grid, 1, 8, seed=3)
    lifted = sample_set(TruncatedFourier(3, False, False), grid, 1, 8, seed=3)
    level = (lifted - plain).reshape(8, -1)
    assert np.max(np.ptp(level, axis=1)) < 256 * EPS  # sums of up to 11·11·6 waves
    assert np.all(np.abs(level) < 0.5 + 256 * EPS)
    assert np.std(level[:, 0]) > 0.05


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("factor", [2, 3])
def test_finer_grids_sample_the_same_function(dims, factor):
    """Every factor-th point of the finer grid is a point of the coarse one."""
    ic = TruncatedFourier(3, zero_mean=False, max_one=False)
    coarse = sample_set(ic, Grid.cube(dims, 8), 2, 2, seed=4)
    fine = sample_set(ic, Grid.cube(dims, 8 * factor), 2, 2, seed=4)
    taken = fine[(..., *[slice(None, None, factor)] * dims)]
    assert np.max(np.abs(taken - coarse)) < 64 * EPS * np.max(np.abs(coarse))


def test_the_formula_in_one_dimension():
    """u = Σ a_k cos(2πkx + φ_k), with the draws in the stated order."""
    rng = stream(5, "initial", 0)
    a, phase, offset = rng.uniform(-1, 1, 4), rng.uniform(0, 2 * np.pi, 4), rng.uniform(-0.5, 0.5)
    x = np.arange(20) / 20
    expected = offset + sum(a[k] * np.cos(2 * np.pi * k * x + phase[k]) for k in (1, 2, 3))
    u = sample_set(TruncatedFourier(3, False, False), Grid.cube(1, 20), 1, 1, seed=5)
    assert np.max(np.abs(u[0, 0] - expected)) < 64 * EPS


def test_real_part_of_the_half_spectrum_in_two_dimensions():
    """The same state by the inverse transform of the coefficients, scaled as the benchmark does."""
    n, cutoff = 16, 3
    rng = stream(6, "initial", 0)
    a = rng.uniform(-1, 1, (7, 4))
    c = a * np.exp(1j * rng.uniform(0, 2 * np.pi, (7, 4)))
    u_hat = np.zeros((n, n // 2 + 1), complex)
    for i, k0 in enumerate(range(-cutoff, cutoff + 1)):
        for k1 in range(cutoff + 1):
            u_hat[k0, k1] = c[i, k1] * (n if k0 == 0 else n / 2) * (n if k1 == 0 else n / 2)
    u_hat[0, 0] = 0.0
    expected = np.fft.irfft(np.fft.ifft(u_hat, axis=0), n=n, axis=1)
    u = sample_set(TruncatedFourier(cutoff, True, False), Grid.cube(2, n), 1, 1, seed=6)
    assert np.max(np.abs(u[0, 0] - expected)) < 256 * EPS


@given(seed=st.integers(0, 2**31), samples=st.integers(0, 4), more=st.integers(0, 3))
def test_first_samples_of_a_larger_set(seed, samples, more):
    ic, grid = TruncatedFourier(2), Grid.cube(1, 8)
    few = sample_set(ic, grid, 1, samples, seed)
    many = sample_set(ic, grid, 1, samples + more, seed)
    np.testing.assert_array_equal(few, many[:samples])  # the same bits


def test_streams_differ():
    ic, grid = TruncatedFourier(2), Grid.cube(1, 8)
    sets = [sample_set(ic, grid, 2, 2, 0), sample_set(ic, grid, 2, 2, 1)]
    sets.append(sample_set(ic, grid, 2, 2, 0, "other"))
    states = np.concatenate(sets).reshape(-1, 8)
    gaps = np.max(np.abs(states[:, None] - states[None]), axis=-1)
    assert np.min(gaps + 10 * np.eye(len(states))) > 1e-3


def test_same_bits_for_every_backend(bk):
    u = sample_set(TruncatedFourier(2), Grid.cube(2, 9), 1, 2, 0)
    np.testing.assert_array_equal(bk.to_numpy(bk.asarray(u)), u)


def test_nothing_left_is_zero():
    assert not sample_set(TruncatedFourier(0), Grid.cube(1, 4), 1, 1, 0).any()


def test_refuses():
    with pytest.raises(InvalidInput, match="more than 10 points"):
        sample_set(TruncatedFourier(5), Grid.cube(1, 10), 1, 1, 0)
    with pytest.raises(InvalidInput, match="cutoff"):
        TruncatedFourier(-1)


# -- any grid: odd and even points, different on every axis --------------------------------------

seeds, cutoffs = st.integers(0, 2**31), st.integers(0, 3)
margins = st.integers(1, 3).flatmap(lambda dims: st.tuples(*[st.integers(1, 4)] * dims))


def box(cutoff, margin):
    """Return a grid of at least 2K + 1 points per axis, and a bound of the rounding of a state.

    At most (2K + 1)^D waves of size one are summed, each right to a few eps.
    """
    points = tuple(2 * cutoff + m for m in margin)
    grid = Grid(points, tuple(0.5 + axis for axis in range(len(points))))
    return grid, 8 * EPS * (2 * cutoff + 1) ** len(points)


@given(seed=seeds, cutoff=cutoffs, margin=margins)
def test_coefficients_are_the_draws(seed, cutoff, margin):
    """û(k) = w a exp(iφ) / 2 for k_D > 0; waves k and -k meet where k_D = 0."""
    grid, bound = box(cutoff, margin)
    u = sample_set(TruncatedFourier(cutoff, False, False), grid, 1, 1, seed)[0, 0]
    rng = stream(seed, "initial", 0)
    shape = (*[2 * cutoff + 1] * (grid.dims - 1), cutoff + 1)
    a, phase = rng.uniform(-1, 1, shape), rng.uniform(0, 2 * np.pi, shape)
    offset = rng.uniform(-0.5, 0.5)
    expected = np.zeros(grid.spectral_shape, complex)
    for index in np.ndindex(*shape):
        k = (*(i - cutoff for i in index[:-1]), index[-1])
        c = a[index] * np.exp(1j * phase[index]) / 2 ** (1 + np.count_nonzero(k[:-1]))
        if not any(k):
            expected[k] = offset
            continue
        expected[k] += c
        if k[-1] == 0:
            expected[tuple(-j for j in k)] += np.conj(c)
    u_hat = np.fft.rfftn(u) / grid.size
    assert np.max(np.abs(u_hat - expected)) < bound


@given(seed=seeds, cutoff=cutoffs, margin=margins)
def test_two_resolutions_of_any_box(seed, cutoff, margin):
    """Grids of N and 2N points share every second point, N odd or even."""
    grid, bound = box(cutoff, margin)
    fine = Grid(tuple(2 * n for n in grid.points), grid.extent)
    ic = TruncatedFourier(cutoff, False, False)
    coarse, doubled = (sample_set(ic, g, 2, 1, seed) for g in (grid, fine))
    taken = doubled[(..., *[slice(None, None, 2)] * grid.dims)]
    assert np.max(np.abs(taken - coarse)) < bound


@given(seed=seeds, cutoff=cutoffs, margin=margins)
def test_maximum_divides_every_channel_alone(seed, cutoff, margin):
    grid, _ = box(cutoff, margin)
    plain, unit = (
        sample_set(TruncatedFourier(cutoff, False, flag), grid, 2, 2, seed) for flag in (0, 1)
    )
    largest = np.max(np.abs(plain), axis=tuple(range(-grid.dims, 0)), keepdims=True)
    np.testing.assert_array_equal(unit, plain / largest)
    assert unit.dtype == np.float64
    assert unit.shape == (2, 2, *grid.points)


@given(seed=seeds, cutoff=st.integers(1, 3), margin=margins)
def test_channels_and_samples_follow_their_streams(seed, cutoff, margin):
    """More channels do not change the first; sample i is drawn from stream i; lengths are free."""
    grid, _ = box(cutoff, margin)
    ic = TruncatedFourier(cutoff)
    u = sample_set(ic, grid, 3, 2, seed)
    np.testing.assert_array_equal(u, sample_set(ic, grid, 3, 2, seed))
    np.testing.assert_array_equal(u[:, :1], sample_set(ic, grid, 1, 2, seed))
    np.testing.assert_array_equal(u[1], ic.sample(grid, 3, stream(seed, "initial", 1)))
    other = Grid(grid.points, (7.0,) * grid.dims)
    np.testing.assert_array_equal(u, sample_set(ic, other, 3, 2, seed))


def test_amplitudes_are_uniform():
    """|2 û(k)| is uniform in (0, 1) and its phase in the circle, for k > 0 in one dimension."""
    u = sample_set(TruncatedFourier(4, True, False), Grid.cube(1, 9), 2, 100, seed=8)
    z = 2 * np.fft.rfft(u)[..., 1:] / 9
    count = z.size  # 800 draws; five standard deviations of each mean
    assert np.max(np.abs(z)) < 1 + 64 * EPS
    assert abs(np.mean(np.abs(z)) - 1 / 2) < 5 / np.sqrt(12 * count)
    assert abs(np.mean(z / np.abs(z))) < 5 / np.sqrt(count)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_fewest_points(dims):
    """2K + 1 points hold cutoff K; 2K points on any one axis do not."""
    assert np.all(np.isfinite(sample_set(TruncatedFourier(2), Grid.cube(dims, 5), 1, 1, 0)))
    for axis in range(dims):
        points = tuple(4 if j == axis else 9 for j in range(dims))
        with pytest.raises(InvalidInput, match=r"\A[^\n]*more than 4 points[^\n]*got 4;[^\n]*\Z"):
            sample_set(TruncatedFourier(2), Grid(points, (1.0,) * dims), 1, 1, 0)


@pytest.mark.parametrize("cutoff", [-1, 2.5, float("nan"), "3"])
def test_cutoff_is_a_number_of_periods(cutoff):
    with pytest.raises(InvalidInput, match=r"\A[^\n]*integer cutoff of 0 or more[^\n]*\Z"):
        TruncatedFourier(cutoff)


# -- offsets -------------------------------------------------------------------------------------


@given(seed=seeds, cutoff=cutoffs, margin=margins)
def test_offset_is_the_mean(seed, cutoff, margin):
    """o uniform in its range, as asked or divided by the number of points; no wave changes."""
    grid, bound = box(cutoff, margin)
    space = tuple(range(-grid.dims, 0))
    plain = sample_set(TruncatedFourier(cutoff, True, False), grid, 2, 1, seed)
    ic = TruncatedFourier(cutoff, False, False, offset=(2.0, 3.0))
    means = []
    for conventions in (EXACT, APEBENCH_0_1, EXPONAX_0_2):
        u = sample_set(replace(ic, conventions=conventions), grid, 2, 1, seed)
        mean = np.mean(u, axis=space, keepdims=True)
        assert np.max(np.abs(u - mean - plain)) < bound + 64 * EPS
        means.append(mean)
    assert np.all((means[0] > 2 - bound) & (means[0] < 3 + bound))
    np.testing.assert_array_equal(means[1], means[0])
    assert np.max(np.abs(means[2] * grid.size - means[0])) < grid.size * (bound + 64 * EPS)


def test_offset_of_no_width_is_given():
    u = sample_set(TruncatedFourier(0, False, False, offset=(0.75, 0.75)), Grid.cube(1, 4), 1, 2, 0)
    assert np.max(np.abs(u - 0.75)) < 4 * EPS


@pytest.mark.parametrize("offset", [(1.0, 0.0), (0.0,), 0.5, (0.0, float("nan"))])
def test_offset_is_a_range(offset):
    with pytest.raises(InvalidInput, match=r"\A[^\n]*offset as a pair of numbers[^\n]*\Z"):
        TruncatedFourier(offset=offset)
