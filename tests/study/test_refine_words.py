"""The words of refinement, and an experiment that has them."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.study import scenario
from xpde.study.experiment import Experiment
from xpde.study.refine_words import refine, rule
from xpde.study.runs import Run
from xpde.study.store import read_json, read_table
from xpde.study.substeps import with_substeps
from xpde.study.together import joins
from xpde.train import (
    Constant,
    Geometric,
    Linear,
    Milestones,
    Progressive,
    Refine,
    ResidualDriven,
    at_level,
)

WORDS = {
    "prdp": Progressive(),
    "prdp;start=2;step=2;stepping=0.95;stop=0.8": Progressive(
        first=2, increment=2, stepping=0.95, stop=0.8
    ),
    "prdp;preset=paper": Progressive.preset("paper"),
    "prdp;preset=paper;window=8": Progressive.preset("paper", window=8),
    "prdp;step=1.5;cap=40;growth=multiply;reference=first": Progressive(
        increment=1.5, cap=40, growth="multiply", reference="first"
    ),
    "prdp;start=3;horizon=100;finish=0.5": Progressive(first=3, horizon=100, finish=0.5),
    "prdp;patience=none;diverged=false": Progressive(patience=None, diverged=False),
    "constant;10": Constant(10),
    "linear;25;5": Linear(25, 5),
    "linear;25;5;600": Linear(25, 5, 600),
    "geometric;1;2;10": Geometric(1, 2, 10),
    "geometric;1;1.5;2;40": Geometric(1, 1.5, 2, 40),
    "manual;0=1;20=5": Milestones({0: 1, 20: 5}),
    "residual": ResidualDriven(),
    "residual;share=0.2;cap=9": ResidualDriven(share=0.2, cap=9),
}


@pytest.mark.parametrize("text", WORDS)
def test_words(text):
    """Read as the rule; the rule's own words are read as it, however the options were sorted."""
    found = rule(text)
    assert found == WORDS[text]
    assert rule(str(found)) == found
    assert sorted(str(found).split(";")) == sorted(text.split(";"))


@given(
    st.integers(0, 9),
    st.floats(0.5, 1.5),
    st.sampled_from([None, 3, 20]),
    st.booleans(),
    st.sampled_from(["infinity", "first", 100.0, 0.25]),
    st.sampled_from([Progressive, lambda **more: Progressive.preset("paper", **more)]),
)
def test_every_progressive_rule_has_words(first, stepping, patience, reset, reference, make):
    found = make(
        first=first, stepping=stepping, patience=patience, reset=reset, reference=reference
    )
    assert rule(str(found)) == found


def test_case_and_spaces():
    assert rule(" PRDP ; Preset = Paper ; Window = 8 ") == WORDS["prdp;preset=paper;window=8"]
    assert rule("constant; 1_000") == Constant(1000)


def test_checks():
    """How often is the last word, and given back."""
    assert refine("prdp;cap=9;every=16", 8) == Refine(Progressive(cap=9), 16)
    assert refine("prdp;cap=9", 8) == Refine(Progressive(cap=9), 8)
    assert refine("manual;0=1;20=5;every=3", 8) == Refine(Milestones({0: 1, 20: 5}), 3)
    for text in ("prdp;cap=9;every=16", "linear;1;2;every=3"):
        assert str(refine(text, 8)) == text


BAD = {
    "prpd": "unknown refinement 'prpd': did you mean prdp?",
    "prdp;stp=2": "unknown refinement option 'stp': did you mean stop or step",
    "prdp;step": "refinement 'prdp;step': expected prdp, got 1 of 0 values",
    "prdp;window=six": "refinement 'prdp;window=six': expected window as an integer, got 'six'",
    "prdp;cap=no": "refinement 'prdp;cap=no': expected cap as an integer or none, got 'no'",
    "prdp;lag=3;lag=4": "refinement 'prdp;lag=3;lag=4': expected lag once, got it again",
    "prdp;preset=papre": "unknown preset 'papre': did you mean paper?",
    "prdp;growth=mult": "refinement 'prdp;growth=mult': unknown growth 'mult': did you mean multi",
    "prdp;window=0": "refinement 'prdp;window=0': prdp: expected window of 1 or more, got 0",
    "constant": "refinement 'constant': expected constant;LEVEL, got 0 of 1 values",
    "linear;1": "refinement 'linear;1': expected linear;START;STEP, got 1 of 2 values",
    "linear;1;2;3;4": "refinement 'linear;1;2;3;4': expected linear;START;STEP;CAP, got 4 of 3",
    "linear;5;1;2": "refinement 'linear;5;1;2': linear: expected a cap of 5, the first level",
    "manual;3": "refinement 'manual;3': expected CHECK=LEVEL, got '3'",
    "manual;1=2": "refinement 'manual;1=2': manual: expected checks that begin with 0, got 1",
    "manual;0=1;0=2": "refinement 'manual;0=1;0=2': expected check 0 once, got it again",
    "prdp;every=0": "refinement 'prdp': refine: expected checks every 1 updates or more, got 0",
    "residual": "refinement 'residual': refine: expected residual(params, level) for the rule",
}


@pytest.mark.parametrize("text", BAD)
def test_one_line_for_what_is_wrong(text):
    with pytest.raises(InvalidInput) as caught:
        refine(text, 8)
    assert str(caught.value).startswith(BAD[text])
    assert "\n" not in str(caught.value)


SMALL = {
    "points": 16, "substeps": 4, "train_samples": 5, "train_horizon": 6, "batch": 4,
    "test_samples": 2, "test_horizon": 3, "warmup": 0,
}  # fmt: skip


def experiment(kind=Experiment, **changes):
    plain = {
        "network": "Conv;2;1;relu", "training": "div;2", "updates": 12, "optimizer":
        "sgd;12;constant;1e-3;momentum=0.9;nesterov=false", "validation": 0.2, "refine": "prdp",
    }  # fmt: skip
    return kind("diff_burgers", SMALL, **{**plain, **changes})


def test_a_check_is_an_epoch_of_the_experiment():
    """4 of 5 trajectories with 5 windows of 2 steps each, 4 of these an update."""
    assert experiment().make_refine() == Refine(Progressive(), every=5)
    assert experiment(refine="prdp;every=3").make_refine().every == 3
    assert experiment(refine=None, validation=0.0).make_refine() is None


@pytest.mark.parametrize(
    "changes", [{}, {"task": "correct;sequential", "training": "one"}], ids=["teacher", "coarse"]
)
def test_a_level_is_the_number_of_substeps(changes, bk):
    """Of what the training solves with; at their number, and beyond, it is the solver itself."""
    made = experiment(**changes)
    network, objective = made.make_emulator(bk), made.make_objective(bk)
    for level, substeps in ((0, 1), (1, 1), (3, 3), (4, 4), (9, 4)):
        found, other = at_level(network, objective, level)
        refined = found.coarse if "task" in changes else other.solver
        assert refined.solver.substeps == substeps
    given_ = network.coarse if "task" in changes else objective.solver
    u = bk.asarray(np.sin(2 * np.pi * np.arange(16) / 16)[None])
    assert np.array_equal(bk.to_numpy(given_(u)), bk.to_numpy(refined(u)))
    assert not np.array_equal(bk.to_numpy(given_(u)), bk.to_numpy(given_.refined(1)(u)))


def test_a_solver_with_a_level_of_its_own_keeps_it():
    class Own:
        def refined(self, level):
            return self

    own = Own()
    assert with_substeps(scenario("diff_burgers"), own, lambda s: None) is own


REFUSED = [
    ({"training": "one"}, "refine: expected a solver in the training, got task predict and"),
    ({"validation": 0.0}, "refine: expected a validation share above 0 for 'prdp', got 0"),
    ({"refine": "residual"}, "refinement 'residual': refine: expected residual(params, level)"),
    ({"refine": "pdrp"}, "unknown refinement 'pdrp': did you mean prdp?"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_experiments_without_what_it_takes(changes, message):
    with pytest.raises(InvalidInput) as caught:
        experiment(**changes)
    assert str(caught.value).startswith(message)


def test_a_solver_of_one_substep_has_no_levels():
    with pytest.raises(InvalidInput, match="diff_burgers: expected substeps above 1 to refine"):
        Experiment("diff_burgers", training="div;2", validation=0.2, refine="prdp")


def test_a_level_is_the_number_of_iterations_where_there_are_some(bk):
    """Of a solver of finite differences with an iterative method; a direct one has substeps."""
    given_ = {**SMALL, "substeps": 1, "solver": "fd;1;1;bicgstab"}
    made = Experiment("diff_burgers", given_, training="div;2", refine="linear;1;1")
    solver = made.make_objective(bk).solver
    assert solver.refined(3).method.max_steps == 3
    u = bk.asarray(np.sin(2 * np.pi * np.arange(16) / 16)[None])
    assert not np.array_equal(bk.to_numpy(solver(u)), bk.to_numpy(solver.refined(1)(u)))
    direct = Experiment(
        "diff_burgers", given_ | {"solver": "fd;1;1"}, training="div;2", refine="linear;1;1"
    )
    with pytest.raises(InvalidInput, match="diff_burgers: expected substeps above 1 to refine"):
        direct.make_objective(bk)


def test_schedules_need_no_validation():
    assert experiment(refine="linear;1;1", validation=0.0).make_refine().rule == Linear(1, 1)


def test_names_of_runs():
    """Those without refinement have the name that they had; rules and their checks decide it."""
    plain = experiment(Run, refine=None)
    assert "refine" not in plain.identity()
    names = {
        experiment(Run, refine=text).name for text in (None, "prdp", "prdp;cap=3", "linear;1;1")
    }
    assert len(names) == 4
    assert plain.plain()["refine"] is None


def test_seeds_with_refinement_train_one_after_another():
    assert joins(experiment(Run, refine=None), "yes")
    assert not joins(experiment(Run), "yes")


def test_the_command(run, tmp_path):
    """``--refine`` trains, says what became of the level, and leaves it beside the results."""
    words = ["train", "diff_burgers", "--net", "Conv;2;1;relu", "--train", "div;2", "--out", "o"]
    for name, value in SMALL.items():
        words += (
            [f"--{name}", value] if name in ("points", "substeps") else ["--set", f"{name}={value}"]
        )
    words += ["--updates", 12, "--refine"]
    code, out, err = run(*words, "manual;0=1;1=3;every=8")
    assert code == 0, err
    assert "refinement: refined once in 2 checks, from level 1 to 3" in out
    done = read_json(tmp_path / "o" / "done.json")
    assert done["inner_iterations"] == 8 * 1 + 4 * 3
    assert len(read_table(tmp_path / "o" / "losses.parquet")) == 12
    log = [json.loads(line) for line in (tmp_path / "o" / "log.jsonl").read_text().splitlines()]
    assert [line["level"] for line in log if "check" in line] == [1, 3]
    code, _, err = run(*words, "prdp")
    assert code == 2
    assert "validation share above 0" in err
