"""What every initial condition obeys: seeds, sets, channels, shapes, resolutions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import stream
from xpde.errors import InvalidInput
from xpde.ic import (
    ChosenModes,
    Clamped,
    DiffusedNoise,
    Discontinuities,
    Discontinuity,
    GaussianBlob,
    GaussianBlobs,
    GaussianRandomField,
    GrayScottBlobs,
    MultiChannel,
    RandomDiscontinuities,
    RandomGaussianBlobs,
    RandomSineWaves,
    Scaled,
    SineWaves,
    TruncatedFourier,
    WhiteNoise,
    sample_set,
)
from xpde.space import Grid

EPS = np.finfo(float).eps

# Per number of space axes; the flag says whether a finer grid samples the same function.
SAME, OTHER = True, False
RANDOM = {
    "white": (WhiteNoise(2.0), OTHER),
    "fourier": (TruncatedFourier(2, zero_mean=False, max_one=False), SAME),
    "grf": (GaussianRandomField(2.0), OTHER),
    "diffused": (DiffusedNoise(0.01), OTHER),
    "discontinuities": (RandomDiscontinuities(2), SAME),
    "blobs": (RandomGaussianBlobs(2), SAME),
    "periodic blobs": (RandomGaussianBlobs(2, True, True), SAME),
    "clamp": (Clamped(GaussianRandomField(), -1.0, 3.0), OTHER),
    "scale": (Scaled(RandomGaussianBlobs(), -3.0), SAME),
}
ONE_AXIS = {
    "sines": (RandomSineWaves(3, zero_mean=False), SAME),
    "ind": (ChosenModes((1, 3), max_one=False), SAME),
}
TWO_CHANNELS = {
    "gray-scott": (GrayScottBlobs(), SAME),
    "channels": (MultiChannel((TruncatedFourier(1, max_one=False), RandomGaussianBlobs())), SAME),
}
EVERY = RANDOM | ONE_AXIS | TWO_CHANNELS
BOXES = {
    1: Grid((11,), (0.5,)),
    2: Grid((8, 9), (2.0, 0.7)),
    3: Grid((7, 6, 8), (1.0, 3.0, 0.4)),
}


def grids(name):
    return [BOXES[1]] if name in ONE_AXIS else list(BOXES.values())


def doubled(grid):
    return Grid(tuple(2 * n for n in grid.points), grid.extent)


@pytest.mark.parametrize("name", EVERY)
def test_seeds_and_sets(name):
    """One seed, the same bits; the first samples of a larger set; other seeds, other states."""
    ic, _ = EVERY[name]
    for grid in grids(name):
        u = sample_set(ic, grid, 2, 3, seed=4)
        assert u.shape == (3, 2, *grid.points)
        assert u.dtype == np.float64
        assert np.all(np.isfinite(u))
        np.testing.assert_array_equal(u, sample_set(ic, grid, 2, 3, seed=4))
        np.testing.assert_array_equal(u[:2], sample_set(ic, grid, 2, 2, seed=4))
        states = np.concatenate([u, sample_set(ic, grid, 2, 1, seed=5)]).reshape(4, -1)
        gaps = np.max(np.abs(states[:, None] - states[None]), axis=-1)
        assert np.min(gaps + np.eye(4)) > 1e-6  # continuous draws: equal with probability zero


@pytest.mark.parametrize("name", RANDOM | ONE_AXIS)
def test_more_channels_leave_the_first(name):
    ic, _ = EVERY[name]
    for grid in grids(name):
        u = sample_set(ic, grid, 3, 1, seed=6)[0]
        np.testing.assert_array_equal(u[:2], sample_set(ic, grid, 2, 1, seed=6)[0])
        assert all(np.max(np.abs(u[i] - u[j])) > 1e-6 for i, j in ((0, 1), (0, 2), (1, 2)))


@pytest.mark.parametrize("name", [name for name, (_, same) in EVERY.items() if same])
@given(seed=st.integers(0, 2**31))
def test_a_finer_grid_samples_the_same_function(name, seed):
    """u(x) at every second point of twice the points, in all channels and samples."""
    ic, _ = EVERY[name]
    for grid in grids(name):
        coarse, fine = (sample_set(ic, g, 2, 1, seed) for g in (grid, doubled(grid)))
        taken = fine[(..., *[slice(None, None, 2)] * grid.dims)]
        # at most 5^3 waves of size one, each right to a few eps
        assert np.max(np.abs(taken - coarse)) < 1000 * EPS


@given(seed=st.integers(0, 2**31), dims=st.integers(1, 3), data=st.data())
def test_what_follows_in_the_stream_is_the_same_on_every_grid(seed, dims, data):
    """All generators but white noise take as many random words on any grid of D axes."""
    points = data.draw(st.tuples(*[st.integers(5, 9)] * dims))
    small, large = Grid.cube(dims, 5), Grid(points, (2.0,) * dims)
    for name, (ic, _) in RANDOM.items():
        if name == "white":
            continue
        after = []
        for grid in (small, large):
            rng = stream(seed, name)
            ic.sample(grid, 2, rng)
            after.append(rng.random())
        assert after[0] == after[1], name


GIVEN = {
    "sines": SineWaves((1.0, -2.0), (1, 3), (0.1, 0.2), 0.5),
    "discontinuities": Discontinuities((Discontinuity((0.1,), (0.3,), 2.0),)),
    "blobs": GaussianBlobs((GaussianBlob((0.2,), (0.01,)),)),
}


@pytest.mark.parametrize("name", GIVEN)
def test_given_states_draw_nothing(name):
    rng = stream(0, "given")
    u = GIVEN[name].sample(BOXES[1], 2, rng)
    np.testing.assert_array_equal(u[0], u[1])
    assert np.ptp(u) > 0.1  # each covers a point of this grid
    assert rng.random() == stream(0, "given").random()


def test_refuses_no_channels():
    with pytest.raises(InvalidInput, match=r"\A[^\n]*1 channel or more, got 0\Z"):
        WhiteNoise().sample(BOXES[1], 0, stream(0, "none"))
