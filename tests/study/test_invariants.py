"""Invariants against their definitions in physical space, and what a report reduces them to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.space import Grid
from xpde.study.invariants import (
    divergence,
    energy,
    good_steps,
    largest,
    mean,
    nonfinite,
    summarize,
)

EPS = np.finfo(np.float64).eps


@st.composite
def vector_fields(draw):
    dims = draw(st.integers(1, 3))
    points = tuple(draw(st.integers(2, 9)) for _ in range(dims))
    extent = tuple(draw(st.floats(0.5, 3.0)) for _ in range(dims))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return Grid(points, extent), rng.standard_normal((dims, *points))


def derivative(u, axis, grid):
    """∂_axis by the full complex transform of one axis, the Nyquist mode dropped."""
    n = grid.points[axis]
    k = np.fft.fftfreq(n, 1 / n)
    k = np.where(np.abs(k) == n / 2, 0, k) * 2 * np.pi / grid.extent[axis]
    shape = [-1 if a == axis else 1 for a in range(u.ndim)]
    return np.fft.ifft(1j * np.reshape(k, shape) * np.fft.fft(u, axis=axis), axis=axis).real


@given(case=vector_fields())
def test_divergence_is_the_ratio_of_two_means_over_the_grid(case):
    """Parseval over half of the spectrum gives the means over the grid; odd and even N."""
    grid, u = case
    slopes = [[derivative(c, j, grid) for j in range(grid.dims)] for c in u]
    flux = sum(slopes[j][j] for j in range(grid.dims))
    size = np.sqrt(np.mean(sum(s**2 for row in slopes for s in row)))
    expected = np.sqrt(np.mean(flux**2)) / size if size else 0.0
    # sums of at most 729 random terms, each a transform: some hundred ulps
    assert divergence(u, grid) == pytest.approx(expected, rel=1000 * EPS, abs=1000 * EPS)


@pytest.mark.parametrize("points", [(8, 8), (7, 9), (6, 5, 8)])
def test_divergence_of_known_fields(bk, points):
    """A curl has none; a gradient has ∇·u = |∇u| in the mean; a constant field has none."""
    dims = len(points)
    grid = Grid(points, tuple(1.0 + j for j in range(dims)))
    x, y, *_ = (
        2 * np.pi * c / length for c, length in zip(grid.coordinates(), grid.extent, strict=True)
    )
    kx, ky = 2 * np.pi / grid.extent[0], 2 * np.pi / grid.extent[1]
    rest = [np.zeros(points)] * (dims - 2)
    curl = np.stack([ky * np.sin(x) * np.cos(y), -kx * np.cos(x) * np.sin(y), *rest])
    gradient = np.stack([kx * np.cos(x) * np.sin(y), ky * np.sin(x) * np.cos(y), *rest])
    values = divergence(bk.asarray(np.stack([curl, gradient, np.ones_like(curl)])), grid)
    # rounding of sums over modes, relative to |∇u|
    np.testing.assert_allclose(bk.to_numpy(values), [0, 1, 0], atol=100 * EPS)


def test_divergence_wants_a_vector():
    with pytest.raises(InvalidInput, match="vector field"):
        divergence(np.zeros((3, 8, 8)), Grid((8, 8), (1.0, 1.0)))


def test_means_of_a_wave(bk):
    """u = (2 + 3 sin x, -4): means 2 and -4, ½⟨|u|²⟩ = ½(4 + 9/2 + 16), max|u| = 5."""
    x = 2 * np.pi * np.arange(8) / 8
    u = bk.asarray(np.stack([np.stack([2 + 3 * np.sin(x), -4 + 0 * x])] * 3))
    np.testing.assert_allclose(bk.to_numpy(mean(u, 1)), [[2, -4]] * 3, rtol=10 * EPS)
    np.testing.assert_allclose(bk.to_numpy(energy(u, 1)), [12.25] * 3, rtol=10 * EPS)
    np.testing.assert_allclose(bk.to_numpy(largest(u, 1)), [5] * 3, rtol=10 * EPS)
    assert bk.to_numpy(nonfinite(u, 1)).tolist() == [0, 0, 0]


def test_non_finite_values_are_counted(bk):
    u = np.zeros((2, 1, 4))
    u[0, 0, :3] = np.nan, np.inf, -np.inf
    assert bk.to_numpy(nonfinite(bk.asarray(u), 1)).tolist() == [3, 0]


def test_good_steps_end_at_the_first_bad_one():
    states = np.zeros((3, 4, 1, 2))
    states[0, 2, 0, 1] = np.inf
    states[1, 0] = np.nan
    assert good_steps(states).tolist() == [2, 0, 4]


def test_a_summary_looks_at_finite_steps_only():
    table = {
        "mean": np.asarray([[[1.0], [1.5], [9.0]], [[0.0], [0.0], [0.25]]]),
        "energy": np.asarray([[4.0, 2.0, np.nan], [2.0, 2.0, 1.0]]),
        "largest": np.asarray([[1.0, 3.0, np.inf], [1.0, 1.0, 2.0]]),
        "nonfinite": np.asarray([[0, 0, 7], [0, 0, 0]]),
    }
    report = summarize("u", table, np.asarray([2, 3]))
    assert (report.drift, report.largest, report.nonfinite) == (0.5, 3.0, 7)
    assert (report.energy_first, report.energy_last) == (3.0, 1.5)
    assert np.isnan(report.divergence)
