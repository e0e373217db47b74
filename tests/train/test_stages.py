"""A curriculum in the trainer: every update minimizes its stage, and dispatches end with stages."""

import sys
from pathlib import Path

import numpy as np
import pytest

import xpde
from xpde.train import MSE, Composite, Curriculum, Supervised

sys.path.insert(0, str(Path(__file__).parent))
from small import bits, data, same_bits, start, training

SHORT = Composite(((1.0, Supervised(1)), (0.0, Supervised(3))))
"""One step on the windows of three."""


def test_stages_are_trainings_one_after_the_other(bk, relative):
    """Updates 0-6 of one step, then three: two trainers, the second going on from the first."""
    seen = []
    stages = Curriculum(((0, Supervised(1)), (7, Supervised(3))))
    found = training(objective=stages, batch_size=4).run(
        start(), bk.asarray(data()), progress=lambda done, *_: seen.append(done)
    )
    first = training(objective=SHORT, batch_size=4, updates=7).run(start(), bk.asarray(data()))
    last = training(objective=Supervised(3), batch_size=4)
    second = last.run(None, bk.asarray(data()), state=first)
    assert relative(found.losses, second.losses) < 1e-11  # a sum with a zero is another program
    assert seen == [3, 6, 7, 10, 13, 16]
    assert found.losses[7] > found.losses[6]  # a sum of three terms instead of one


def test_one_stage_is_its_objective(backends):
    bk = backends["numpy"]
    alone, staged = (
        training(objective=objective).run(start(), data())
        for objective in (Supervised(2), Curriculum(((0, Supervised(2)),)))
    )
    assert same_bits(bits(bk, alone), bits(bk, staged))


@pytest.mark.parametrize("fuse", [False, True])
def test_compiled_once_a_stage(fuse):
    """Stages that come again share the program of their first time."""
    pytest.importorskip("jax")
    calls = []

    def counted(pred, ref):
        calls.append(1)
        return MSE(pred, ref)

    one, other = Supervised(2, counted), Supervised(1, counted)
    objective = Curriculum(((0, one), (4, other), (8, Supervised(2, counted)), (12, other)))
    placed = xpde.backend("jax", dtype="float64").asarray(data())
    trainer = training(objective=objective, batch_size=12, fuse=fuse)
    found = trainer.run(start(), placed)
    assert found.updates == 16
    assert len(calls) == 3  # two levels and one
    assert np.array_equal(trainer.run(start(), placed).losses, found.losses)
    assert len(calls) == 3
