"""Refinement in the trainer: levels reach solvers, are resumed, logged, and rarely compiled."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import xpde
from xpde.core import leaves
from xpde.errors import InvalidInput, NonFinite
from xpde.nn import Conv
from xpde.optim import constant, sgd
from xpde.train import (
    Check,
    Checkpointing,
    Composite,
    Constant,
    Corrector,
    Curriculum,
    DivertedChain,
    Linear,
    Milestones,
    MixedChain,
    Progressive,
    Pushforward,
    Refined,
    Refinement,
    ResidualDriven,
    Residuum,
    Supervised,
    Together,
    Trainer,
    at_level,
    load_checkpoint,
    log_lines,
    save_checkpoint,
)
from xpde.train.program import Program
from xpde.train.refinable import refinable, refined
from xpde.train.refine import Refine

sys.path.insert(0, str(Path(__file__).parent))
from relaxation import MOST, Budget, Sweeps, by_hand
from small import NETWORK, bits, data, same_bits, start, training

QUICK = Progressive(window=1, lag=2, stepping=0.5, stop=2.0)
"""Refines at every third check or so."""


def correcting(solver=None):
    return Corrector(NETWORK, solver or Sweeps(), "sequential_with_bypass")


def without(state):
    return replace(state, refinement=None)


def test_levels_reach_the_updates(bk):
    """Levels 1 for 8 updates and 3 for 8 are a training at each, one after the other."""
    placed, rule = bk.asarray(data()), Milestones({0: 1, 2: 3})
    found = training(network=correcting(), refine=Refine(rule, every=4)).run(start(), placed)
    first = training(network=correcting(Sweeps(1)), updates=8).run(start(), placed)
    second = training(network=correcting(Sweeps(3)), updates=16).run(None, placed, state=first)
    assert same_bits(bits(bk, found), bits(bk, second))
    given = training(network=correcting()).run(start(), placed)
    assert not np.array_equal(found.losses, given.losses)

    refinement = found.refinement
    assert [c[:1] + c[2:] for c in refinement.checks] == [
        (0, 1, "scheduled"), (4, 1, "scheduled"), (8, 3, "scheduled"),
        (12, 3, "scheduled"), (16, 3, "scheduled"),
    ]  # fmt: skip
    assert refinement.changes == ((0, 1), (8, 3))
    assert refinement.work == 8 * 1 + 8 * 3


def test_levels_reach_the_solver_of_an_objective(bk):
    placed = bk.asarray(data())
    objective = DivertedChain(2).bind(Sweeps())
    refine = Refine(Constant(2), every=16)
    found = training(objective=objective, refine=refine).run(start(), placed)
    at_two = training(objective=DivertedChain(2).bind(Sweeps(2))).run(start(), placed)
    assert same_bits(bits(bk, found), bits(bk, at_two))


def test_the_validation_loss_is_that_of_what_was_given(bk):
    """At level 1 too, the network is validated around the whole solver; check 0 is of e_0."""
    placed = bk.asarray(data())
    common = {"network": correcting(), "validation": 0.25, "validate_every": 4}
    found = training(**common, refine=Refine(replace(QUICK, cap=2), every=4)).run(start(), placed)
    errors = [check.error for check in found.refinement.checks]
    assert errors == found.validation.tolist()  # measured once
    assert found.validated.tolist() == [0, 4, 8, 12, 16]
    given = training(**common).run(start(), placed)
    assert found.validation[0] == given.validation[0]
    apart = training(**common | {"validate_every": 16}, refine=Refine(QUICK, every=4))
    assert [c.error for c in apart.run(start(), placed).refinement.checks] == errors


def test_a_monitor_sees_the_parameters_to_judge(bk):
    seen = []

    def monitor(params):
        seen.append([bk.to_numpy(leaf) for leaf in leaves(params)])
        return 1.0 / len(seen)

    trainer = training(network=correcting(), refine=Refine(QUICK, every=5, monitor=monitor))
    found = trainer.run(start(), bk.asarray(data()))
    assert [c.update for c in found.refinement.checks] == [0, 5, 10, 15]
    assert [c.error for c in found.refinement.checks] == [1.0, 1 / 2, 1 / 3, 1 / 4]
    part = training(network=correcting(), updates=5, refine=trainer.refine)
    after = part.run(start(), bk.asarray(data())).averaged
    assert all(map(np.array_equal, seen[1], map(bk.to_numpy, leaves(after))))


def test_a_residual_is_told_the_level_and_held_against_the_loss():
    told = []

    def residual(params, level):
        told.append(level)
        return 0.5**level

    rule = ResidualDriven(share=0.05, cap=5)
    found = training(
        network=correcting(), validation=0.25, refine=Refine(rule, every=2, residual=residual)
    ).run(start(), data())
    levels = [check.level for check in found.refinement.checks]
    assert told == [1, *levels[:-1]]
    assert 3 <= levels[-1] <= 5
    for check, level in zip(found.refinement.checks, told, strict=True):
        assert check.error == 0.5**level


@pytest.mark.parametrize("stop", [3, 8, 11])
def test_going_on_is_never_having_stopped(bk, stop, tmp_path):
    """From a checkpoint, bit for bit: parameters, decisions, memory of the rule, work."""
    placed = bk.asarray(data())
    trainer = training(
        network=correcting(), validation=0.25, validate_every=5, refine=Refine(QUICK, every=2)
    )
    whole = trainer.run(start(), placed)
    assert whole.refinement.level > 2
    path = tmp_path / "half.safetensors"
    save_checkpoint(path, replace(trainer, updates=stop).run(start(), placed))
    half, _ = load_checkpoint(path)
    rest = trainer.run(None, placed, state=half)
    assert rest.refinement == whole.refinement
    assert np.array_equal(rest.losses, whole.losses)
    assert all(
        np.array_equal(bk.to_numpy(a), bk.to_numpy(b))
        for a, b in zip(leaves(rest.params), leaves(whole.params), strict=True)
    )


def test_decisions_are_the_same_on_every_backend(backends):
    """From the same errors: the rule sees numbers of the host only."""
    errors = iter([])
    trainer = training(
        network=correcting(), refine=Refine(QUICK, 2, monitor=lambda params: next(errors))
    )
    found = []
    for bk in backends.values():
        errors = iter(np.exp(np.random.default_rng(0).normal(0, 0.3, 9)).tolist())
        found.append(trainer.run(start(), bk.asarray(data())).refinement)
    assert len(found[0].checks) == 9
    assert all(other == found[0] for other in found)


def test_a_record_survives_json():
    refinement = Refinement(QUICK.start()).worked(3)
    for update, error in enumerate([1.0, float("inf"), float("nan"), 0.1]):
        state, _ = QUICK.step(refinement.state, error)
        refinement = refinement.checked(update, error, state)
    text = json.dumps(refinement.plain(), allow_nan=False)
    assert repr(Refinement.read(json.loads(text))) == repr(refinement)


def test_other_states_are_refused(tmp_path):
    refining = training(network=correcting(), refine=Refine(Linear(1, 1), every=4))
    plain = training(network=correcting())
    state = refining.run(start(), data())
    with pytest.raises(InvalidInput, match="expected that of a training without refine, got one"):
        plain.run(None, data(), state=state)
    with pytest.raises(InvalidInput, match="expected that of a training with refine, got one"):
        refining.run(None, data(), state=without(state))
    path = tmp_path / "c.safetensors"
    replace(refining, checkpoint=Checkpointing(path)).run(start(), data())
    other = replace(refining, refine=Refine(Linear(1, 2), every=4), checkpoint=Checkpointing(path))
    with pytest.raises(InvalidInput, match=r"refine = linear;1;2;every=4 as now, got linear;1;1"):
        other.saved()
    kept = replace(refining, checkpoint=Checkpointing(path)).saved()
    assert repr(kept.refinement) == repr(state.refinement)  # errors are NaN here


@pytest.mark.parametrize("fuse", [False, True])
@pytest.mark.parametrize(("kind", "programs"), [("sweeps", 4), ("budget", 1)])
def test_programs(kind, programs, fuse, monkeypatch):
    """Levels 1, 2, 3, 4: an update is traced once a level, or once if the level is an array."""
    pytest.importorskip("jax")
    bk, traced = xpde.backend("jax", dtype="float64"), []
    plain = Program.update

    def counting(self, *args):
        traced.append(1)
        return plain(self, *args)

    monkeypatch.setattr(Program, "update", counting)
    solver = Sweeps() if kind == "sweeps" else Budget.on(bk)
    network = Conv(1, 1, 1, 2 + fuse, 1, activation="tanh")  # programs of no other test
    trainer = Trainer(
        Corrector(network, solver, "parallel"), Supervised(1), sgd(constant(0.0125)), updates=32,
        batch_size=4, updates_per_dispatch=4, fuse=fuse, refine=Refine(Linear(1, 1, cap=4), 4),
    )  # fmt: skip
    params, placed = network.init(np.random.default_rng(0)), bk.asarray(data())
    found = trainer.run(params, placed)
    assert found.refinement.changes == ((0, 1), (4, 2), (8, 3), (12, 4))
    once = len(traced)
    assert once == programs
    trainer.run(params, placed)
    assert len(traced) == once  # programs are kept


def test_both_kinds_of_level_have_the_same_numbers(bk, relative):
    placed, losses = bk.asarray(data()), []
    for solver in (Sweeps(), Budget.on(bk)):
        trainer = training(network=correcting(solver), refine=Refine(Linear(1, 1, cap=4), 4))
        losses.append(trainer.run(start(), placed).losses)
    # the same operations, fused otherwise; 16 updates of a contraction
    assert relative(*losses) < 1e-12


def test_log(tmp_path):
    """A line for each check, none twice after an interruption, and the outcome at the end."""
    path = tmp_path / "log.jsonl"
    trainer = training(
        network=correcting(), callbacks=[log_lines(path, every=6)], refine=Refine(Linear(1, 1), 4)
    )
    trainer.run(start(), data())
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    checks = [line for line in lines if "check" in line]
    assert [(c["update"], c["check"], c["level"]) for c in checks] == [
        (0, 0, 1), (4, 1, 2), (8, 2, 3), (12, 3, 4), (16, 4, 5),
    ]  # fmt: skip
    assert checks[0] | {"error": None, "why": "scheduled"} == checks[0]
    assert [line["update"] for line in lines] == sorted(line["update"] for line in lines)
    assert [line["level"] for line in lines if "loss" in line] == [2, 4, 5]
    assert "from level 1 to 5; at every check" in lines[-1]["refinement"]
    whole = [{k: v for k, v in line.items() if k != "seconds"} for line in lines]

    for stop in (7, 12):
        path.unlink()
        half = replace(trainer, updates=stop, callbacks=[log_lines(path, every=6)])
        state = half.run(start(), data())
        trainer.run(None, data(), state=state)
        again = [json.loads(line) for line in path.read_text().splitlines()]
        again = [{k: v for k, v in line.items() if k != "seconds"} for line in again]
        # the shorter training had an end of its own, with a report
        ends = {"update": stop, "refinement": state.refinement.report()}
        own = [line for line in again if line != ends and (stop != 7 or "loss" not in line)]
        assert own == [line for line in whole if stop != 7 or "loss" not in line]


def test_report():
    refinement = Refinement(Constant(3).start())
    still = replace(refinement, checks=tuple(Check(u, 0.1, 3, "vain") for u in range(5)), work=12)
    assert still.report().startswith("never refined in 5 checks: level 3 throughout, the last ")
    assert "12 inner iterations" in still.report()
    moved = tuple(Check(u, 0.1, level, "paid") for u, level in enumerate([1, 1, 2]))
    assert (
        replace(still, checks=moved)
        .report()
        .startswith("refined once in 3 checks, from level 1 to 2; 12")
    )


SOLVED = Composite(((1.0, Supervised(2)), (2.0, Pushforward(MixedChain(2, physics_steps=1), 1))))


@pytest.mark.parametrize(
    "objective",
    [DivertedChain(2), Residuum(), SOLVED, Curriculum(((0, Supervised()), (3, SOLVED)))],
)
def test_objectives_hand_the_level_on(objective):
    """To the solver that is bound, which is not changed itself; setting it twice sets it once."""
    bound = objective.bind(Sweeps())
    assert refinable(bound)
    assert not refinable(objective)
    window = data()[0][:, None]
    other = objective.bind(Sweeps(2))
    for found in (bound.refined(2), bound.refined(5).refined(2), at_level(NETWORK, bound, 2)[1]):
        assert type(found) is type(bound)
        assert found.at(4)(lambda u: 0.9 * u, window) == other.at(4)(lambda u: 0.9 * u, window)
    assert at_level(NETWORK, bound, 2)[0] is NETWORK


def test_a_residuum_of_the_user_is_refined():
    class Defect:
        level = MOST

        def refined(self, level):
            made = Defect()
            made.level = level
            return made

        def __call__(self, after, before):
            return self.level * (after - before)

    assert Residuum(residuum=Defect()).refined(3).residuum.level == 3
    assert not Residuum(residuum=lambda a, b: a - b).bind(Sweeps()).refinable


def test_a_wrapper_around_any_function(bk):
    """``Refined(solver, set)``: the level is what ``set`` makes of it."""
    wrapped = Refined(by_hand(MOST), lambda solver, level: by_hand(level))
    u = bk.asarray(data()[0, 0])
    assert np.array_equal(bk.to_numpy(wrapped.refined(2)(u)), bk.to_numpy(Sweeps(2)(u)))
    corrector = Corrector(NETWORK, wrapped)
    assert refinable(corrector)
    assert refined(corrector, 2).coarse.solver is not wrapped.solver
    assert not refinable(Corrector(NETWORK, by_hand(2)))
    found = training(network=corrector, refine=Refine(Constant(2), 8)).run(
        start(), bk.asarray(data())
    )
    plain = training(network=Corrector(NETWORK, by_hand(2))).run(start(), bk.asarray(data()))
    assert same_bits(bits(bk, found), bits(bk, plain))


@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
def test_a_training_that_diverges_carries_its_level():
    def monitor(params):
        return 1.0

    wild = sgd(constant(1e200))
    trainer = training(
        network=correcting(), optimizer=wild, refine=Refine(QUICK, 1, monitor=monitor)
    )
    with pytest.raises(NonFinite) as caught:
        trainer.run(start(), data())
    assert caught.value.trained.refinement.checks[0] == Check(0, 1.0, 1, "early")


BAD = [
    (lambda: training(refine=Refine(Constant(1))), "refine: expected a solver with refined(level)"),
    (
        lambda: training(network=correcting(), refine=Refine(QUICK)),
        "refine: expected a validation share above 0 or a monitor for prdp",
    ),
    (lambda: Refine(Constant(1), every=0), "refine: expected checks every 1 updates or more"),
    (lambda: Refine(ResidualDriven()), "refine: expected residual(params, level) for the rule"),
    (
        lambda: Together(
            {
                name: training(seed=s, network=NET, objective=OBJECTIVE, refine=ONE)
                for s, name in enumerate("ab")
            }
        ),
        "together: expected trainers without refine",
    ),
]
NET, ONE = correcting(), Refine(Constant(1))
OBJECTIVE = Supervised(2)


@pytest.mark.parametrize(("make", "message"), BAD, ids=[m for _, m in BAD])
def test_refusals(make, message):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
