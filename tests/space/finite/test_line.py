"""Formulas along an axis: application, matrix and transpose are one, for the shortest axes too."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xpde.space.finite import Lift, Line
from xpde.space.finite.formulas import wrapped

EPS = np.finfo(float).eps
numbers = st.integers(-3, 3).map(float)


@st.composite
def lines(draw):
    """Stencils with ghosts of any weights, or around the axis, with factors at both ends."""
    n = draw(st.integers(1, 6))
    if draw(st.booleans()):
        offsets = draw(st.lists(st.integers(-4, 4), min_size=1, max_size=5, unique=True))
        return wrapped(n, offsets, [draw(numbers) + 0.5 for _ in offsets])
    row = st.lists(numbers, max_size=n).map(tuple)
    before = tuple(draw(st.lists(row, max_size=2)))
    after = tuple(draw(st.lists(row, max_size=2)))
    width = n + len(before) + len(after)
    rows = draw(st.integers(1, width))
    count = width - rows + 1
    taps = tuple((k, draw(numbers)) for k in range(count))
    ends = (draw(numbers), draw(numbers)) if rows > 1 else (1.0, 1.0)
    return Line(n, rows, taps, before, after, ends=ends)


@st.composite
def lifts(draw):
    rows = draw(st.integers(1, 5))
    start = draw(st.integers(0, rows - 1))
    entries = draw(st.lists(numbers, min_size=1, max_size=rows - start))
    return Lift(rows, start, tuple(entries))


@given(st.one_of(lines(), lifts()), st.integers(-3, -1), st.integers(0, 99))
def test_application_matrix_and_transpose(line, axis, seed):
    """y = M x along any axis; the line of the transpose has Mᵀ."""
    matrix = line.sparse().toarray()
    assert matrix.shape == (line.gives, line.takes)
    for own, dense in ((line, matrix), (line.T, matrix.T)):
        shape = [2, 2, 2]
        shape[axis] = own.takes
        x = np.random.default_rng(seed).standard_normal(shape)
        expected = np.moveaxis(np.moveaxis(x, axis, -1) @ dense.T, -1, axis)
        # small integers times numbers of order one, at most a dozen of them
        assert np.max(np.abs(own(x, axis) - expected)) < 1e3 * EPS
        assert np.array_equal(own.sparse().toarray(), dense)
    turned_twice = line.T.T
    assert turned_twice == line


def test_dense_rows_by_hand():
    """Two ghosts that are combinations of the points next to the wall."""
    line = Line(3, 3, ((0, 1.0), (1, -2.0), (2, 1.0)), ((2.0, -1.0),), ((0.0, 3.0),))
    assert np.array_equal(line.sparse().toarray(), [[0, 0, 0], [1, -2, 1], [0, 4, -2]])
