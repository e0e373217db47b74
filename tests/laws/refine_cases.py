"""A wrapped solver at a level, and a corrector around it."""

from case import Case

from xpde.core import namespace_of, stream, tree_map
from xpde.nn import Conv
from xpde.study import scenario
from xpde.study.substeps import with_substeps
from xpde.train import Corrector, Refined

NETWORK = Conv(1, 1, 1, width=3, depth=1, activation="tanh")


def smoothed(times):
    def solver(u):
        xp = namespace_of(u)
        for _ in range(times):
            u = 0.5 * u + 0.25 * (xp.roll(u, 1, axis=-1) + xp.roll(u, -1, axis=-1))
        return u

    return solver


def wrapped(level):
    return Refined(smoothed(9), lambda solver, count: smoothed(count)).refined(level)


def burgers(bk):
    """A tree around a tree: compiled programs take the solver's arrays as arguments."""
    line = scenario("diff_burgers", points=12, substeps=3)
    solver = with_substeps(line, line.plan(bk), lambda s: s.plan(bk))
    return solver.refined(2)


def corrected(bk):
    params = tree_map(bk.asarray, NETWORK.init(stream(0, "laws")))
    corrector = Corrector(NETWORK, wrapped(9), "parallel").refined(2)
    return lambda u: corrector.apply(params, u)


CASES = [
    Case("refined-stepper", (1, 12), burgers),
    Case("refined-corrector", (1, 12), corrected),
]
