"""Operators of blocks: a saddle point system of channels, shapes that fit."""

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.solvers import GMRES, SYMMETRIC, Block, Circulant, Dense, Direct, Function, linear_solve


def gradient(params, x):
    """Backward differences of one channel (1, n, n) along both axes: (2, n, n)."""
    from xpde.core import namespace_of

    xp = namespace_of(x)
    return xp.concat([x - xp.roll(x, 1, axis=axis) for axis in (-2, -1)], axis=-3)


def saddle(bk, n=3):
    """Velocity and pressure: (4 - Δ) u + ∇p = f, ∇·u - p/10 = g."""
    laplacian = {(0, 0): 8.0, (1, 0): -1.0, (-1, 0): -1.0, (0, 1): -1.0, (0, -1): -1.0}
    one = bk.asarray(np.ones(1))
    viscous = Circulant.of_stencil(laplacian, (2, n, n), one, dims=2)
    pressure = Circulant.of_stencil({(0, 0): -0.1}, (1, n, n), one, dims=2)
    up = Function(gradient, (1, n, n), shape_out=(2, n, n))
    return Block(((viscous, up), (up.T, pressure)), SYMMETRIC)


def test_matrix(bk):
    """The matrix is that of the blocks, and symmetric."""
    A = saddle(bk)
    assert A.domain == (3, 3, 3) == A.codomain
    near = bk.asarray(np.ones(1))
    matrices = bk.jit(lambda like: [m.matrix(like) for m in (A, *A.blocks[0], *A.blocks[1])])(near)
    matrix, a, b, c, d = (bk.to_numpy(m) for m in matrices)
    assert np.array_equal(matrix, np.block([[a, b], [c, d]]))
    assert np.max(np.abs(matrix - matrix.T)) < 1e-14  # entries below 10, transforms of 9 points


def test_saddle_point(bk, relative):
    """A saddle point system of channels is solved by GMRES as by its matrix."""
    A = saddle(bk)
    x = np.random.default_rng(0).standard_normal((2, 3, 3, 3))
    b = A(bk.asarray(x))
    for method in (Direct(), GMRES(rtol=1e-12, restart=27)):
        found = bk.jit(lambda A, b, method=method: linear_solve(A, b, method))(A, b).checked()
        # the condition number is below 100
        assert relative(bk.to_numpy(found.value), x) < 1e-9


def test_parts(bk):
    """A vector is taken apart as it was put together; zeros of a block cost nothing."""
    A = Block(((Dense(bk.asarray(np.eye(2))), None), (None, Dense(bk.asarray(2 * np.eye(3))))))
    x = bk.asarray(np.arange(5.0))
    assert [part.shape[-1] for part in A.parts(x)] == [2, 3]
    assert bk.to_numpy(A(x)).tolist() == [0, 1, 4, 6, 8]
    assert bk.to_numpy(A.T(x)).tolist() == [0, 1, 4, 6, 8]
    assert bk.to_numpy(A.diagonal()).tolist() == [1, 1, 2, 2, 2]


def test_errors():
    """Blocks that do not fit, rows of different lengths, a column without an operator."""
    two, three = Dense(np.eye(2)), Dense(np.eye(3))
    with pytest.raises(InvalidInput, match="column 0"):
        Block(((two,), (three,)))
    with pytest.raises(InvalidInput, match="no size"):
        Block(((two, None), (two, None)))
    with pytest.raises(InvalidInput, match="one length"):
        Block(((two, None), (two,)))
