"""Operators on small grids, for the tests of stationary methods and of multigrid."""

import numpy as np

from xpde.solvers import Multigrid, Stencil, linear_solve, negative_laplacian

EPS = np.finfo(np.float64).eps
ONE = np.ones(1)


def poisson(shape, periodic=False, like=ONE):
    """-Δ on the unit cube."""
    h = 1 / (shape[0] + (0 if periodic else 1))
    return negative_laplacian(shape, h, periodic, like=like)


def transport(shape, periodic, vary, seed=0):
    """A stencil that is not symmetric, diagonally dominant: (offsets, coefficients) on the host."""
    offsets = poisson(shape, False).offsets
    c = np.full(len(offsets), -1.0)
    c[1::2] -= 0.3
    c[2::2] += 0.3
    c[0] = 2 * len(shape) + 0.3
    c = np.reshape(c, (-1, *(1,) * len(shape)))
    if vary:
        c = c * np.random.default_rng(seed).uniform(1.0, 1.3, (1, *shape))
    return offsets, c


def placed(bk, shape, periodic, vary):
    """The same on a backend."""
    offsets, c = transport(shape, periodic, vary)
    return Stencil(offsets, bk.asarray(c), shape, periodic)


def host_matrix(bk, operator):
    """The matrix of an operator without arrays, or with."""
    return bk.to_numpy(bk.jit(lambda one: operator.matrix(like=one))(bk.asarray(ONE)))


def factor(operator, method, early, late, seed=0):
    """The mean factor of the residual between two counts of steps."""
    b = np.random.default_rng(seed).standard_normal(operator.domain)
    history = linear_solve(operator, b, method, history=True).history
    return (history[late] / history[early]) ** (1 / (late - early))


def cycle_factor(operator, **how):
    """The factor of a cycle between the fourth and the eighth."""
    return factor(operator, Multigrid(max_steps=8, **how), 4, 8)
