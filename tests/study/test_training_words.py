"""The strings of trainings: what they mean, need and measure."""

from dataclasses import replace

import numpy as np
import pytest

from xpde.study import words
from xpde.study.training_words import PLAIN_LOSSES
from xpde.train import (
    MSE,
    Composite,
    Curriculum,
    DivertedChain,
    FourierMSE,
    MixedChain,
    Pushforward,
    Residuum,
    SobolevMSE,
    Supervised,
    nMSE,
    nRMSE,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one", Supervised()),
        ("sup;5", Supervised(5)),
        ("sup;5;2", Supervised(5, cut_every=2)),
        ("SUP;5;True", Supervised(5, cut_every=1)),
        ("sup;5;false", Supervised(5)),
        ("div;3", DivertedChain(3)),
        ("div;3;true", DivertedChain(3, cut_every=1)),
        ("div;3;False;TRUE", DivertedChain(3, cut_reference=True)),
        ("div;6;2;true", DivertedChain(6, cut_every=2, cut_reference=True)),
        ("chain;4;2", DivertedChain(4, branch_steps=2)),
        ("chain;4;2;3;true", DivertedChain(4, cut_every=3, branch_steps=2, cut_reference=True)),
        ("mix;3;2", MixedChain(5, physics_steps=2)),
        ("mix;3;2;true", MixedChain(5, cut_every=1, physics_steps=2)),
        ("residuum;3", Residuum(3)),
        ("residuum;3;2;true;false", Residuum(3, cut_every=2, cut_prev=True)),
        ("sum;1;one|0.5;div;3", Composite(((1, Supervised()), (0.5, DivertedChain(3))))),
        ("one;loss=nRMSE", Supervised(loss=nRMSE)),
        ("sup;5; PUSH = 1", Pushforward(Supervised(5), 1)),
        ("sup;5;2;checkpoint=True", Supervised(5, cut_every=2, checkpoint=True)),
        ("sup;3;loss=nmse;weights=1,0.5, 0.25", Supervised(3, nMSE, (1, 0.5, 0.25))),
        ("sup;3;loss=fourier_MSE:2", Supervised(3, FourierMSE(2))),
        ("sup;3;loss=fourier_MSE:0:5", Supervised(3, FourierMSE(0, 5))),
        ("div;3;loss=fourier_MSE:0:5:1", DivertedChain(3, FourierMSE(0, 5, 1))),
        ("sup;3;loss=Sobolev_MSE:-1", Supervised(3, SobolevMSE(-1.0))),
        ("residuum;2;true;weights=1,2", Residuum(2, MSE, (1, 2), 1)),
        (
            "mix;2;1;weights=1,2,3;push=2",
            Pushforward(MixedChain(3, MSE, (1, 2, 3), physics_steps=1), 2),
        ),
        (
            "chain;4;2;branch_weights=1,0.5;weights=1,2,3;checkpoint=true",
            DivertedChain(
                4, MSE, (1, 2, 3), checkpoint=True, branch_steps=2, branch_weights=(1, 0.5)
            ),
        ),
        (
            "curriculum;0;one|2_000;sup;3;checkpoint=true|6000;sup;5",
            Curriculum(
                ((0, Supervised()), (2000, Supervised(3, checkpoint=True)), (6000, Supervised(5)))
            ),
        ),
        (
            "curriculum;0;one|5;(sum;1;one|0.5;one;push=2)",
            Curriculum(
                (
                    (0, Supervised()),
                    (5, Composite(((1, Supervised()), (0.5, Pushforward(Supervised(), 2))))),
                )
            ),
        ),
    ],
)
def test_training(text, expected):
    assert words.training(text) == expected


@pytest.mark.parametrize(
    ("text", "kind"), [("fourier_nMSE:1:3", FourierMSE(1, 3)), ("sobolev_nMSE:1", SobolevMSE(1.0))]
)
def test_normalized_losses(text, kind):
    """Equal to the loss written out, and told from the one that is not normalized."""
    found = words.training(f"one;loss={text}").loss
    assert found == replace(kind, normalized=True) != kind


@pytest.mark.parametrize("loss", [*PLAIN_LOSSES, "fourier_MSE:0", "sobolev_MSE:0"])
def test_every_loss_has_a_string_that_measures(loss):
    """A loss of 1 where all errors are 1 and so is the reference."""
    one = np.ones((2, 1, 8))
    assert words.training(f"one;loss={loss}").loss(2 * one, one) == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "steps", "frames", "needs"),
    [
        ("one", 1, 2, False),
        ("sup;3", 3, 4, False),
        ("div;3", 3, 1, True),
        ("mix;3;2", 5, 6, True),
        ("mix;3;0", 3, 4, False),
        ("residuum;3", 3, 1, True),
        ("sum;1;sup;2|1;div;4", 4, 3, True),
        ("sup;3;push=2", 5, 6, False),
        ("curriculum;0;one|9;div;4", 4, 2, True),
    ],
)
def test_what_a_training_needs(text, steps, frames, needs):
    objective = words.training(text)
    assert (objective.steps, objective.frames, objective.needs_solver) == (steps, frames, needs)
