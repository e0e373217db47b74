"""Circulants: symbols against matrices, compositions, pseudo-inverses, solves by transforms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpde
from xpde.errors import InvalidInput
from xpde.solvers import (
    CG,
    NEGATIVE,
    POSITIVE,
    Circulant,
    Dense,
    FFTSolve,
    Identity,
    Singular,
    Status,
    Tags,
    linear_solve,
)

EPS = np.finfo(np.float64).eps
LAPLACIAN = {(-1,): 1.0, (0,): -2.0, (1,): 1.0}
NUMPY = xpde.backend("numpy", dtype="float64")


@given(st.integers(0, 9999), st.integers(3, 12), st.integers(3, 9))
def test_stencil(seed, m, n):
    """(A x)(i) = Σ_o w_o x(i + o), for any stencil, on grids odd and even."""
    rng = np.random.default_rng(seed)
    offsets = {tuple(map(int, rng.integers(-2, 3, 2))) for _ in range(4)}
    weights = {o: float(rng.standard_normal()) for o in offsets}
    x = rng.standard_normal((2, m, n))
    A = Circulant.of_stencil(weights, (m, n), x)
    shifts = [w * np.roll(x, [-a for a in o], axis=(-2, -1)) for o, w in weights.items()]
    # transforms of at most 108 points
    assert np.max(np.abs(A(x) - sum(shifts))) < 200 * EPS * np.max(np.abs(x))


@given(st.integers(0, 9999), st.integers(3, 12))
def test_composition(seed, n):
    """Sums, products and multiples of circulants are one circulant, with the same application."""
    rng = np.random.default_rng(seed)
    one = np.ones(1)
    A, B = (
        Circulant.of_stencil(
            {
                (int(o),): float(w)
                for o, w in zip(rng.integers(-2, 3, 3), rng.standard_normal(3), strict=True)
            },
            (n,),
            one,
        )
        for _ in range(2)
    )
    symmetric = Circulant.of_stencil(LAPLACIAN, (n,), one)
    x = rng.standard_normal((2, n))
    for C in (A @ B, A @ symmetric, symmetric @ A, Identity((n,)) - 0.3 * symmetric, B + symmetric):
        one_symbol = Circulant.of(C)
        assert isinstance(one_symbol, Circulant)
        # two transforms against four
        assert np.max(np.abs(one_symbol(x) - C(x))) < 1000 * EPS * np.max(np.abs(x))
    assert Circulant.of(A + Dense(np.eye(n))) is None
    assert Circulant.of(Identity((n,))) is None


def test_tags():
    """Symmetry and sign are found from the symbol, as is the null space."""
    one = np.ones(1)
    A = Circulant.of_stencil(LAPLACIAN, (8,), one)
    assert A.tags == NEGATIVE
    assert A.imag is None
    assert A.singular
    advection = Circulant.of_stencil({(0,): 1.0, (-1,): -1.0}, (8,), one)
    assert advection.tags == Tags(False, 1)
    assert Circulant.of(Identity((8,)) - 0.1 * A).tags == POSITIVE
    assert not Circulant.of(Identity((8,)) - 0.1 * A).singular


def test_solve(bk, relative):
    """FFTSolve inverts: A x = b on both parities, in two dimensions with channels, per sample."""
    rng = np.random.default_rng(0)
    weights = {(0, 0): 5.0, (1, 0): -1.0, (0, -1): 2.0, (-1, 0): -0.5}
    for shape in ((2, 4, 5), (1, 5, 4)):
        A = Circulant.of_stencil(weights, shape, bk.asarray(np.ones(1)), dims=2)
        x = rng.standard_normal((3, *shape))
        found = linear_solve(A, A(bk.asarray(x)), FFTSolve(), throw=True, history=True)
        # the condition number of this stencil is below 10
        assert relative(bk.to_numpy(found.value), x) < 100 * EPS
        assert found.history.shape == (2, 3)
        assert bk.to_numpy(found.steps).tolist() == [1, 1, 1]


def test_null_space(bk, relative):
    """On the periodic Poisson equation the solution of least norm is found, by every method."""
    rng = np.random.default_rng(1)
    A = Circulant.of_stencil(LAPLACIAN, (9,), bk.asarray(np.ones(1)))
    b = bk.asarray(rng.standard_normal((2, 9)) + 3.0)
    wanted = bk.to_numpy(b) @ np.linalg.pinv(bk.to_numpy(A.matrix())).T
    for method in (FFTSolve(), CG(rtol=1e-13)):
        found = linear_solve(A, b, method, throw=True)
        # the condition number on the other modes is below 40
        assert relative(bk.to_numpy(found.value), wanted) < 1e-12
        again = linear_solve(Singular(A), b, method, throw=True)
        assert relative(bk.to_numpy(again.value), wanted) < 1e-12
    alone = FFTSolve().solve(A, b, None)  # nobody took the mean out of b
    assert bk.to_numpy(alone.status).tolist() == [Status.SINGULAR] * 2
    assert relative(bk.to_numpy(A.inverse()(b)), wanted) < 1e-12


def test_preconditioner(bk):
    """A circulant near A makes CG converge in few steps: two clusters and one outlier."""
    n = 24
    laplacian = Circulant.of_stencil(
        {(-1,): -1.0, (0,): 2.1, (1,): -1.0}, (n,), bk.asarray(np.ones(1))
    )
    bump = np.zeros((n, n))
    bump[3, 3] = 4.0
    A = laplacian + Dense(bk.asarray(bump))
    b = bk.asarray(np.random.default_rng(2).standard_normal(n))
    method = CG(rtol=1e-10, preconditioner=laplacian.inverse())
    found = linear_solve(A, b, method, throw=True)
    assert int(bk.to_numpy(found.steps)) <= 3  # rank one: two different eigenvalues, and rounding


def test_derivative_of_symbol(bk):
    """Derivatives of a solve in the symbol are those of x̂ = b̂ / s, by differences."""
    rng = np.random.default_rng(3)
    A = Circulant.of_stencil({(0,): 3.0, (1,): -1.0, (-1,): 0.4}, (6,), bk.asarray(np.ones(1)))
    b, w = (bk.asarray(rng.standard_normal((2, 6))) for _ in range(2))
    d = [bk.asarray(rng.standard_normal((4,))) for _ in range(2)]

    def loss(parts):
        moved = Circulant(*parts, (6,), 1)
        value = linear_solve(moved, b, FFTSolve()).value
        return xpde.core.namespace_of(value).sum(w * value)

    parts, loss = [A.real, A.imag], bk.jit(loss)
    slope = bk.jit(lambda parts: bk.value_and_grad(loss)(parts)[1])(parts)
    slope = sum(float(bk.xp.sum(g * e)) for g, e in zip(slope, d, strict=True))
    h = 1e-5
    ahead, behind = (
        float(loss([p + s * h * e for p, e in zip(parts, d, strict=True)])) for s in (1, -1)
    )
    # h² of curvature plus ε/h of rounding
    assert abs(slope - (ahead - behind) / (2 * h)) < 1e-7 * max(1.0, abs(slope))


def test_errors():
    """A symbol that is not that of a real operator, one of another shape, another operator."""
    one = np.ones(1)
    with pytest.raises(InvalidInput, match="Nyquist"):
        Circulant.of_symbol(1j * np.arange(5.0), (8,), one)
    with pytest.raises(InvalidInput, match="expected a symbol"):
        Circulant.of_symbol(np.ones(4), (8,), one)
    with pytest.raises(InvalidInput, match="FFTSolve"):
        linear_solve(Dense(np.eye(3)), np.ones(3), FFTSolve())
