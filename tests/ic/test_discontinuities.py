"""Boxes: where they are, how high, how large on average."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from xpde.core import stream
from xpde.errors import InvalidInput
from xpde.ic import Discontinuities, Discontinuity, RandomDiscontinuities, sample_set
from xpde.space import Grid

EPS = np.finfo(float).eps
BOXES = [Grid((17,), (3.0,)), Grid((12, 9), (0.5, 2.0)), Grid((6, 7, 8), (1.0, 2.0, 0.4))]


def test_box_is_open():
    """Points on a limit are outside: 1/4 < x < 3/4 holds three of eight points."""
    u = Discontinuity((0.25,), (0.75,), 2.0).on(Grid.cube(1, 8))
    np.testing.assert_array_equal(u, [0, 0, 0, 2, 2, 2, 0, 0])
    corner = Discontinuity((-1.0, 0.5), (0.3, 9.0), -1.0).on(Grid.cube(2, 4))
    expected = np.zeros((4, 4))
    expected[:2, 3] = -1.0
    np.testing.assert_array_equal(corner, expected)


def test_boxes_add():
    boxes = (Discontinuity((0.1,), (0.6,), 1.0), Discontinuity((0.3,), (0.9,), 0.5))
    u = Discontinuities(boxes).sample(Grid.cube(1, 4), 2, stream(0))
    np.testing.assert_array_equal(u, [[0, 1, 1.5, 0.5]] * 2)
    flat = Discontinuities(boxes, zero_mean=True).sample(Grid.cube(1, 4), 1, stream(0))
    np.testing.assert_array_equal(flat, [[-0.75, 0.25, 0.75, -0.25]])


@pytest.mark.parametrize("grid", BOXES, ids=lambda grid: f"{grid.dims}D")
@given(seed=st.integers(0, 2**31), count=st.integers(1, 4))
def test_random_boxes_stay_in_the_domain_and_the_range(grid, seed, count):
    """0 ≤ lower ≤ upper ≤ L on every axis; heights in range; the state is their sum."""
    ic = RandomDiscontinuities(count, value=(2.0, 3.0))
    drawn = ic.draw(grid, stream(seed, "initial", 0))
    assert len(drawn.boxes) == count
    for box in drawn.boxes:
        assert len(box.lower) == len(box.upper) == grid.dims
        limits = zip(box.lower, box.upper, grid.extent, strict=True)
        assert all(0 <= low <= high <= length for low, high, length in limits)
        assert 2 <= box.value <= 3
    u = sample_set(ic, grid, 1, 1, seed)[0, 0]
    np.testing.assert_array_equal(u, sum(box.on(grid) for box in drawn.boxes))


def test_channels_are_as_many_as_asked_and_independent():
    u = sample_set(RandomDiscontinuities(), Grid.cube(2, 16), 3, 1, 0)
    assert u.shape == (1, 3, 16, 16)
    assert len(np.unique(u.reshape(3, -1), axis=0)) == 3


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_population(dims):
    """Sides have mean L/3 and limits the laws of a minimum and a maximum; heights are uniform."""
    grid = Grid((4,) * dims, tuple(1.0 + axis for axis in range(dims)))
    ic = RandomDiscontinuities(1)
    boxes = [ic.draw(grid, stream(1, i)).boxes[0] for i in range(400)]
    lower = np.array([box.lower for box in boxes]) / grid.extent
    upper = np.array([box.upper for box in boxes]) / grid.extent
    # |U - U'| has variance 1/18; five deviations of the mean
    assert abs(np.mean(upper - lower) - 1 / 3) < 5 / np.sqrt(18 * upper.size)
    assert kstest((upper**2).ravel(), "uniform").pvalue > 1e-6  # P(max < x) = x²
    assert kstest(((1 - lower) ** 2).ravel(), "uniform").pvalue > 1e-6
    assert kstest([box.value for box in boxes], "uniform", (-1, 2)).pvalue > 1e-6


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda: Discontinuity((0.1,), (0.1, 0.2), 1.0), "got 1 and 2"),
        (lambda: Discontinuity((0.2,), (0.1,), 1.0), "limits as a pair of numbers, low <= high"),
        (lambda: Discontinuity((0.1,), (0.2,), np.nan), "value as a finite number"),
        (lambda: Discontinuity((0.1,), (0.2,), 1.0).on(Grid.cube(2, 4)), "2 axes, got 1"),
        (lambda: Discontinuities(()), "one box or more, got none"),
        (lambda: RandomDiscontinuities(0), "integer count of 1 or more, got 0"),
        (lambda: RandomDiscontinuities(value=(1.0, 0.0)), "value as a pair of numbers"),
    ],
)
def test_refuses_in_one_line(act, expected):
    with pytest.raises(InvalidInput) as caught:
        act()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
