"""What is compared: names, rules in words, fields of experiments that are changed."""

import dataclasses
import math

import pytest

from xpde.errors import InvalidInput
from xpde.study.prdp import CONTENDERS, EXPERIMENTS, contender, experiment
from xpde.study.prdp.contenders import Watched
from xpde.train import Constant, Linear, Progressive


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_has_the_four(name):
    for problem in (experiment(name), experiment(name, True)):
        rules = [contender(problem, kind, 7) for kind in CONTENDERS]
        assert rules[0] == Constant(problem.converged)
        assert rules[1] == Constant(7)
        published = Progressive.preset("paper", **problem.paper)
        cap = published.cap and problem.converged
        assert rules[2] == dataclasses.replace(published, cap=cap)
        assert rules[3] == Progressive(**problem.scale)
        assert problem.monitored
        assert problem.name == {"poisson3": "poisson"}.get(name, name)


def test_published_settings():
    """Table of the variants in the authors' programs."""
    rules = {name: contender(experiment(name), "paper") for name in EXPERIMENTS}
    seen = {
        name: (rule.stepping, rule.stop, rule.window, rule.lag, rule.first, rule.increment)
        for name, rule in rules.items()
    }
    assert seen["poisson"] == (0.92, 0.9, 1, 2, 25, 10)
    assert seen["heat1d"] == (0.98, 0.9, 8, 3, 1, 1)
    assert seen["heat2d"] == (0.9, 0.9, 6, 3, 1, 1)
    assert seen["navier_stokes"] == (0.95, 0.9, 6, 3, 1, 1)
    assert (rules["poisson"].cap, rules["heat2d"].reference) == (600, "first")


def test_levels_stay_below_the_converged_one():
    problem = experiment("poisson", converged=20)
    assert contender(problem, "scheduled") == Linear(20, 5, 20)
    paper = contender(problem, "paper")
    assert (paper.first, paper.cap) == (20, 20)


def test_other_contenders():
    problem = experiment("poisson")
    assert contender(problem, "scheduled") == Linear(25, 5, 600)
    assert contender(problem, "constant-12") == Constant(12)
    assert contender(problem, "prdp;start=4;lag=6") == Progressive(first=4, lag=6)
    assert contender(problem, "prdp") == Progressive()
    assert str(contender(problem, "linear;1;2")) == "linear;1;2"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("papr", "did you mean paper"),
        ("constant-x", "unknown contender 'constant-x'"),
        ("scheduled", "unknown contender 'scheduled'"),
        ("prdp;strat=1", "did you mean start"),
        ("residual;share=0.1", "got one that reads the residual"),
    ],
)
def test_refused_contenders(name, text):
    with pytest.raises(InvalidInput, match=text):
        contender(experiment("heat1d"), name)


def test_a_watched_schedule_reads_the_error():
    rule = Watched(Linear(1, 2))
    state = rule.start()
    assert (rule.reads, str(rule)) == ("error", "linear;1;2")
    assert [rule.step(state, math.nan)[1], state.level] == [1, 1]


def test_changed_fields():
    problem = experiment("poisson", True).changed(rate=3, truth=4, guess=(1,), epochs=9)
    assert (problem.rate, problem.truth, problem.guess) == (3.0, (4.0,), (1.0,))
    assert type(problem.rate) is float
    assert (problem.epochs, problem.converged) == (9, 100)


@pytest.mark.parametrize(
    ("name", "changes", "text"),
    [
        ("heat1d", {"point": 3}, "unknown field of heat1d 'point': did you mean points"),
        ("heat1d", {"points": 0}, "heat1d: expected points as a whole number of 1 or more, got 0"),
        ("heat1d", {"points": "x"}, "expected points as a whole number of 1 or more, got 'x'"),
        ("heat1d", {"points": 2.5}, "expected points as a whole number"),
        ("heat1d", {"epochs": True}, "expected epochs as a whole number"),
        ("heat1d", {"dt": -1}, "expected dt as a number above 0, got -1.0"),
        ("heat1d", {"dt": math.nan}, "expected dt as a number above 0, got nan"),
        ("heat1d", {"data_seed": -1}, "expected data_seed as a whole number of 0 or more"),
        ("heat1d", {"assembled": 1}, "expected assembled as true or false, got 1"),
        ("heat1d", {"adjoint": "implict"}, "did you mean implicit"),
        ("heat1d", {"adjoint": 3}, "expected adjoint as a word, got 3"),
        ("heat1d", {"adjoint": "cut"}, "got cut, which leaves no gradient"),
    ],
)
def test_refused_fields(name, changes, text):
    with pytest.raises(InvalidInput, match=text):
        experiment(name).changed(**changes)


def test_refused_experiments():
    with pytest.raises(InvalidInput, match="unknown experiment 'heat4d'"):
        experiment("heat4d")
