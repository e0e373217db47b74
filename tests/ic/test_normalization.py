"""Mean, deviation and maximum: exact, in this order, and only where they go together."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.ic import (
    DiffusedNoise,
    Discontinuities,
    Discontinuity,
    GaussianRandomField,
    RandomDiscontinuities,
    RandomSineWaves,
    SineWaves,
    TruncatedFourier,
    sample_set,
)
from xpde.ic.normalization import normalized
from xpde.space import Grid

EPS = np.finfo(float).eps
RANDOM = [GaussianRandomField, DiffusedNoise, RandomDiscontinuities, RandomSineWaves]
KINDS = [*RANDOM, TruncatedFourier]
shapes = st.integers(1, 3).flatmap(lambda dims: st.tuples(*[st.integers(2, 7)] * dims))


@given(seed=st.integers(0, 2**31), shape=shapes, shift=st.floats(-10, 10))
def test_order(seed, shape, shift):
    """The mean goes first, then the deviation or the maximum of what is left is one."""
    u = np.random.default_rng(seed).standard_normal(shape) + shift
    bound = 64 * EPS * (1 + abs(shift))  # pairwise sums of at most 343 numbers of this size
    assert abs(np.mean(normalized(u, zero_mean=True))) < bound
    unit = normalized(u, zero_mean=True, std_one=True)
    # the mean is wrong by up to bound, divided by a deviation that two points may make small
    spread = np.std(u)
    assert abs(np.mean(unit)) < bound / spread
    assert abs(np.std(unit) - 1) < 64 * EPS
    largest = normalized(u, zero_mean=True, max_one=True)
    assert np.max(np.abs(largest)) == 1.0  # x / x
    assert np.max(np.abs(largest * np.max(np.abs(u - np.mean(u))) - (u - np.mean(u)))) < bound
    np.testing.assert_array_equal(normalized(u, max_one=True), u / np.max(np.abs(u)))
    np.testing.assert_array_equal(normalized(u), u)


@given(
    value=st.floats(-10, 10), shape=shapes, flags=st.sampled_from(["std_one", "max_one", "none"])
)
@example(value=0.1, shape=(3,), flags="max_one")  # three times 0.1 is not 0.3
@example(value=0.1, shape=(3,), flags="std_one")
def test_a_constant_is_zero_without_its_mean(value, shape, flags):
    """Never the rounding of its mean, divided by itself."""
    u = np.full(shape, value)
    asked = {} if flags == "none" else {flags: True}
    assert not normalized(u, zero_mean=True, **asked).any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("grid", [Grid((25,), (3.0,)), Grid((12, 13), (1.0, 2.0))])
def test_every_generator_and_channel(kind, grid):
    if kind is RandomSineWaves and grid.dims > 1:
        grid = Grid((16,), (0.3,))
    space = tuple(range(-grid.dims, 0))
    unit = sample_set(kind(zero_mean=True, std_one=True, max_one=False), grid, 2, 3, seed=2)
    assert np.max(np.abs(np.mean(unit, axis=space))) < 256 * EPS  # sums of 156 numbers near one
    assert np.max(np.abs(np.std(unit, axis=space) - 1)) < 64 * EPS
    largest = sample_set(kind(zero_mean=True, max_one=True), grid, 2, 3, seed=2)
    assert np.all(np.max(np.abs(largest), axis=space) == 1.0)
    ratio = np.std(largest, axis=space, keepdims=True)
    assert np.max(np.abs(largest - ratio * unit)) < 256 * EPS  # the same shape
    lifted = sample_set(kind(zero_mean=False, max_one=False), grid, 2, 3, seed=2)
    assert np.min(np.abs(np.mean(lifted, axis=space))) > 1e-6  # zero with probability zero


@pytest.mark.parametrize("kind", KINDS)
def test_refuses_what_excludes_each_other(kind):
    with pytest.raises(InvalidInput, match=r"\A[^\n]*std_one or max_one, got both[^\n]*\Z"):
        kind(zero_mean=True, std_one=True, max_one=True)
    with pytest.raises(InvalidInput, match=r"\A[^\n]*zero_mean with std_one[^\n]*\Z"):
        kind(zero_mean=False, std_one=True, max_one=False)


def test_refuses_for_given_states_too():
    box = Discontinuity((0.0,), (0.5,), 1.0)
    for build in (
        lambda: SineWaves((1.0,), (1,), (0.0,), offset=0.5, std_one=True),
        lambda: SineWaves((1.0,), (1,), (0.0,), std_one=True, max_one=True),
        lambda: Discontinuities((box,), zero_mean=False, std_one=True),
        lambda: Discontinuities((box,), zero_mean=True, std_one=True, max_one=True),
    ):
        with pytest.raises(InvalidInput, match="std_one"):
            build()


@pytest.mark.parametrize("points", [(1,), (2,), (2, 1), (1, 2, 2)])
@pytest.mark.parametrize("kind", [GaussianRandomField, DiffusedNoise])
def test_grids_that_hold_only_the_mean(kind, points):
    """One or two points resolve no sine: nothing is left of the field without its mean."""
    grid = Grid(points, (1.0,) * len(points))
    assert not sample_set(kind(std_one=True), grid, 1, 2, 0).any()
    plain = sample_set(kind(zero_mean=False), grid, 1, 2, 0)
    assert plain.all()
    assert np.max(np.ptp(plain.reshape(2, -1), axis=1)) == 0.0
