"""Schedules and the rule of residuals: the levels they give."""

import math
import sys
from pathlib import Path

import pytest

from xpde.errors import InvalidInput
from xpde.train import Constant, Geometric, Linear, Milestones, ResidualDriven

sys.path.insert(0, str(Path(__file__).parent))
from following import follow, levels


def test_schedules():
    assert levels(Constant(7), [math.nan] * 3) == [7, 7, 7]
    assert levels(Linear(25, 5, 40), range(6)) == [25, 30, 35, 40, 40, 40]
    assert levels(Geometric(1, 2, 2, cap=9), range(9)) == [1, 1, 2, 2, 4, 4, 8, 8, 9]
    assert levels(Geometric(2, 1.5), range(5)) == [2, 3, 4, 6, 10]  # ⌊2, 3, 4.5, 6.75, 10.125⌋
    assert Geometric(1, 2, cap=10).at(10**6) == 10
    assert levels(Milestones({20: 5, 0: 1, 3: 2}), range(22))[-3:] == [2, 5, 5]
    assert Linear(25, 5).start().level == 25
    states = follow(Linear(1, 1), range(4))
    assert [s.refinements for s in states] == [0, 1, 2, 3]


def test_residual_driven():
    """ρ against s √E: levels rise while the solver is the coarser of the two."""
    rule = ResidualDriven(share=0.1, cap=20)
    assert levels(rule, [0.5, 0.05, 0.011, 0.009], loss=0.01) == [2, 3, 4, 4]
    assert levels(rule, [0.5], loss=math.nan) == [1]
    assert levels(rule, [math.inf, math.nan], loss=0.01) == [2, 2]
    rounding = follow(rule, [1e-16] * 20, loss=0.0)[-1]
    assert rounding.stopped
    assert rounding.level == 1 + 1 + 2  # two of the three in vain still raised it
    assert levels(ResidualDriven(patience=None, cap=5), [1.0] * 20, loss=0.0)[-1] == 5
    with pytest.raises(InvalidInput, match="of 0 or more, got -1"):
        rule.step(rule.start(), -1.0, 1.0)
