"""Poisson's equation: residuals of any right-hand side, and waves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.space import Grid, derivative, poisson

EPS = np.finfo(float).eps


@given(
    seed=st.integers(0, 2**31),
    grid=st.from_type(Grid),
    order=st.sampled_from([2, 4]),
)
def test_residual_and_mean(bk, noise, seed, grid, order):
    """Σ_j ∂_j^order u = -(f - ⟨f⟩) for noise (even orders act on Nyquist modes), and ⟨u⟩ = 0."""
    f = noise(grid, 3, seed)
    space = tuple(range(-grid.dims, 0))
    u = poisson(bk.asarray(f), grid, order)
    left = sum(bk.to_numpy(derivative(u, grid, j, order)) for j in range(grid.dims))
    # u carries eps of its largest mode, which the operator lifts by its condition number
    ends = [np.pi * n / length for n, length in zip(grid.points, grid.extent, strict=True)]
    condition = sum(k**order for k in ends) / (2 * np.pi / max(grid.extent)) ** order
    residual = np.max(np.abs(left + f - np.mean(f, axis=space, keepdims=True)))
    assert residual <= 10 * EPS * max(1.0, condition) * np.max(np.abs(f))
    u = bk.to_numpy(u)
    assert np.max(np.abs(np.mean(u, axis=space))) <= 4 * EPS * np.max(np.abs(u))


@pytest.mark.parametrize(("order", "sign"), [(2, 1), (4, -1)])
def test_wave(bk, relative, order, sign):
    """f = cos(κ·x): u = f/|κ|² for order 2 and -f/Σκ_j⁴ for order 4."""
    grid = Grid((9, 8), (2.0, 3.0))
    kappa = 2 * np.pi * np.array([2, -3]) / grid.extent
    f = np.cos(np.tensordot(kappa, grid.coordinates(), 1) + 0.3)[None]
    found = bk.to_numpy(poisson(bk.asarray(f), grid, order))
    # the lowest mode is lifted by (κ²/κ_1²)^(order/2) ≤ 13^2 against this one
    assert relative(found, sign * f / np.sum(kappa**order)) < 200 * EPS


@pytest.mark.parametrize("order", [0, 1, 3, -2])
def test_orders_are_even(order):
    with pytest.raises(InvalidInput, match=r"^poisson: expected an even order[^\n]*$"):
        poisson(np.zeros((1, 8)), Grid.cube(1, 8), order)


def test_shapes_are_compared():
    with pytest.raises(InvalidInput, match=r"^poisson: expected a field"):
        poisson(np.zeros((1, 7)), Grid.cube(1, 8))
