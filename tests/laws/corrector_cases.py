"""Corrections of coarse solvers, in every mode; a coarse solver on another grid."""

from case import Case

from xpde.nn import Conv
from xpde.study import coarse_stepper, scenario
from xpde.train import CORRECTIONS, Corrector

LINE = scenario("diff_adv_diff", points=12)
PLANE = scenario("diff_burgers", dims=2, points=10)


def corrections():
    network = Conv(1, 1, 1, width=3, depth=1, activation="tanh")
    for mode in CORRECTIONS:

        def make(bk, mode=mode):
            from xpde.core import stream, tree_map

            params = tree_map(bk.asarray, network.init(stream(0, "laws")))
            corrector = Corrector(network, coarse_stepper(LINE, bk), mode)
            return lambda u: corrector.apply(params, u)

        yield Case(f"correct-{mode}", (1, 12), make)


CASES = [
    *corrections(),
    Case("coarse-points", (2, 10, 10), lambda bk: coarse_stepper(PLANE, bk, points=7)),
]
