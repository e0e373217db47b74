"""How a solve ended is a value, with a sentence of advice."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.errors import InvalidInput, XpdeError
from xpde.solvers import (
    CG,
    GMRES,
    MINRES,
    BiCGStab,
    Dense,
    Diagonal,
    Richardson,
    SolveFailed,
    Status,
    linear_solve,
)

sys.path.insert(0, str(Path(__file__).parent))
from systems import N, system, vectors


def test_every_status_has_advice():
    """One sentence each, no two alike."""
    said = [status.advice for status in Status]
    assert len(set(said)) == len(Status)
    assert all(text and "\n" not in text for text in said)


def test_divergence(bk):
    """ω > 2/λ_max grows without bound: ended early, told, and raised if asked."""
    operator, _ = system(bk, "CG")
    b, method = bk.asarray(vectors(count=1)[0]), Richardson(rtol=1e-8, omega=1.0, max_steps=1000)
    found = linear_solve(operator, b, method)
    assert int(found.status) == Status.DIVERGED
    assert int(found.steps) < 50  # 19ᵏ > 10¹²
    assert np.all(np.isfinite(bk.to_numpy(found.value)))
    with pytest.raises(SolveFailed, match=r"lower the weight \(omega\)"):
        found.checked()


def test_too_few_steps(bk):
    """A tolerance that is not met within max_steps; without a tolerance it is success."""
    operator, _ = system(bk, "CG")
    b = bk.asarray(vectors(count=1)[0])
    with pytest.raises(SolveFailed, match="after 2 steps: the tolerance was not reached"):
        linear_solve(operator, b, CG(rtol=1e-10, max_steps=2), throw=True)
    found = linear_solve(operator, b, CG(max_steps=2), throw=True)
    assert int(found.status) == Status.SUCCESS


def test_worst_sample_is_described(bk):
    """Two of three samples fail; the text counts them and gives the advice of the worst."""
    operator = Dense(bk.asarray(np.diag([1.0, -1.0])))
    b = np.array([[1.0, 0.0], [1.0, 2.0], [3.0, 4.0]])
    found = linear_solve(operator, bk.asarray(b), CG(rtol=1e-10))
    assert list(bk.to_numpy(found.status)) == [0, Status.INDEFINITE, Status.INDEFINITE]
    said = found.describe()
    assert "(2 of 3 samples)" in said
    assert Status.INDEFINITE.advice in said
    with pytest.raises(XpdeError, match="MINRES"):
        found.checked()


@pytest.mark.parametrize("method", [BiCGStab, CG, GMRES, MINRES])
def test_zero_operator(bk, method):
    """A = 0 cannot be solved with: no success, no step into the void, no missing numbers."""
    operator = Diagonal(bk.asarray(np.zeros(N)), (N,))
    found = linear_solve(operator, bk.asarray(np.ones(N)), method(rtol=1e-8))
    assert int(found.status) in (Status.BREAKDOWN, Status.INDEFINITE, Status.SINGULAR)
    assert int(found.steps) == 1
    assert np.all(bk.to_numpy(found.value) == 0)


def test_compiled_programs_do_not_raise(backends):
    """Inside of a compiled program the status is a value like any other."""
    for bk in backends.values():
        if not bk.capabilities.compiles:
            continue
        operator, _ = system(bk, "CG")
        method = CG(rtol=1e-10, max_steps=2)
        run = bk.jit(lambda b: linear_solve(operator, b, method, throw=True).status)
        assert int(run(bk.asarray(vectors(count=1)[0]))) == Status.MAX_STEPS


def test_refuses(bk):
    """Shapes that do not fit."""
    wide = Dense(bk.asarray(np.ones((2, 3))))
    with pytest.raises(InvalidInput, match="square"):
        linear_solve(wide, bk.asarray(np.ones(2)), CG(max_steps=1))
    operator, _ = system(bk, "CG")
    with pytest.raises(InvalidInput, match="expected b of shape"):
        linear_solve(operator, bk.asarray(np.ones(3)), CG(max_steps=1))
    with pytest.raises(InvalidInput, match="expected x0 of shape"):
        linear_solve(operator, bk.asarray(np.ones(N)), CG(max_steps=1), x0=bk.asarray(np.ones(3)))
