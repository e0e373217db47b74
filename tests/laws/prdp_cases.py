"""Inner solves and systems of the experiments with refined solvers."""

from case import Case

from xpde.solvers import POSITIVE, Implicit, Jacobi, Unrolled
from xpde.study.prdp import inner_solve
from xpde.study.prdp.burgers import Upwind
from xpde.study.prdp.inner import Still
from xpde.study.prdp.lattice import Lattice
from xpde.study.prdp.oseen import OseenStep
from xpde.study.prdp.poisson import Amplitudes

WIND = 3.0
"""Added to states, so that no upwind difference changes its side."""


def heat(bk):
    lattice = Lattice.build(bk, (5, 4), 2.6, -0.4, POSITIVE)
    return inner_solve(bk, Still(lattice), Jacobi(max_steps=3), Implicit(), 5).refined(3)


def burgers(bk):
    solve = inner_solve(bk, Upwind(0.3, 0.1), Jacobi(max_steps=3), Unrolled(), 5).refined(3)
    return lambda u: solve(u + WIND)


def oseen(bk):
    def applied(u):
        operator, b = OseenStep(0.1, 0.01, 0.2)(u + WIND)
        return operator(b)

    return applied


def amplitudes(bk):
    params = {"theta": bk.asarray([[2.0], [-0.5]])}
    return lambda u: Amplitudes((1.0, 1.0)).apply(params, u)


CASES = [
    Case("prdp-heat-2D", (1, 5, 4), heat),
    Case("prdp-burgers", (1, 12), burgers),
    Case("prdp-oseen", (3, 5, 5), oseen),
    Case("prdp-amplitudes", (2, 12), amplitudes),
]
