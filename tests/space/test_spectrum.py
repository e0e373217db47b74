"""Radial spectra against a slow loop over all modes, and the laws of energy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.space import Grid, spectrum

EPS = np.finfo(float).eps
seeds = st.integers(0, 2**31)
GRIDS = [
    Grid.cube(1, 9, 2.0),
    Grid.cube(2, 8),
    Grid.cube(3, 8),
    Grid((8, 9), (1.0, 2.0)),
    Grid((12, 6), (3.0, 1.0)),
    Grid((6, 4, 5), (1.5, 1.0, 1.0)),
]


def slow(u, grid, power, radial):
    """Every mode of the complex transform, one at a time, for one channel."""
    c = np.fft.fftn(u) / grid.size
    ratio = max(grid.extent) / np.asarray(grid.extent)
    sums, alls, stored = {}, {}, {}
    for index in np.ndindex(*grid.points):
        k = [(i + n // 2) % n - n // 2 for i, n in zip(index, grid.points, strict=True)]
        shell = int(np.floor(np.linalg.norm(ratio * k) + 0.5 + 1e-12))
        size = abs(c[index])
        sums[shell] = sums.get(shell, 0.0) + (size**2 / 2 if power else size)
        alls[shell] = alls.get(shell, 0) + 1
        stored[shell] = stored.get(shell, 0) + (index[-1] <= grid.points[-1] // 2)
    bins = int(min(r * (n // 2) for r, n in zip(ratio, grid.points, strict=True)) + 1e-12) + 1
    count = {"sum": dict.fromkeys(range(bins), 1), "average": stored, "density": alls}[radial]
    return np.array([sums[s] / count[s] for s in range(bins)])


@given(
    seed=seeds,
    grid=st.sampled_from(GRIDS),
    power=st.booleans(),
    radial=st.sampled_from(["sum", "average", "density"]),
)
def test_every_mode_is_in_its_shell(bk, relative, noise, seed, grid, power, radial):
    u = noise(grid, 2, seed)
    found = bk.to_numpy(spectrum(bk.asarray(u), grid, power, radial))
    expected = np.stack([slow(channel, grid, power, radial) for channel in u])
    # a coefficient holds a few eps of the largest; at most 512 of them add up
    assert relative(found, expected) < 100 * EPS


@pytest.mark.parametrize("points", [12, 11])
def test_parseval(bk, noise, points):
    """In one dimension nothing lies beyond the last shell: Σ = ⟨u²⟩/2."""
    grid = Grid.cube(1, points)
    u = noise(grid, 3, 0)
    total = np.sum(bk.to_numpy(spectrum(bk.asarray(u), grid)), axis=-1)
    np.testing.assert_allclose(total, np.mean(u**2, axis=-1) / 2, rtol=20 * EPS)


@pytest.mark.parametrize("grid", GRIDS[1:], ids=str)
def test_parseval_within_the_sphere(bk, grid):
    """A field of modes inside the sphere keeps all its energy."""
    rng = np.random.default_rng(0)
    ratio = max(grid.extent) / np.asarray(grid.extent)
    radius = min(r * (n // 2) for r, n in zip(ratio, grid.points, strict=True))
    axes = [np.fft.fftfreq(n, 1 / n) * r for n, r in zip(grid.points, ratio, strict=True)]
    inside = sum(k**2 for k in np.meshgrid(*axes, indexing="ij")) <= radius**2
    u = np.fft.ifftn(np.fft.fftn(rng.standard_normal(grid.points)) * inside).real[None]
    total = np.sum(bk.to_numpy(spectrum(bk.asarray(u), grid)))
    np.testing.assert_allclose(total, np.mean(u**2) / 2, rtol=20 * EPS)


@pytest.mark.parametrize("n", [7, 8])
@pytest.mark.parametrize("k", [(3, 0), (0, 3), (2, 2), (-1, 3)])
def test_a_wave(bk, n, k):
    """A cos(κ·x + φ) has energy A²/4 and amplitude A in the shell of its |k|, along any axis."""
    grid = Grid.cube(2, n, 2.0)
    u = 1.3 * np.cos(np.pi * np.tensordot(k, grid.coordinates(), 1) + 0.4)[None]
    for power, value in ((True, 1.3**2 / 4), (False, 1.3)):
        expected = np.zeros((1, n // 2 + 1))
        expected[0, round(float(np.hypot(*k)))] = value
        found = bk.to_numpy(spectrum(bk.asarray(u), grid, power))
        # 64 amplitudes that should vanish add up to some eps
        np.testing.assert_allclose(found, expected, atol=100 * EPS)


@pytest.mark.parametrize("points", [(9,), (8, 8), (8, 9), (8, 8, 8)])
def test_density_of_a_spike_is_flat(bk, points):
    """All coefficients of a unit spike are 1/∏N, so the density is 1/(2 ∏N²) in every shell."""
    grid = Grid(points, (1.0,) * len(points))
    u = np.zeros((1, *points))
    u[(0,) * u.ndim] = 1.0
    found = bk.to_numpy(spectrum(bk.asarray(u), grid, radial="density"))
    np.testing.assert_allclose(found, 0.5 / grid.size**2, rtol=20 * EPS)


@pytest.mark.parametrize("power", [True, False])
def test_gradient(bk, noise, power):
    """d/dε Σ_s w_s E_s(u + εv) against central differences, also where the rule is by hand."""
    grid, rng = Grid((6, 5), (1.0, 1.5)), np.random.default_rng(0)
    u, v = noise(grid, 1, 1), noise(grid, 1, 2)
    weights = bk.asarray(rng.standard_normal(bk.to_numpy(spectrum(bk.asarray(u), grid)).shape))

    def total(u):
        out = weights * spectrum(u, grid, power)
        return namespace_of(out).sum(out)

    _, gradient = bk.value_and_grad(total)(bk.asarray(u))
    slope = np.sum(bk.to_numpy(gradient) * v)
    h = 1e-5
    ahead, behind = (float(total(bk.asarray(u + s * h * v))) for s in (1, -1))
    # h² of curvature plus eps/h of rounding, of numbers of order 1
    assert abs(slope - (ahead - behind) / (2 * h)) < 1e-8


def test_forms_are_named():
    with pytest.raises(InvalidInput, match="did you mean average"):
        spectrum(np.zeros((1, 8)), Grid.cube(1, 8), radial="averge")
