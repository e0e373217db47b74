"""Poisson, projection, resolutions, interpolation and spectra agree with Exponax 0.2.0."""

import numpy as np
import pytest

exponax = pytest.importorskip("exponax", minversion="0.2.0")
jax = pytest.importorskip("jax")

from xpde import space  # noqa: E402
from xpde.space import Grid  # noqa: E402

SIZES = [(1, 9), (1, 10), (2, 7), (2, 8), (3, 6)]
LENGTH = 3.0
# both transform at most 216 points in double precision; derivatives lift that by κ ≤ 2π
CLOSE = 1e-12

sizes = pytest.mark.parametrize(("dims", "n"), SIZES)


def field(dims, n, channels, highest=None):
    """Random, with modes |k_j| ≤ highest: by default all below the Nyquist mode."""
    grid = Grid.cube(dims, n, LENGTH)
    highest = (n - 1) // 2 if highest is None else highest
    axes = tuple(range(-dims, 0))
    u_hat = np.fft.rfftn(
        np.random.default_rng(n).standard_normal((channels, *grid.points)), axes=axes
    )
    for axis in range(dims):
        u_hat = u_hat * grid.along(np.abs(grid.wavenumbers(axis)) <= highest, axis)
    return grid, np.fft.irfftn(u_hat, s=grid.points, axes=axes)


@sizes
@pytest.mark.parametrize("order", [2, 4])
def test_poisson(relative, dims, n, order):
    grid, f = field(dims, n, 2, highest=n // 2)  # even orders agree at Nyquist modes too
    solver = exponax.poisson.Poisson(dims, LENGTH, n, order=order)
    theirs = solver(f)
    assert relative(space.poisson(f, grid, order), theirs) < CLOSE


@sizes
def test_derivative(relative, dims, n):
    grid, u = field(dims, n, 2)
    theirs = jax.jit(lambda u: exponax.derivative(u, LENGTH))(u)
    assert relative(space.gradient(u, grid), theirs) < CLOSE


@pytest.mark.parametrize(("dims", "n"), SIZES[2:])
def test_incompressible(relative, dims, n):
    grid, u = field(dims, n, dims)
    theirs = jax.jit(exponax.spectral.make_incompressible)(u)
    assert relative(space.leray(u, grid), theirs) < CLOSE


@pytest.mark.parametrize(
    ("dims", "n", "m"),
    [(1, 9, 14), (1, 10, 13), (1, 12, 9), (1, 11, 8), (2, 7, 10), (2, 8, 6), (3, 6, 5), (3, 5, 6)],
)
def test_resolutions(relative, dims, n, m):
    """Without Nyquist modes of either grid, which they drop."""
    grid, u = field(dims, n, 2, highest=(min(n, m) - 1) // 2)
    theirs = jax.jit(lambda u: exponax.map_between_resolutions(u, m))(u)
    assert relative(space.resample(u, grid, (m,) * dims), theirs) < CLOSE


@sizes
def test_interpolator(relative, dims, n):
    grid, u = field(dims, n, 2)
    x = np.random.default_rng(1).uniform(-LENGTH, 2 * LENGTH, (7, dims))
    theirs = exponax.FourierInterpolator(u, domain_extent=LENGTH)
    expected = jax.jit(jax.vmap(theirs, out_axes=-1))(x)
    assert relative(space.interpolate(u, grid, x), expected) < CLOSE


@sizes
@pytest.mark.parametrize(("power", "radial"), [(True, "sum"), (False, "sum"), (True, "average")])
def test_spectrum(relative, dims, n, power, radial):
    grid, u = field(dims, n, 2, highest=n)
    theirs = jax.jit(
        lambda u: exponax.get_spectrum(u, power=power, radial_binning=radial)  # all modes
    )(u)
    assert relative(space.spectrum(u, grid, power, radial), theirs) < CLOSE
