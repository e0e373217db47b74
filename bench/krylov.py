"""Conjugate gradients over their own operations, written by hand in the same framework."""

from collections.abc import Callable
from typing import Any

import numpy as np

import xpde
from bench.steps import waiting
from bench.table import Row, row
from bench.timing import interleave
from xpde.core import namespace_of
from xpde.solvers import CG, Stencil, linear_solve, negative_laplacian

N = 512
STEPS = 50


def system(bk: xpde.Backend) -> tuple[Stencil, Any]:
    """Return -Δ on N² points inside of the unit square, and a right-hand side."""
    b = bk.asarray(np.random.default_rng(0).standard_normal((N, N)))
    return negative_laplacian((N, N), 1.0 / (N + 1), False, like=b), b


def by_hand(bk: xpde.Backend, operator: Stencil, b: Any) -> Callable[[], None]:
    """STEPS steps of CG as one writes them down for this one system: nothing is watched.

    A step has one application, two inner products and three updates of a vector, which is the
    least that a step can have.
    """

    def fn(operator: Stencil, b: Any) -> Any:
        xp = namespace_of(b)

        def inner(x: Any, y: Any) -> Any:
            return xp.vecdot(xp.reshape(x, (-1,)), xp.reshape(y, (-1,)))

        def body(state: Any, _: None) -> tuple[Any, None]:
            x, r, p, rr = state
            applied = operator(p)
            alpha = rr / inner(p, applied)
            x, r = x + alpha * p, r - alpha * applied
            new = inner(r, r)
            return (x, r, r + (new / rr) * p, new), None

        return bk.scan(body, (xp.zeros_like(b), b, b, inner(b, b)), length=STEPS)[0][0]

    return waiting(bk, fn, operator, b)


def solved(bk: xpde.Backend, operator: Stencil, b: Any, method: CG) -> Callable[[], None]:
    """A solve by the method; all that the loop decides and watches is in it."""
    return waiting(bk, lambda operator, b: linear_solve(operator, b, method).value, operator, b)


def against_floor(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time of STEPS steps of CG on N² over the steps by hand: counted, and to a tolerance.

    The tolerance is one that is not reached, so that both do the same steps.
    """
    rows = []
    methods = {
        "counted": CG(max_steps=STEPS),
        "to a tolerance": CG(rtol=1e-12, max_steps=STEPS),
    }
    for name, bk in backends.items():
        operator, b = system(bk)
        cases = {label: solved(bk, operator, b, method) for label, method in methods.items()}
        timing = interleave(cases | {"by hand": by_hand(bk, operator, b)})
        rows += [
            row(timing, label, "by hand", suite="krylov", case=f"CG {N}², {label}", backend=name,
                against="its operations", target=1.5, scale=STEPS)
            for label in cases
        ]  # fmt: skip
    return rows
