"""Stages: which objective an update has, and that a training is the trainings of its stages."""

import numpy as np
import pytest

from xpde.core import leaves, stream
from xpde.errors import InvalidInput
from xpde.nn import Conv
from xpde.optim import constant, sgd
from xpde.train import (
    MSE,
    Composite,
    Curriculum,
    DivertedChain,
    Pushforward,
    Residuum,
    Supervised,
    Trainer,
)

STAGES = Curriculum(((0, Supervised()), (3, Supervised(2)), (10, DivertedChain(4))))


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (0, Supervised()),
        (2, Supervised()),
        (3, Supervised(2)),
        (9, Supervised(2)),
        (10, DivertedChain(4)),
        (10**6, DivertedChain(4)),
    ],
)
def test_the_objective_of_an_update(update, expected):
    assert STAGES.at(update) == expected


@pytest.mark.parametrize("objective", [Supervised(2), DivertedChain(3), Residuum()])
def test_one_objective_is_always_itself(objective):
    assert objective.at(5) is objective


def test_windows_are_those_of_the_longest_stage():
    assert (STAGES.steps, STAGES.frames, STAGES.needs_solver) == (4, 3, True)
    assert not Curriculum(((0, Supervised(3)),)).needs_solver


def test_the_solver_reaches_every_stage():
    def solver(u):
        return 0.9 * u

    bound = STAGES.bind(solver)
    assert bound == STAGES
    assert bound.at(10).solver is solver


def test_stages_within_other_objectives():
    """The objective of an update of a sum, of a pushforward, of a curriculum, holds no stages."""
    inner = Curriculum(((0, Supervised()), (5, Supervised(3))))
    assert Composite(((0.5, inner), (2.0, Residuum()))).at(5) == Composite(
        ((0.5, Supervised(3)), (2.0, Residuum()))
    )
    assert Pushforward(inner, 2).at(4) == Pushforward(Supervised(), 2)
    outer = Curriculum(((0, Residuum()), (2, inner)))
    assert [outer.at(s) for s in (1, 2, 5)] == [Residuum(), Supervised(), Supervised(3)]


def test_without_an_update_it_is_the_first_stage():
    window = np.random.default_rng(0).standard_normal((5, 2, 1, 4))
    assert STAGES(np.tanh, window) == Supervised()(np.tanh, window)


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ((), "stages: expected at least one (first update, objective), got none"),
        (((1, Supervised()),), "stages: expected first updates that increase from 0, got 1"),
        (((0, Supervised()), (0, Supervised(2))), "increase from 0, got 0, 0"),
        (((0, Supervised()), (4, Supervised(2)), (3, Residuum())), "got 0, 4, 3"),
    ],
)
def test_bad_stages_are_one_line(stages, expected):
    with pytest.raises(InvalidInput) as caught:
        Curriculum(stages)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_training_is_the_trainings_of_its_stages(backends):
    """To the bit: batches are those of the longest stage, weights of 0 leave the first level."""
    bk, net = backends["numpy"], Conv(1, 1, 1, 3, 1, "tanh")
    data = bk.asarray(np.random.default_rng(0).standard_normal((3, 7, 1, 8)))
    params = net.init(stream(0, "weights"))

    def train(objective, updates, state=None):
        trainer = Trainer(net, objective, sgd(constant(0.1), 0.9), updates, batch_size=4)
        return trainer.run(params, data, state=state)

    staged = train(Curriculum(((0, Supervised()), (3, Supervised(3)))), 7)
    first = train(Supervised(3, MSE, (1.0, 0.0, 0.0)), 3)
    second = train(Supervised(3), 7, first)
    assert np.array_equal(staged.losses, second.losses)
    for a, b in zip(leaves(staged.params), leaves(second.params), strict=True):
        assert np.array_equal(a, b)
