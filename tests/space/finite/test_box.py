"""Where the points of a box lie, and what is refused."""

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.space import Grid
from xpde.space.finite import (
    Box,
    Dirichlet,
    Neumann,
    Periodic,
    Robin,
    Staggered,
    Wall,
    derivative,
    laplacian,
)

EPS = np.finfo(float).eps


def test_periodic_points_are_those_of_the_grid():
    box, grid = Box((5, 4), (2.0, 3.0)), Grid((5, 4), (2.0, 3.0))
    assert np.array_equal(box.coordinates(), grid.coordinates())
    assert box.spacing == grid.spacing


# layout, sides, points in units of h, L / h
LINES = [
    ("cells", (Dirichlet(), Neumann()), [0.5, 1.5, 2.5, 3.5], 4),
    ("nodes", (Dirichlet(), Dirichlet()), [1, 2, 3, 4], 5),
    ("nodes", (Dirichlet(), Neumann()), [1, 2, 3, 4], 4),
    ("nodes", (Robin(1.0, 1.0), Dirichlet()), [0, 1, 2, 3], 4),
    ("nodes", (Neumann(), Robin(0.0, 1.0)), [0, 1, 2, 3], 3),
    ("nodes", (Robin(2.0, 0.0), Dirichlet()), [1, 2, 3, 4], 5),
]


@pytest.mark.parametrize(("layout", "sides", "points", "intervals"), LINES)
def test_points(layout, sides, points, intervals):
    box = Box((4,), 1.5, sides, layout)
    h = 1.5 / intervals
    assert abs(box.spacing[0] - h) < EPS * h
    assert np.max(np.abs(box.coordinates()[0] - h * np.asarray(points))) < 4 * EPS


@pytest.mark.parametrize(("layout", "sides", "points", "intervals"), LINES)
def test_volumes_and_faces(layout, sides, points, intervals):
    """Faces part the axis: a point's volume is the distance of its faces, half a cell at a node."""
    axis = Box((4,), 1.5, sides, layout).axes[0]
    assert np.max(np.abs(np.diff(axis.faces()) / axis.spacing - axis.volumes())) < 8 * EPS


def test_sides_and_lengths_are_repeated():
    one = Box((3, 4), 2.0, Dirichlet(1.0))
    two = Box((3, 4), (2.0, 2.0), ((Dirichlet(1.0), Dirichlet(1.0)),) * 2, ("cells", "cells"))
    assert one.axes == two.axes
    assert Box((3,), 1.0, (Dirichlet(), Neumann())).axes[0].right == (0.0, 1.0)


def test_functions_are_read_at_their_wall():
    box = Box((3, 4), (1.0, 2.0), (Periodic(), (Dirichlet(lambda x: x[0] + 10 * x[1]), Neumann())))
    left, right = box.given(1)
    assert np.allclose(left, np.reshape(np.arange(3) / 3, (3, 1)), rtol=4 * EPS)
    assert right == 0.0
    assert box.given(0) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: Box((0,)),
        lambda: Box((2, 2, 2, 2)),
        lambda: Box((2,), -1.0),
        lambda: Box((2, 2), (1.0, 1.0, 1.0)),
        lambda: Box((4,), 1.0, (Periodic(), Dirichlet())),
        lambda: Box((4,), 1.0, (1.0, 2.0)),
        lambda: Box((4,), 1.0, Dirichlet(), "vertices"),
        lambda: Box((4, 3), 1.0, Dirichlet(np.zeros(3))),
        lambda: Box((4, 3), 1.0, Dirichlet(np.zeros((2, 3)))),
        lambda: Box((1,), 1.0, Neumann(), "nodes").axes,
        lambda: Robin(1.0, -1.0),
        lambda: Robin(0.0, 0.0),
        lambda: derivative(Box((4,)), 1),
        lambda: derivative(Box((4,)), 0, 0),
        lambda: derivative(Box((3,), 1.0, Dirichlet()), 0, 4),
        lambda: laplacian(Box((4,)), accuracy=3),
        lambda: Staggered.build((4,)),
        lambda: Staggered.build((4, 1), 1.0, Wall()),
        lambda: Staggered.build((4, 4), 1.0, (None,)),
        lambda: Staggered.build((4, 4), 1.0, Wall((0.0, 1.0, 2.0))),
        lambda: Staggered.build((4, 4), 1.0, Wall()).vorticity("implicax"),
        lambda: Staggered.build((4, 4)).average(0, 0),
        lambda: Staggered.build((4, 4)).average(0, 1, "exat"),
    ],
)
def test_refusals(call):
    with pytest.raises(InvalidInput, match=r"expected|unknown"):
        call()
