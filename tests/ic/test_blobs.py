"""Gaussian blobs: the formula, the images, the mass; and the benchmark's pair."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from xpde.core import stream
from xpde.errors import InvalidInput
from xpde.ic import (
    GaussianBlob,
    GaussianBlobs,
    GrayScottBlobs,
    RandomGaussianBlobs,
    sample_set,
)
from xpde.space import Grid

EPS = np.finfo(float).eps
BOXES = [Grid((17,), (3.0,)), Grid((12, 9), (0.5, 2.0)), Grid((6, 7, 8), (1.0, 2.0, 0.4))]


def exponent(grid, center, variance, shift=0.0):
    parts = zip(grid.coordinates(), center, variance, strict=True)
    return -sum((x - c + shift) ** 2 / v for x, c, v in parts) / 2


@pytest.mark.parametrize("grid", BOXES, ids=lambda grid: f"{grid.dims}D")
@given(seed=st.integers(0, 2**31), count=st.integers(1, 3), complement=st.booleans())
def test_is_the_mean_of_its_blobs(grid, seed, count, complement):
    """exp(-½ Σ (x_j - c_j)² / v_j) with c_j in (0.4, 0.6) L_j, v_j in (0.005, 0.01) L_j²."""
    rng = stream(seed, "initial", 0)
    extent = np.array(grid.extent)
    expected = np.zeros(grid.points)
    for _ in range(count):
        center = rng.uniform(0.4, 0.6, grid.dims) * extent
        variance = rng.uniform(0.005, 0.01, grid.dims) * extent**2
        blob = np.exp(exponent(grid, center, variance))
        expected = expected + (1 - blob if complement else blob) / count
    u = sample_set(RandomGaussianBlobs(count, complement), grid, 1, 1, seed)[0, 0]
    assert np.max(np.abs(u - expected)) < 64 * EPS  # exp(-z) z ≤ 1/e: exponents round harmlessly


@given(
    position=st.floats(-2.0, 3.0),
    deviation=st.floats(0.12, 3.0),
    points=st.integers(24, 40),
    length=st.floats(0.5, 2.0),
)
def test_images_carry_the_mass_of_the_line(position, deviation, points, length):
    """Σ u Δx = √(2πv): the grid sum is exact up to exp(-2π²v/Δx²) < 1e-20, for every position."""
    blob = GaussianBlob((position,), ((deviation * length) ** 2,))
    u = blob.on(Grid.cube(1, points, length), periodic=True)
    mass = np.sum(u) * length / points
    # the center is known to eps 3/L ≤ 6 eps periods, where the slope is at most 1/(0.12 √e)
    assert abs(mass / (math.sqrt(2 * np.pi) * deviation * length) - 1) < 256 * EPS


def test_images_are_periodic_and_one_blob_is_not():
    grid = Grid((16, 15), (1.0, 2.0))
    variance = (0.02, 0.05)
    here, beyond = ((0.05, 1.9), (1.05, -2.1))
    pair = [GaussianBlob(c, variance).on(grid, periodic=True) for c in (here, beyond)]
    assert np.max(np.abs(pair[0] - pair[1])) < 256 * EPS  # slopes 1/σ ≤ 8, a few eps of position
    plain = GaussianBlob(here, variance).on(grid)
    assert np.max(np.abs(plain - np.exp(exponent(grid, here, variance)))) < 16 * EPS
    assert np.max(pair[0] - plain) > 0.5  # the neighbor of a corner
    assert np.min(pair[0] - plain) > -16 * EPS


def test_complement_of_each():
    blobs = (GaussianBlob((0.3,), (0.01,)), GaussianBlob((0.7,), (0.02,)))
    grid = Grid.cube(1, 12)
    plain, complement = (GaussianBlobs(blobs, flag).sample(grid, 1, stream(0)) for flag in (0, 1))
    np.testing.assert_array_equal(complement, 1 - plain)


def test_population():
    """Centers and variances fill their ranges uniformly, in units of the box: p > 1e-6."""
    grid, ic = BOXES[2], RandomGaussianBlobs()
    blobs = [ic.draw(grid, stream(2, i)).blobs[0] for i in range(200)]
    extent = np.array(grid.extent)
    centers = np.array([blob.position for blob in blobs]) / extent
    variances = np.array([blob.variance for blob in blobs]) / extent**2
    assert kstest(centers.ravel(), "uniform", (0.4, 0.2)).pvalue > 1e-6
    assert kstest(variances.ravel(), "uniform", (0.005, 0.005)).pvalue > 1e-6


@pytest.mark.parametrize("grid", BOXES, ids=lambda grid: f"{grid.dims}D")
def test_gray_scott(grid):
    """Channel 0 = 1 - blob, channel 1 = another blob; both of the unit box, whatever L."""
    u = sample_set(GrayScottBlobs(), grid, 2, 3, seed=5)
    unit = Grid(grid.points, (1.0,) * grid.dims)
    assert np.max(np.abs(u - sample_set(GrayScottBlobs(), unit, 2, 3, seed=5))) < 64 * EPS
    for i in range(3):
        rng = stream(5, "initial", i)
        first = RandomGaussianBlobs().sample(grid, 1, rng)
        second = RandomGaussianBlobs().sample(grid, 1, rng)
        np.testing.assert_array_equal(u[i], np.concatenate([1 - first, second]))
        assert np.max(np.abs(first - second)) > 1e-6  # independent draws
    assert np.min(u) >= 0
    assert np.max(u) <= 1


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda: GaussianBlob((0.1,), (0.0,)), "positive variance per axis"),
        (lambda: GaussianBlob((0.1,), (0.1, 0.2)), "positive variance per axis"),
        (lambda: GaussianBlob((np.inf,), (0.1,)), "position as a finite number"),
        (lambda: GaussianBlob((0.1,), (0.1,)).on(Grid.cube(2, 4)), "positions on 2 axes, got 1"),
        (lambda: GaussianBlobs(()), "one blob or more, got none"),
        (lambda: RandomGaussianBlobs(0), "integer count of 1 or more, got 0"),
        (lambda: RandomGaussianBlobs(position=(0.6, 0.4)), "position as a pair of numbers"),
        (lambda: RandomGaussianBlobs(variance=(0.0, 0.1)), "variance as a pair of numbers"),
        (lambda: sample_set(GrayScottBlobs(), BOXES[0], 1, 1, 0), "expected 2 channels, got 1"),
    ],
)
def test_refuses_in_one_line(act, expected):
    with pytest.raises(InvalidInput) as caught:
        act()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
