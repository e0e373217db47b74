"""The loop of all methods: how many steps, from where, what is recorded of them."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.solvers import CG, GMRES, Dense, Status, Unrolled, linear_solve

sys.path.insert(0, str(Path(__file__).parent))
from systems import (
    EPS,
    KNOWN,
    METHODS,
    budgeted,
    kind_of,
    make,
    matrix,
    system,
    tolerant,
    vectors,
)

every = pytest.mark.parametrize("name", sorted(METHODS))


def worthwhile(backends, name):
    """All backends, but those that compile for one method only: it is the same loop."""
    few = name != "CG"
    return [bk for bk in backends.values() if not (few and bk.capabilities.compiles)]


@every
def test_exactly_k_steps(backends, relative, name):
    """max_steps alone, a tolerance that is never met, and a budget give the same iterate."""
    b, x0 = vectors()
    for bk in worthwhile(backends, name):
        operator, a = system(bk, name)
        here, start = bk.asarray(b), bk.asarray(x0)
        exactly = linear_solve(operator, here, make(name, max_steps=3), x0=start)
        never = make(name, rtol=1e-15, max_steps=3)
        most = linear_solve(operator, here, never, x0=start)
        budget = budgeted(bk, name)(*(bk.asarray(x) for x in (a, b, x0, np.array(3))))
        assert int(exactly.status) == int(budget[1]) == Status.SUCCESS
        assert int(most.status) == Status.MAX_STEPS
        assert int(exactly.steps) == int(most.steps) == int(budget[2]) == 3
        expected = bk.to_numpy(exactly.value)
        for value in (most.value, budget[0]):
            assert relative(bk.to_numpy(value), expected) < 100 * EPS  # compilers fuse differently


def test_budget_compiles_once(backends):
    """A budget is an argument: the program is traced once for all of them."""
    traces = []

    def solve(b, budget):
        traces.append(1)
        return linear_solve(operator, b, CG(rtol=1e-12), budget=budget).steps

    for bk in backends.values():
        if not bk.capabilities.compiles:
            continue
        operator, _ = system(bk, "CG")
        run, b = bk.jit(solve), bk.asarray(vectors(count=1)[0])
        done = [int(run(b, bk.asarray(np.array(k)))) for k in (0, 2, 5)]
        assert done == [0, 2, 5]
        assert len(traces) == 1


@every
def test_nothing_to_do(bk, name):
    """From the solution, and for b = 0 from 0, no step is taken and the value is the guess."""
    a = matrix(kind_of(name))
    b, solve = vectors(count=1)[0], tolerant(bk, name)
    exact = np.linalg.solve(a, b)
    pairs = [(b, exact), (0 * b, 0 * b), (b, exact)]
    bs, guesses = (bk.asarray(np.stack(rows)) for rows in zip(*pairs, strict=True))
    value, status, steps, _ = solve(bk.asarray(a), bs, guesses)
    assert not np.any(bk.to_numpy(status))
    assert not np.any(bk.to_numpy(steps))
    assert np.array_equal(bk.to_numpy(value), bk.to_numpy(guesses))


@every
def test_zero_right_hand_side(backends, name):
    """b = 0 from another guess: the solution is 0, relative to the first residual."""
    x0 = vectors(count=1)[0]
    for bk in worthwhile(backends, name):
        operator, a = system(bk, name)
        method = make(name, rtol=1e-8, max_steps=400)
        found = linear_solve(operator, bk.asarray(0 * x0), method, x0=bk.asarray(x0))
        assert int(found.status) == Status.SUCCESS
        size = np.linalg.norm(a @ bk.to_numpy(found.value))
        assert size < 1.1e-8 * np.linalg.norm(a @ x0)  # a recurrence may stop a little early


@every
def test_scaling(bk, name):
    """Scaled by a power of two, b and x₀ give the same steps and the same bits."""
    a, (b, x0), scale = bk.asarray(matrix(kind_of(name))), vectors(count=2), 2.0**-70
    solve = tolerant(bk, name)
    bs, guesses = (bk.asarray(np.stack([x, x, x])) for x in (b, x0))
    value, status, steps, size = (bk.to_numpy(x) for x in solve(a, bs, guesses))
    small = [bk.to_numpy(x) for x in solve(a, scale * bs, scale * guesses)]
    assert not np.any(status)
    assert np.array_equal(small[0], scale * value)
    assert np.array_equal(small[1], status)
    assert np.array_equal(small[2], steps)
    assert np.array_equal(small[3], scale * size)


@every
def test_history(backends, relative, name):
    """Norms of the residuals from the guess on, one more than steps; the last is the residual."""
    bk = backends["numpy"]
    operator, a = system(bk, name)
    b, x0 = vectors()
    found = linear_solve(operator, b, make(name, max_steps=4), x0=x0, history=True)
    xs = [budgeted(bk, name)(a, b, x0, np.array(k))[0] for k in range(5)]
    assert found.history.shape == (5,)
    true = np.linalg.norm(b - np.stack(xs) @ a.T, axis=-1)
    assert relative(found.history, true) < 1000 * EPS  # recurrences against b - A x
    assert found.history[-1] == found.residual


@pytest.mark.parametrize("method", [CG(rtol=1e-8, max_steps=20), CG(max_steps=20)])
def test_history_of_a_batch(bk, method):
    """Ended samples repeat their last; every backend has it, the compiled ones to the limit."""
    operator, _ = system(bk, "CG")
    b = vectors(count=1)[0]
    bs = bk.asarray(np.stack([b, 0 * b]))
    found = linear_solve(operator, bs, method, history=True)
    sizes, steps = bk.to_numpy(found.history), bk.to_numpy(found.steps)
    longest = 20 if bk.capabilities.compiles or not method.tolerant else int(np.max(steps))
    assert sizes.shape == (longest + 1, 2)
    assert np.all(sizes[:, 1] == 0)
    assert abs(sizes[0, 0] - np.linalg.norm(b)) < 10 * EPS * np.linalg.norm(b)
    if method.tolerant:
        assert np.all(sizes[steps[0] :, 0] == sizes[-1, 0])
        assert sizes[-1, 0] <= 1e-8 * np.linalg.norm(b) < sizes[steps[0] - 1, 0]


def test_limits(bk):
    """No steps at all; compiled histories and recordings need to know how many there may be."""
    operator, _ = system(bk, "CG")
    b = bk.asarray(vectors(count=1)[0])
    none = linear_solve(operator, b, CG(max_steps=0))
    assert np.all(bk.to_numpy(none.value) == 0)
    if bk.capabilities.compiles:
        for how in ({"history": True}, {"adjoint": Unrolled()}):
            with pytest.raises(InvalidInput, match="pass max_steps=100"):
                linear_solve(operator, b, CG(rtol=1e-8), **how)


def test_absolute_tolerance(backends):
    """atol alone stops at ‖r‖ ≤ atol; with rtol, at the larger of the two."""
    bk = backends["numpy"]
    operator, _ = system(bk, "CG")
    b = vectors(count=1)[0]
    for atol, rtol, target in ((1e-3, None, 1e-3), (1e-9, 1e-2, 1e-2 * np.linalg.norm(b))):
        method = CG(rtol=rtol, atol=atol)
        sizes = linear_solve(operator, b, method, history=True).history
        assert sizes[-1] <= target < sizes[-2]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "got neither"),
        ({"rtol": 1.0}, "0 <= rtol < 1"),
        ({"rtol": -1e-3}, "0 <= rtol < 1"),
        ({"atol": -1.0}, "atol >= 0"),
        ({"max_steps": -1}, "max_steps of 0 or more"),
        ({"max_steps": 2.5}, "max_steps of 0 or more"),
    ],
)
def test_refuses(how, said):
    """Settings that mean nothing."""
    with pytest.raises(InvalidInput, match=said):
        CG(**how)


def test_refuses_preconditioners_that_do_not_fit(bk):
    """M must take residuals and give corrections."""
    operator, b = Dense(bk.asarray(np.eye(3)), KNOWN["definite"]), bk.asarray(np.ones(3))
    small = Dense(bk.asarray(np.eye(2)))
    with pytest.raises(InvalidInput, match="expected a preconditioner"):
        linear_solve(operator, b, GMRES(max_steps=1, preconditioner=small))
