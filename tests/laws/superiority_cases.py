"""The ansatz of the theory of superiority, and the solvers it is fitted to."""

from case import Case

from xpde.study.superiority import Ansatz, step_of


def ansatz(equation, leftward=False):
    def make(bk):
        made = Ansatz(equation, leftward)
        params = {"theta": bk.asarray([[0.3], [0.6]][: made.parameter_count()])}
        return lambda u: made.apply(params, u)

    return make


def step(equation, scheme, difficulty=0.0):
    return lambda bk: step_of(equation, scheme, 12, bk, difficulty)


CASES = [
    Case("ansatz-advection", (1, 12), ansatz("advection")),
    Case("ansatz-advection-left", (1, 12), ansatz("advection", True)),
    Case("ansatz-diffusion", (1, 12), ansatz("diffusion")),
    Case("ansatz-poisson", (1, 12), ansatz("poisson")),
    Case("superiority-fd2", (1, 12), step("poisson", "fd2")),
    Case("superiority-jacobi", (1, 12), step("poisson", "jacobi-5")),
]
