"""Trajectories as pictures: rows, color scales, and which steps are drawn."""

import numpy as np
import pytest

from xpde.report.pictures import equal_paths, trajectory

STEPS = 40


def waves(dims, channels, points=6):
    rng = np.random.default_rng(dims)
    return rng.standard_normal((STEPS + 1, channels, *[points] * dims))


def labels(drawn):
    return [axes.get_ylabel() for axes in drawn.axes if axes.get_ylabel()]


def limits(drawn):
    """Color limits of the pictures, one pair for each of them."""
    shown = [artist for axes in drawn.axes for artist in (*axes.images, *axes.collections)]
    return [artist.get_clim() for artist in shown if artist.get_array() is not None]


@pytest.mark.parametrize("dims", [2, 3])
def test_rows_are_named_after_the_fields(dims):
    states = waves(dims, dims + 1)
    drawn = trajectory(states, [1.0] * dims, 0.1, (("velocity", 1), ("scalar", 0)))
    assert labels(drawn) == [*(f"velocity {j}" for j in range(dims)), "scalar"]
    assert labels(trajectory(states, [1.0] * dims, 0.1))[0] == "channel 0"
    assert labels(trajectory(states[:, :1], [1.0] * dims, 0.1)) == ["u"]


def test_a_field_has_one_scale_and_a_positive_one_begins_at_zero():
    states = waves(2, 3)
    states[:, 2] = np.abs(states[:, 2]) + 5.0
    found = limits(trajectory(states, [1.0, 2.0], 0.1, (("velocity", 1), ("density", 0))))
    largest, density = np.max(np.abs(states[:, :2])), np.max(states[:, 2])
    assert set(found) == {(-largest, largest), (0.0, density)}


def test_a_cube_shows_the_planes_through_the_middle():
    """Three faces that begin and end in the middle of the other axes."""
    states = waves(3, 1)
    drawn = trajectory(states, [1.0, 1.0, 2.0], 0.1, moments=[0, 7])
    faces = [mesh.get_array() for mesh in drawn.axes[1].collections]
    for axis, face in enumerate(faces):
        middle = np.take(states[7, 0], 3, axis=axis)
        again = np.take(np.take(middle, range(3, 10), 0, mode="wrap"), range(3, 10), 1, mode="wrap")
        np.testing.assert_array_equal(np.reshape(face, (7, 7)), again)
    assert len(faces) == 3


def test_equal_paths_of_uniform_motion_are_equal_times():
    """A wave that travels at a constant speed covers the same distance in every step."""
    x, t = np.meshgrid(np.arange(64) / 64, np.arange(STEPS + 1) / STEPS)
    states = np.sin(2 * np.pi * (x - t))[:, None]
    assert equal_paths(states) == [0, 10, 20, 30, 40]


def test_equal_paths_of_decay_are_equal_changes():
    """Of e^{-t} the path is 1 - e^{-t}: quarters are reached after log 4/3, log 2 and log 4."""
    rate = 8 / STEPS
    states = np.exp(-rate * np.arange(STEPS + 1))[:, None, None] * np.ones((1, 1, 8))
    expected = [round(np.log(q) / rate) for q in (4 / 3, 2, 4)]
    assert equal_paths(states) == [0, *expected, STEPS]
    assert equal_paths(np.ones((3, 1, 8))) == [0, 2]  # nothing moves
