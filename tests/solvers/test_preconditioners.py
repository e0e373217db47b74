"""Preconditioners made of the operator: transposes, symmetry, fewer steps, derivatives."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.core import backend_of, namespace_of
from xpde.errors import InvalidInput
from xpde.solvers import (
    CG,
    POSITIVE,
    Implicit,
    JacobiPreconditioner,
    MultigridPreconditioner,
    SORPreconditioner,
    SSORPreconditioner,
    Stencil,
    Unrolled,
    linear_solve,
)

sys.path.insert(0, str(Path(__file__).parent))
from grids import EPS, placed, poisson

MULTIGRID = MultigridPreconditioner(levels=2)
EVERY = [
    JacobiPreconditioner(0.7),
    SORPreconditioner(1.2),
    SORPreconditioner(1.2, "lexicographic"),
    SSORPreconditioner(1.2),
    SSORPreconditioner(1.2, "lexicographic"),
    MULTIGRID,
    MultigridPreconditioner("F", pre=1, post=2, levels=3),
    MultigridPreconditioner("W", smoother=JacobiPreconditioner(0.8), levels=3),
]


@pytest.mark.parametrize("vary", [False, True])
@pytest.mark.parametrize("made", EVERY, ids=lambda m: type(m).__name__)
def test_transpose(bk, relative, made, vary):
    """⟨Mᵀ y, x⟩ = ⟨y, M x⟩ for operators that are not symmetric: all of Mᵀ is compared."""
    operator = placed(bk, (8, 7), (True, False), vary)
    preconditioner, rng = made(operator), np.random.default_rng(0)
    x, y = rng.standard_normal((2, 3, 8, 7))
    forward = bk.to_numpy(preconditioner(bk.asarray(x)))
    back = bk.to_numpy(preconditioner.T(bk.asarray(y)))
    # 56 products of order 1, a hundred operations deep
    scale = np.linalg.norm(forward) * np.linalg.norm(y)
    assert abs(np.sum(forward * y) - np.sum(x * back)) < 100 * EPS * scale


@pytest.mark.parametrize(
    "made", [EVERY[i] for i in (0, 3, 4, 5, 7)], ids=lambda m: type(m).__name__
)
def test_definite(made):
    """Those that are said to be symmetric and definite are; the sweep and the F-cycle are not."""
    m = made(poisson((8, 7), (True, False))).matrix(like=np.ones(1))
    assert np.max(np.abs(m - m.T)) < 50 * EPS * np.max(np.abs(m))
    assert np.min(np.linalg.eigvalsh(m)) > 0
    sweep = SORPreconditioner()(poisson((4,))).matrix(like=np.ones(1))
    assert np.max(np.abs(sweep - sweep.T)) > 0.1 * np.max(np.abs(sweep))


def absorbing(shape, strength, periodic=False):
    """-Δ + s for a field s, an array of any framework."""
    base = poisson(shape, periodic)
    verbs = backend_of(strength)
    unit = np.zeros((len(base.offsets), *(1,) * len(shape)))
    unit[0] = 1.0
    c = np.reshape(base.coefficients, unit.shape)
    c = verbs.asarray(c, like=strength) + verbs.asarray(unit, like=strength) * strength
    return Stencil(base.offsets, c, base.shape, base.periodic, known=POSITIVE)


def test_fewer_steps():
    """CG needs fewer steps with each, and with multigrid as many on every grid."""
    rng = np.random.default_rng(1)

    def steps(operator, preconditioner):
        method = CG(rtol=1e-8, max_steps=500, preconditioner=preconditioner)
        found = linear_solve(operator, rng.standard_normal(operator.domain), method, throw=True)
        return int(found.steps)

    strong = absorbing((31, 31), np.exp(rng.uniform(0, 15, (31, 31))))
    assert steps(strong, JacobiPreconditioner()) < 0.5 * steps(strong, None)
    counts = {}
    for n in (31, 63):
        plain, ssor, cycle = (
            steps(poisson((n, n)), p)
            for p in (None, SSORPreconditioner(), MultigridPreconditioner())
        )
        assert cycle < 0.5 * ssor < 0.5 * plain
        counts[n] = cycle
    assert counts[63] <= counts[31] + 1


def test_gradients(bk, relative):
    """Through CG with multigrid: b̄ = A⁻¹ w, s̄ = -A⁻¹ w ∘ x for A = -Δ + s, both ways."""
    shape, rng = (7, 7), np.random.default_rng(2)
    s, b, w = rng.uniform(1, 50, shape), *rng.standard_normal((2, *shape))
    a = absorbing(shape, s).matrix()
    x, adjoint = (np.reshape(np.linalg.solve(a, v.ravel()), shape) for v in (b, w))

    def loss(tree, how):
        strength, right = tree
        method = CG(max_steps=10, preconditioner=MULTIGRID)
        found = linear_solve(absorbing(shape, strength), right, method, adjoint=how).value
        return namespace_of(found).sum(bk.asarray(w) * found)

    for how in (Implicit(), Unrolled()):
        run = bk.jit(bk.value_and_grad(lambda tree, how=how: loss(tree, how)))
        value, found = run((bk.asarray(s), bk.asarray(b)))
        assert abs(float(value) / np.sum(w * x) - 1) < 1e-9
        # ten steps that contract by 0.1 each; unrolled, the derivative is one order behind
        assert relative(bk.to_numpy(found[1]), adjoint) < 1e-7
        assert relative(bk.to_numpy(found[0]), -adjoint * x) < 1e-7


def test_errors():
    """Weights that make no step."""
    with pytest.raises(InvalidInput, match="omega > 0"):
        JacobiPreconditioner(0.0)
    with pytest.raises(InvalidInput, match="0 < omega < 2"):
        SSORPreconditioner(2.5)
