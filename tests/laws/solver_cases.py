"""Operators and solves as maps of arrays: of vectors, of right-hand sides, of parameters."""

import numpy as np
import scipy.sparse
from case import Case

from xpde.core import namespace_of
from xpde.solvers import (
    Block,
    Circulant,
    CyclicReduction,
    Dense,
    Direct,
    FFTSolve,
    Identity,
    NewtonKrylov,
    Picard,
    Reshaped,
    Sparse,
    Tridiagonal,
    fixed_point,
    linear_solve,
    root,
)

N = 6
RNG = np.random.default_rng(0)
MATRIX = np.eye(N) + 0.1 * RNG.standard_normal((N, N))
CENTRAL = {(-1,): -0.4, (0,): 2.0, (1,): 0.3}


def solved(operator, method):
    """Return b ↦ x of A x = b."""
    return lambda b: linear_solve(operator, b, method).value


def circulant(bk):
    one = bk.asarray(np.ones(1))
    return solved(Identity((N,)) + Circulant.of_stencil(CENTRAL, (N,), one), FFTSolve())


def tridiagonal(bk):
    bands = [bk.asarray(c + 0.1 * np.cos(np.arange(N))) for c in (-1.0, 3.0, 0.5)]
    return solved(Tridiagonal(*bands, periodic=True), CyclicReduction())


def sparse(bk):
    matrix = scipy.sparse.random_array((2 * N, 2 * N), density=0.2, rng=np.random.default_rng(1))
    return Reshaped(Sparse.of_scipy(matrix, bk.asarray(np.ones(1))), (2, N))


def block(bk):
    circulant = Circulant.of_stencil(CENTRAL, (1, N), bk.asarray(np.ones(1)), dims=1)
    return Block(((circulant, Identity((1, N))), (Identity((1, N)), None))).T


def contraction(params, x):
    xp = namespace_of(x, params["b"])
    return 0.5 * xp.tanh(xp.matmul(x, params["A"])) + params["b"]


def curve(params, x):
    xp = namespace_of(x, params["b"])
    return xp.matmul(x, params["A"]) + 0.1 * x**3 - params["b"]


def picard(bk):
    A, method = bk.asarray(MATRIX), Picard(max_steps=12, anderson=3)

    def found(b):
        params = {"A": A, "b": b}
        return fixed_point(contraction, 0.0 * b, params, method=method, ndim=1).value

    return found


def newton(bk):
    A, method = bk.asarray(MATRIX), NewtonKrylov(max_steps=5, linear=Direct(), halvings=2)

    def found(b):
        return root(curve, 0.0 * b, {"A": A, "b": b}, method=method, ndim=1).value

    return found


CASES = [
    Case("fft_solve", (2, N), circulant),
    Case("cyclic_reduction", (2, N), tridiagonal),
    Case("direct", (2, N), lambda bk: solved(Dense(bk.asarray(MATRIX)), Direct())),
    Case("sparse", (2, N), sparse),
    Case("block", (2, N), block),
    Case("fixed_point", (2, N), picard),
    Case("root", (2, N), newton),
]
