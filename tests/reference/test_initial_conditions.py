"""Given states agree with Exponax 0.2.0 at the grid points, in double precision."""

import importlib

import numpy as np
import pytest

exponax = pytest.importorskip("exponax", minversion="0.2.0")
jnp = pytest.importorskip("jax.numpy")

from xpde.core import stream  # noqa: E402
from xpde.ic import (  # noqa: E402
    Discontinuities,
    Discontinuity,
    GaussianBlob,
    GaussianBlobs,
    SineWaves,
)
from xpde.space import Grid  # noqa: E402

EPS = np.finfo(float).eps

# the parts of their sums are not exported
BOX = importlib.import_module("exponax.ic._discontinuities").Discontinuity
BLOB = importlib.import_module("exponax.ic._gaussian_blob").GaussianBlob


def ours(ic, grid):
    return ic.sample(grid, 1, stream(0, "unused"))


def theirs(function, grid):
    return np.asarray(function(jnp.asarray(grid.coordinates())))


@pytest.mark.parametrize("flags", [{}, {"std_one": True}, {"max_one": True}])
def test_sines(flags):
    grid = Grid.cube(1, 21, 3.0)
    values = (1.0, -0.5, 0.25), (1, 2, 4), (0.3, 1.0, 2.0)
    peer = exponax.ic.SineWaves1d(3.0, *values, **flags)
    gap = np.max(np.abs(ours(SineWaves(*values, **flags), grid) - theirs(peer, grid)))
    assert gap < 256 * EPS  # three waves, angles of at most 27 rounded twice


@pytest.mark.parametrize("zero_mean", [False, True])
def test_discontinuities(zero_mean):
    grid = Grid.cube(1, 20, 2.0)
    limits = [(0.25, 1.01, 0.5), (0.77, 1.93, -1.0)]
    boxes = [BOX((low,), (high,), value) for low, high, value in limits]
    peer = exponax.ic.Discontinuities(tuple(boxes), zero_mean=zero_mean, max_one=True)
    given = tuple(Discontinuity((low,), (high,), value) for low, high, value in limits)
    ic = Discontinuities(given, zero_mean=zero_mean, max_one=True)
    assert np.max(np.abs(ours(ic, grid) - theirs(peer, grid))) < 16 * EPS


@pytest.mark.parametrize("one_complement", [False, True])
def test_blobs(one_complement):
    grid = Grid.cube(2, 9, 2.0)
    shapes = [((0.9, 1.1), (0.02, 0.03)), ((1.2, 0.7), (0.1, 0.05))]
    peer = exponax.ic.GaussianBlobs(
        tuple(
            BLOB(
                jnp.asarray(position),
                jnp.diag(jnp.asarray(variance)),
                one_complement=one_complement,
            )
            for position, variance in shapes
        )
    )
    ic = GaussianBlobs(tuple(GaussianBlob(*shape) for shape in shapes), one_complement)
    # exponents z round by a few eps z, and e^{-z} z ≤ 1/e
    assert np.max(np.abs(ours(ic, grid) - theirs(peer, grid))) < 16 * EPS
