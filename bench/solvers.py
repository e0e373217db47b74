"""Linear solvers over SciPy, lineax and PyAMG, and gradients of solves over the solves."""

from collections.abc import Callable
from typing import Any

import numpy as np

import xpde
from bench.steps import waiting
from bench.table import Row, row
from bench.timing import interleave
from xpde.core import namespace_of
from xpde.solvers import (
    CG,
    CyclicReduction,
    Multigrid,
    Tridiagonal,
    linear_solve,
    negative_laplacian,
)

__all__ = ["against_peers"]

N = 512
STEPS = 50
RTOL = 1e-5
"""Of multigrid; float32 ends near 1e-6 for this system."""


def system(bk: xpde.Backend, n: int) -> tuple[Any, Any]:
    """Return -Δ on (n - 1)² points inside of the unit square, and a right-hand side."""
    b = bk.asarray(np.random.default_rng(0).standard_normal((n - 1, n - 1)))
    return negative_laplacian((n - 1, n - 1), 1.0 / n, False, like=b), b


def solving(bk: xpde.Backend, method: Any, n: int = N) -> Callable[[], None]:
    """A case that solves the system."""
    operator, b = system(bk, n)
    return waiting(bk, lambda a, b: linear_solve(a, b, method).value, operator, b)


def sparse(n: int = N) -> tuple[Any, np.ndarray]:
    """The same system for SciPy and PyAMG, float32."""
    import pyamg

    matrix = (pyamg.gallery.poisson((n - 1, n - 1), format="csr") * n**2).astype(np.float32)
    b = np.random.default_rng(0).standard_normal(((n - 1) ** 2,)).astype(np.float32)
    return matrix, b


def multigrid(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Solve to RTOL by V(2, 1) cycles, over PyAMG's solve phase (Ruge-Stüben, V-cycles).

    Setting PyAMG up is not in its time; ours makes its coarse operators in every call.
    """
    import pyamg

    matrix, b = sparse()
    made = pyamg.ruge_stuben_solver(matrix)
    cases: dict[str, Callable] = {"peer": lambda: made.solve(b, tol=RTOL, maxiter=30)}
    cases |= {name: solving(bk, Multigrid(rtol=RTOL)) for name, bk in backends.items()}
    timing = interleave(cases, rounds=7, seconds=0.2)
    targets = {"numpy": 3.0, "jax": 1.0, "torch": 1.0}
    return [
        row(timing, name, "peer", suite="solvers", case=f"multigrid {N}², rtol {RTOL:g}",
            backend=name, against="pyamg, solve phase", target=targets.get(name))
        for name in backends
    ]  # fmt: skip


def gradients(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Solve and differentiate ½‖x‖² with respect to b, over the solve: two solves are 2."""
    rows = []
    for label, method in (("CG", CG(max_steps=STEPS)), ("multigrid", Multigrid(max_steps=5))):
        for name, bk in backends.items():
            operator, b = system(bk, N // 2)

            def loss(b: Any, operator: Any = operator, method: Any = method) -> Any:
                x = linear_solve(operator, b, method).value
                return 0.5 * namespace_of(x).sum(x * x)

            timing = interleave(
                {
                    "forward": waiting(bk, loss, b),
                    "gradient": waiting(bk, bk.value_and_grad(loss), b),
                },
                rounds=7,
            )
            rows.append(
                row(timing, "gradient", "forward", suite="solvers", backend=name, target=2.5,
                    case=f"{label} {N // 2}², value and gradient", against="the solve")
            )  # fmt: skip
    return rows


def conjugate(backends: dict[str, xpde.Backend]) -> list[Row]:
    """STEPS steps of CG, over SciPy's with a CSR matrix and over lineax's without one."""
    import jax
    import lineax as lx
    import scipy.sparse.linalg as sla

    matrix, b = sparse()
    operator, rhs = system(xpde.backend("jax"), N)
    shape = jax.eval_shape(lambda: rhs)
    peer = lx.FunctionLinearOperator(operator, shape, lx.positive_semidefinite_tag)
    solver = lx.CG(rtol=0.0, atol=0.0, max_steps=STEPS)
    theirs = jax.jit(lambda b: lx.linear_solve(peer, b, solver, throw=False).value)
    cases: dict[str, Callable] = {
        "scipy": lambda: sla.cg(matrix, b, rtol=0.0, atol=0.0, maxiter=STEPS),
        "lineax": lambda: jax.block_until_ready(theirs(rhs)),
    }
    cases |= {name: solving(bk, CG(max_steps=STEPS)) for name, bk in backends.items()}
    timing = interleave(cases, rounds=7, seconds=0.1)
    return [
        row(timing, name, over, suite="solvers", case=f"CG {N}², {STEPS} steps", backend=name,
            against=against, target=None, scale=STEPS)
        for name in backends
        for over, against in (("scipy", "scipy.sparse.linalg.cg"), ("lineax", "lineax.CG (jit)"))
    ]  # fmt: skip


def direct(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Direct solves of 100 tridiagonal systems and of dense ones, over SciPy's and NumPy's."""
    import scipy.linalg

    rng, n, many = np.random.default_rng(0), 1024, 100
    bands = np.stack([np.full(n, -1.0), np.full(n, 2.5), np.full(n, -1.0)]).astype(np.float32)
    right = rng.standard_normal((many, n)).astype(np.float32)
    cases: dict[str, Callable] = {"peer": lambda: scipy.linalg.solve_banded((1, 1), bands, right.T)}
    for name, bk in backends.items():
        b = bk.asarray(right)
        line = Tridiagonal(*(bk.asarray(band) for band in bands))
        cases[name] = waiting(bk, lambda a, b: linear_solve(a, b, CyclicReduction()).value, line, b)
    timing = interleave(cases, rounds=7)
    return [
        row(timing, name, "peer", suite="solvers", case=f"tridiagonal {n}, {many} samples",
            backend=name, against="scipy.linalg.solve_banded", target=None)
        for name in backends
    ]  # fmt: skip


def against_peers(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time multigrid, CG, direct solves and gradients."""
    return [
        *multigrid(backends),
        *conjugate(backends),
        *direct(backends),
        *gradients(backends),
    ]
