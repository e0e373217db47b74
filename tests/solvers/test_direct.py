"""The direct method: against NumPy, singular matrices on every backend, every adjoint."""

import numpy as np
import pytest

from xpde.core import namespace_of
from xpde.solvers import (
    Cut,
    Dense,
    Diagonal,
    Direct,
    Function,
    Implicit,
    OneStep,
    Singular,
    SolveFailed,
    Status,
    Unrolled,
    linear_solve,
)

EPS = np.finfo(np.float64).eps


def matrices(*shape, seed=0):
    """Random matrices with condition numbers below 100."""
    n = shape[-1]
    return np.random.default_rng(seed).standard_normal((*shape, n)) + 4 * np.eye(n)


def doubled(params, x):
    return 2.0 * x


def test_solution(bk, relative):
    """x = A⁻¹ b for one matrix, a batch of them, two axes, an operator without arrays."""
    rng = np.random.default_rng(1)
    b = rng.standard_normal((3, 5))
    for entries in (matrices(5), matrices(3, 5)):
        found = linear_solve(Dense(bk.asarray(entries)), bk.asarray(b), Direct(), throw=True)
        wanted = np.linalg.solve(np.broadcast_to(entries, (3, 5, 5)), b[..., None])[..., 0]
        assert relative(bk.to_numpy(found.value), wanted) < 1e4 * EPS  # 100 times n² roundings
    d = bk.asarray(rng.standard_normal((2, 3)) + 3.0)
    x = bk.to_numpy(linear_solve(Diagonal(d, (2, 3)), d, Direct(), throw=True).value)
    assert np.allclose(x, 1.0, rtol=0, atol=10 * EPS)
    half = linear_solve(Function(doubled, (2, 3)), d, Direct(), throw=True).value
    assert relative(2.0 * bk.to_numpy(half), bk.to_numpy(d)) < 10 * EPS


def test_singular(bk):
    """A singular matrix gives the status, not an exception; the sample beside it is solved."""
    entries = np.stack([matrices(4), np.ones((4, 4)), np.diag([1.0, 2.0, 3.0, 1e-30])])
    rounding = np.eye(4) * 3 - 1.0  # the Laplacian of a complete graph: singular to rounding
    entries = np.concatenate([entries, (rounding - np.diag(np.sum(rounding, 1)))[None] / 7.0])
    b = np.random.default_rng(2).standard_normal((4, 4))
    found = linear_solve(Dense(bk.asarray(entries)), bk.asarray(b), Direct())
    status = bk.to_numpy(found.status).tolist()
    assert status == [Status.SUCCESS, Status.SINGULAR, Status.SUCCESS, Status.SINGULAR]
    x = bk.to_numpy(found.value)[0]
    assert np.max(np.abs(entries[0] @ x - b[0])) < 100 * EPS * np.max(np.abs(x))
    with pytest.raises(SolveFailed, match="null space"):
        found.checked()


def test_null_space(bk, relative):
    """Of an operator whose null spaces are stated, constants or vectors, A⁺ b is found."""
    rng = np.random.default_rng(3)
    left, right = np.linalg.qr(rng.standard_normal((5, 5)))[0], np.linalg.qr(matrices(5))[0]
    entries = left[:, :4] @ np.diag([1.0, 2.0, 3.0, 4.0]) @ right[:, :4].T
    ones = np.full((5, 5), 0.2)
    centered = (np.eye(5) - ones) @ matrices(5) @ (np.eye(5) - ones)
    null, null_left = (bk.asarray(q[:, 4:].T.copy()) for q in (right, left))
    b = rng.standard_normal((2, 5))
    for matrix, operator in (
        (entries, Singular(Dense(bk.asarray(entries)), null, null_left)),
        (centered, Singular(Dense(bk.asarray(centered)))),
    ):
        found = linear_solve(operator, bk.asarray(b), Direct(), throw=True)
        # condition numbers below 100, n² roundings
        assert relative(bk.to_numpy(found.value), b @ np.linalg.pinv(matrix).T) < 1e4 * EPS


@pytest.mark.parametrize("adjoint", [Implicit(), Implicit(Direct()), Unrolled(), OneStep(), Cut()])
def test_derivatives(bk, relative, adjoint):
    """b̄ = A⁻ᵀ x̄ and Ā = -b̄ xᵀ with every adjoint (one step is exact), zero with Cut."""
    rng = np.random.default_rng(4)
    A, b, w = matrices(4), rng.standard_normal((2, 4)), rng.standard_normal((2, 4))

    def loss(tree):
        value = linear_solve(Dense(tree["A"]), tree["b"], Direct(), adjoint=adjoint).value
        return namespace_of(value).sum(value * bk.asarray(w))

    gradient = bk.jit(lambda tree: bk.value_and_grad(loss)(tree)[1])(
        {"A": bk.asarray(A), "b": bk.asarray(b)}
    )
    b_bar = w @ np.linalg.inv(A)
    A_bar = -b_bar.T @ (b @ np.linalg.inv(A).T)
    if isinstance(adjoint, Cut):
        b_bar, A_bar = 0.0 * b_bar, 0.0 * A_bar
    # products of two inverses with condition numbers below 100
    assert relative(bk.to_numpy(gradient["b"]), b_bar) < 1e4 * EPS
    assert relative(bk.to_numpy(gradient["A"]), A_bar) < 1e5 * EPS
