"""Shells: parts come back whole, structures compare, and compiled programs hold no coefficients."""

import numpy as np
import pytest

import xpde
from xpde.core import leaves, stream, tree_map
from xpde.nn import Conv, Pure
from xpde.optim import constant, sgd
from xpde.pde import Stepper, advection_diffusion, burgers
from xpde.space import Grid
from xpde.train import (
    MSE,
    Applied,
    Composite,
    Corrector,
    Curriculum,
    DivertedChain,
    MixedChain,
    Pushforward,
    Residuum,
    Shell,
    Supervised,
    Trainer,
    course,
    opened,
)
from xpde.train.program import compiled

NET = Pure(1, 1, 1, 3)


def stepper(bk, dt=0.1, points=12):
    return Stepper.build(burgers(1, 0.1), Grid((points,), (2 * np.pi,)), dt, backend=bk)


def data(frames, points=12):
    x = 2 * np.pi * np.arange(points) / points
    return np.stack([np.sin(x + 0.1 * t)[None, None] for t in range(frames)])


SOLVED = Composite(((0.5, MixedChain(2, physics_steps=1)), (2.0, Pushforward(Residuum(), 1))))
OBJECTIVES = {
    "supervised": Supervised(2, MSE, (1.0, 0.5)),
    "diverted": DivertedChain(3, branch_steps=2, branch_weights=(1.0, 0.5)),
    "mixed": MixedChain(3, physics_steps=2),
    "residuum": Residuum(2, cut_prev=True),
    "pushforward": Pushforward(DivertedChain(2), 1),
    "composite": SOLVED,
    "curriculum": Curriculum(((0, DivertedChain(2)), (4, SOLVED))),
}
every = pytest.mark.parametrize("name", OBJECTIVES)


def arrays(solver):
    return len(leaves(solver))


@every
def test_parts_come_back(bk, name):
    """Whole, with the arrays that are given: those of another solver make another objective."""
    objective, solver = OBJECTIVES[name], stepper(bk)
    bound = objective.bind(solver)
    shell, held = opened(NET, bound)
    network, again = shell(held)
    assert network is NET
    assert again == bound
    assert type(again) is type(bound)

    other = objective.bind(stepper(bk, 0.3))
    swapped = shell(opened(NET, other)[1])[1]
    window = bk.asarray(data(objective.frames))
    expected = bk.to_numpy(other(lambda u: 0.9 * u, window))
    assert bk.to_numpy(swapped(lambda u: 0.9 * u, window)) == expected
    if objective.needs_solver:
        assert bk.to_numpy(bound(lambda u: 0.9 * u, window)) != expected


def test_what_is_held():
    """Arrays of every solver, and weights of a sum; nothing of what needs no solver."""
    solver = stepper(None)
    count = len(leaves(solver))
    assert opened(NET, Supervised(3))[1] == []
    assert len(opened(NET, DivertedChain(2).bind(solver))[1]) == count
    assert len(opened(Corrector(NET, solver), DivertedChain(2).bind(solver))[1]) == 2 * count
    assert len(opened(NET, SOLVED.bind(solver))[1]) == 2 * count + 2


def test_one_part_comes_back_alone():
    corrector = Corrector(NET, stepper(None))
    shell, held = opened(corrector)
    assert shell(held).network is NET
    assert opened(NET)[0]([]) is NET


def test_shells_of_equal_structure_are_equal():
    """Whatever the numbers; another network, weight or function makes another shell."""
    pair = [opened(NET, DivertedChain(2).bind(stepper(None, dt)))[0] for dt in (0.1, 0.3)]
    assert pair[0] == pair[1]
    assert hash(pair[0]) == hash(pair[1])
    assert opened(Pure(1, 1, 1, 3))[0] == opened(NET)[0]
    assert opened(Pure(1, 1, 1, 5))[0] != opened(NET)[0]
    assert opened(NET, DivertedChain(2))[0] != opened(NET, DivertedChain(3))[0]
    assert len({opened(DivertedChain(2).bind(f))[0] for f in (np.sin, np.cos)}) == 2


def test_a_function_stays_in_the_shell():
    """Beside arrays that do not: a residuum of the user's and a stepper in one sum."""

    def defect(after, before):
        return after - 0.9 * before

    solver = stepper(None)
    whole = Composite(((1.0, Residuum(residuum=defect)), (1.0, DivertedChain()))).bind(solver)
    shell, held = opened(whole)
    assert len(held) == 2 * arrays(solver) + 2  # bind gave the first part the solver too
    assert shell(held).parts[0][1].residuum is defect


def test_a_leaf_without_a_hash_is_itself():
    class Unhashable:
        __hash__ = None

        def __call__(self, u):
            return 0.9 * u

    solver = Unhashable()
    first, second = (opened(DivertedChain().bind(s))[0] for s in (solver, Unhashable()))
    assert isinstance(hash(first), int)
    assert first == opened(DivertedChain().bind(solver))[0]
    assert first != second
    assert isinstance(first, Shell)


@every
@pytest.mark.parametrize("corrects", [False, True])
def test_no_constant_is_as_long_as_a_state(name, corrects):
    """The jaxpr of a gradient closes over nothing of the size of 256 points.

    (Transforms of shorter axes are products with waves, which belong to the number of points.)
    """
    jax = pytest.importorskip("jax")
    bk = xpde.backend("jax", dtype="float64")
    solver = stepper(bk, points=256)
    network = Corrector(NET, solver) if corrects else NET
    objective = OBJECTIVES[name].at(4).bind(solver)
    shell, held = opened(network, objective)
    params = tree_map(bk.asarray, NET.init(stream(0, "weights")))

    def gradient(arrays, p, window):
        net, loss = shell(arrays)
        return bk.value_and_grad(lambda q: loss(Applied(net, q), window))(p)

    window = bk.asarray(data(objective.frames, 256))
    assert longest(jax.make_jaxpr(gradient)(held, params, window)) < 16
    if objective.needs_solver:  # the measure sees what is closed over
        closed = jax.make_jaxpr(lambda p, w: gradient(held, p, w))(params, window)
        assert longest(closed) > 16


def longest(closed):
    """Entries of the largest constant of a jaxpr."""
    return max((np.size(x) for x in closed.consts), default=0)


@pytest.mark.parametrize("fuse", [False, True])
def test_the_solver_of_an_objective_is_an_argument_of_an_update(fuse, monkeypatch):
    """The text of the program of 512 points is not longer than that of 64 by any coefficient."""
    pytest.importorskip("jax")
    bk, sizes, net = xpde.backend("jax", dtype="float64"), {}, Conv(1, 1, 1, width=2, depth=1)

    class Lowered(Exception):
        """Running it says no more."""

    for points in (64, 512):
        equation, grid = advection_diffusion(1, 1.0, 0.1), Grid.cube(1, points)
        objective = Curriculum(((0, Composite(((1.0, DivertedChain()), (0.5, Residuum())))),))
        bound = objective.bind(Stepper.build(equation, grid, 1e-3, backend=bk))
        trainer = Trainer(net, bound, sgd(constant(1e-3)), 2, batch_size=2, fuse=fuse)

        def spy(*key, points=points):
            def lower(*args):
                sizes[points] = len(compiled(*key).lower(*args).as_text())
                raise Lowered

            return lower

        monkeypatch.setattr(course, "compiled", spy)
        placed = bk.asarray(np.moveaxis(np.concatenate([data(3, points)] * 2, 1), 0, 1))
        with pytest.raises(Lowered):
            trainer.run(net.init(stream(0, "weights")), placed)
    # one coefficient is 16 hexadecimal digits or more, and there are 257 complex ones
    assert sizes[512] < sizes[64] + 2000
