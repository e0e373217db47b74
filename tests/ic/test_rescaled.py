"""Limits attained exactly, multiples, and one generator per channel."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xpde.core import stream
from xpde.errors import InvalidInput
from xpde.ic import (
    Clamped,
    GaussianRandomField,
    MultiChannel,
    RandomGaussianBlobs,
    Scaled,
    TruncatedFourier,
    WhiteNoise,
    sample_set,
)
from xpde.space import Grid

EPS = np.finfo(float).eps
BOXES = [Grid((17,), (3.0,)), Grid((8, 9), (0.5, 2.0)), Grid((5, 6, 7), (1.0, 2.0, 0.4))]


@pytest.mark.parametrize("grid", BOXES, ids=lambda grid: f"{grid.dims}D")
@given(seed=st.integers(0, 2**31), low=st.floats(-10, -0.01), high=st.floats(0.01, 10))
@example(seed=0, low=-1.0, high=1e-17)  # low + (high - low) is not high
def test_limits_are_attained_exactly_by_every_channel(grid, seed, low, high):
    u = sample_set(Clamped(WhiteNoise(), low, high), grid, 2, 2, seed)
    space = tuple(range(-grid.dims, 0))
    np.testing.assert_array_equal(np.min(u, axis=space), low)
    np.testing.assert_array_equal(np.max(u, axis=space), high)


def test_no_rounding_between_the_limits_passes_them():
    """low (1 - t) + high t rounds below low about 4 times in 10^4 when they are neighbors."""
    low, high = 1.3, 1.3 + EPS
    u = sample_set(Clamped(WhiteNoise(), low, high), Grid.cube(1, 40_000), 1, 1, 0)
    assert np.min(u) == low
    assert np.max(u) == high


@pytest.mark.parametrize("grid", BOXES, ids=lambda grid: f"{grid.dims}D")
def test_the_map_is_affine(grid):
    """Each channel is a u + b with a > 0: nothing is cut off."""
    inner = GaussianRandomField()
    u, v = (sample_set(ic, grid, 2, 2, 3) for ic in (inner, Clamped(inner, -1.0, 0.5)))
    space = tuple(range(-grid.dims, 0))
    least = np.min(u, axis=space, keepdims=True)
    slope = 1.5 / (np.max(u, axis=space, keepdims=True) - least)
    assert np.max(np.abs(v - (-1 + slope * (u - least)))) < 16 * EPS


def test_a_constant_becomes_the_lower_limit():
    ic = Clamped(TruncatedFourier(0, zero_mean=False, max_one=False), -2.0, 3.0)
    np.testing.assert_array_equal(sample_set(ic, Grid.cube(2, 5), 2, 2, 0), -2.0)


def test_multiples():
    inner, grid = RandomGaussianBlobs(), BOXES[1]
    u = sample_set(Scaled(inner, -2.5), grid, 2, 2, 0)
    np.testing.assert_array_equal(u, -2.5 * sample_set(inner, grid, 2, 2, 0))
    nested = sample_set(Scaled(Clamped(inner, 0.0, 1.0), 4.0), grid, 1, 2, 0)
    assert np.min(nested) == 0.0
    assert np.max(nested) == 4.0


def test_one_generator_per_channel():
    """They draw in turn from one stream; equal ones are the channels of one generator."""
    parts = (WhiteNoise(2.0), RandomGaussianBlobs(), TruncatedFourier(2))
    grid = BOXES[1]
    u = sample_set(MultiChannel(parts), grid, 3, 1, 7)[0]
    rng = stream(7, "initial", 0)
    np.testing.assert_array_equal(u, np.concatenate([part.sample(grid, 1, rng) for part in parts]))
    field = GaussianRandomField()
    pair = sample_set(MultiChannel([field, field]), grid, 2, 2, 8)
    np.testing.assert_array_equal(pair, sample_set(field, grid, 2, 2, 8))


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda: Clamped(WhiteNoise(), 1.0, 1.0), "expected low < high, got 1.0 and 1.0"),
        (lambda: Clamped(WhiteNoise(), 0.0, np.inf), "high as a finite number"),
        (lambda: Scaled(WhiteNoise(), np.nan), "factor as a finite number"),
        (lambda: MultiChannel(()), "one generator per channel, got none"),
        (
            lambda: sample_set(MultiChannel((WhiteNoise(),)), BOXES[0], 2, 1, 0),
            "expected 1 channels, one per generator, got 2",
        ),
    ],
)
def test_refuses_in_one_line(act, expected):
    with pytest.raises(InvalidInput) as caught:
        act()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
