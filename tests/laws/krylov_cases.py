"""Solves by iterative methods as maps of the right-hand side, differentiated step by step."""

import numpy as np
from case import Case

from xpde.solvers import (
    CG,
    FGMRES,
    GMRES,
    MINRES,
    POSITIVE,
    BiCGStab,
    Chebyshev,
    Dense,
    Inner,
    Richardson,
    SteepestDescent,
    Unrolled,
    linear_solve,
)

N = 6
HALF = np.random.default_rng(0).standard_normal((N, N))
MATRIX = np.eye(N) + 0.1 * HALF @ HALF.T
METHODS = {
    "bicgstab": BiCGStab(max_steps=2),
    "cg": CG(max_steps=3),
    "chebyshev": Chebyshev(max_steps=3, bounds=(1.0, 3.0)),
    "fgmres": FGMRES(max_steps=1, restart=2, preconditioner=Inner.factory(CG(max_steps=1))),
    "gmres": GMRES(max_steps=2, restart=2),
    "minres": MINRES(max_steps=3),
    "richardson": Richardson(max_steps=3, omega=0.5),
    "steepest-descent": SteepestDescent(max_steps=3),
}


def iterate(method):
    """A maker of b ↦ x_K; compiled, since a loop of JAX outside of a program compiles each time."""

    def make(bk):
        def solve(b):
            operator = Dense(bk.asarray(MATRIX, like=b), POSITIVE)
            return linear_solve(operator, b, method, adjoint=Unrolled()).value

        return bk.jit(solve)

    return make


CASES = [Case(f"iterate-{name}", (N,), iterate(method)) for name, method in METHODS.items()]
