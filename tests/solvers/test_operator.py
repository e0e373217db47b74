"""Laws that every linear operator obeys: matrix, transpose, diagonal, derivatives."""

import numpy as np
import pytest
import scipy.sparse

from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.solvers import (
    GENERAL,
    POSITIVE,
    SYMMETRIC,
    Block,
    Circulant,
    Dense,
    Diagonal,
    Equation,
    Function,
    Identity,
    Jacobian,
    Reshaped,
    Singular,
    Sparse,
    Tags,
    Transposed,
    Tridiagonal,
)
from xpde.solvers.parts import fixed_leaves, parted

EPS = np.finfo(np.float64).eps


def shear(params, x):
    """A linear map of (2, 3) to (2, 3) with nothing but its application known."""
    xp = namespace_of(x)
    return params["a"] * xp.roll(x, 1, axis=-1) + params["b"] * xp.flip(x, axis=-2)


def bend(params, x):
    xp = namespace_of(x)
    return params * xp.sin(x) + xp.roll(x, 1, axis=-1) ** 2


def sparse(bk, m, n, seed=3):
    rng = np.random.default_rng(seed)
    matrix = scipy.sparse.random_array((m, n), density=0.4, rng=rng)
    return Sparse.of_scipy(matrix, bk.asarray(np.ones(1)))


def examples(bk):
    """Return what makes operators, by name; small, square unless the name says otherwise."""
    rng = np.random.default_rng(7)

    def some(*shape):
        return bk.asarray(rng.standard_normal(shape))

    one = some(1)
    dense, batch = Dense(some(4, 4)), Dense(some(2, 4, 4))
    params = {"a": some(3), "b": some(2, 1)}
    advection = {(-1,): -1.0, (0,): 0.3, (2,): 0.7}
    laplacian = {(-1, 0): 1.0, (1, 0): 1.0, (0, 1): 1.0, (0, -1): 1.0, (0, 0): -4.0}
    wave = Circulant.of_stencil(advection, (6,), one)
    round_wave = Circulant.of_stencil({(0,): 2.0, (1,): -0.5}, (6,), one)
    bands = Tridiagonal(some(4), some(4), some(4))
    ring = Tridiagonal(some(2, 4), some(2, 4), some(2, 4), periodic=True)
    saddle = ((Dense(some(3, 3)), Dense(some(3, 1))), (Dense(some(1, 3)), None))
    curved = Equation(bend, some(3), (3,), fixed=True)
    return {
        "dense-rectangular": lambda: Dense(some(3, 4)),
        "dense-batch": lambda: batch,
        "diagonal": lambda: Diagonal(some(2, 3), (2, 3)),
        "diagonal-repeated": lambda: Diagonal(some(2, 1), (2, 3)),
        "function": lambda: Function(shear, (2, 3), params),
        "scaled": lambda: -2.5 * dense,
        "scaled-batch": lambda: dense * some(2, 1),
        "sum": lambda: dense - batch + Identity((4,)),
        "product": lambda: dense @ batch @ Diagonal(some(4), (4,)),
        "transposed": lambda: (
            Transposed(Function(shear, (2, 3), params)) @ Diagonal(some(2, 3), (2, 3))
        ),
        "singular": lambda: Singular(Dense(bk.asarray(np.eye(4) - 0.25))),
        "circulant": lambda: wave,
        "circulant-2D": lambda: Circulant.of_stencil(laplacian, (2, 4, 3), one, dims=2),
        "circulant-inverse": wave.inverse,
        "circulant-composed": lambda: Circulant.of(Identity((6,)) - 0.1 * wave @ round_wave),
        "sparse": lambda: Reshaped(sparse(bk, 6, 6), (2, 3)),
        "sparse-rectangular": lambda: sparse(bk, 4, 6),
        "reshaped-rectangular": lambda: Reshaped(sparse(bk, 4, 6), (2, 3), (4,)),
        "tridiagonal-periodic": lambda: ring,
        "tridiagonal-composed": lambda: Tridiagonal.of(Identity((4,)) - 0.1 * ring + bands),
        "block": lambda: Block(saddle),
        "jacobian-batch": lambda: Jacobian(curved, some(2, 3)),
    }


NAMES = tuple(examples(__import__("xpde").backend("numpy", dtype="float64")))
each = pytest.mark.parametrize("name", NAMES)


def vectors(bk, shape, batch, seed):
    return bk.asarray(np.random.default_rng(seed).standard_normal((3, *batch, *shape)))


@each
def test_matrix(bk, relative, name):
    """A x is its matrix times x, ⟨A x, y⟩ = ⟨x, Aᵀ y⟩, the diagonal is that of the matrix."""
    A = examples(bk)[name]()
    x, y = vectors(bk, A.domain, A.batch, 1), vectors(bk, A.codomain, A.batch, 2)
    square = A.domain == A.codomain

    def everything(A, x, y):  # one compiled program, with the operator as its argument
        diagonal = A.diagonal(x) if square else y
        return A.matrix(x), A(x), A.T(y), A.T.T(x), diagonal

    found = [bk.to_numpy(a) for a in bk.jit(everything)(A, x, y)]
    (matrix, Ax, Aty, again, diagonal), host = found, bk.to_numpy(x)
    assert matrix.shape == (*A.batch, A.cosize, A.size)
    flat = host.reshape(*host.shape[: host.ndim - len(A.domain)], -1)
    product = np.einsum("...ij,...j->...i", matrix, flat)
    # sums of at most 24 products, or transforms of 24 points
    assert relative(Ax.reshape(product.shape), product) < 100 * EPS
    left, right = np.sum(Ax * bk.to_numpy(y)), np.sum(host * Aty)
    assert abs(left - right) < 1000 * EPS * max(1.0, abs(left))  # sums of 144 products
    assert (A.T.domain, A.T.codomain, A.T.batch) == (A.codomain, A.domain, A.batch)
    assert relative(again, Ax) < 100 * EPS
    if square:
        wanted = np.diagonal(matrix, axis1=-2, axis2=-1)
        diagonal = np.broadcast_to(diagonal, np.broadcast_shapes(diagonal.shape, A.domain))
        assert relative(diagonal.reshape(wanted.shape), wanted) < 100 * EPS


@each
def test_derivative(bk, relative, name):
    """⟨∇_A ⟨w, A x⟩, dA⟩ is the difference along dA; central, so exact for products of two."""
    A = examples(bk)[name]()
    floats, rebuild = parted(A)
    fixed, rng = fixed_leaves(A), np.random.default_rng(4)
    x = vectors(bk, A.domain, A.batch, 1)
    w = vectors(bk, A.codomain, A.batch, 2)
    d = [bk.asarray(rng.standard_normal(tuple(leaf.shape))) for leaf in floats]

    def loss(own):
        y = rebuild(own, fixed)(x)
        return namespace_of(y).sum(w * y)

    value = bk.jit(loss)
    slope = bk.jit(lambda own: bk.value_and_grad(loss)(own)[1])(floats)
    slope = sum(np.sum(bk.to_numpy(g) * bk.to_numpy(e)) for g, e in zip(slope, d, strict=True))
    h = 1e-4
    ahead, behind = (
        float(value([a + s * h * e for a, e in zip(floats, d, strict=True)])) for s in (1, -1)
    )
    # h² of the third derivative (Jacobians and products of three), and ε/h of rounding
    assert abs(slope - (ahead - behind) / (2 * h)) < 1e-6 * max(1.0, abs(slope))


def test_like_is_asked_for(bk):
    """An operator without arrays does not know where to compute."""
    with pytest.raises(InvalidInput, match="like=b"):
        Identity((3,)).matrix()
    near = bk.asarray(np.ones(3))
    assert np.array_equal(bk.to_numpy(Identity((3,)).matrix(near)), np.eye(3))


def test_tags_of_compositions(bk):
    """Sums keep what both have, multiples the sign times that of the number."""
    entries = bk.asarray(np.eye(3))
    P, S, G = Dense(entries, POSITIVE), Dense(entries, SYMMETRIC), Dense(entries)
    assert (P + P).tags == POSITIVE
    assert (P - P).tags == Tags(symmetric=True)
    assert (-P).tags == Tags(True, -1)
    assert (2.0 * S).tags == SYMMETRIC
    assert (P + G).tags == GENERAL == (P @ P).tags
    assert P.T is P
    assert G.T is not G
    with pytest.raises(InvalidInput, match="sign"):
        Tags(sign=2)
