"""Withheld trajectories: which they are, what is measured on them, and what that decides."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpde
from xpde.core import leaves, tree_map
from xpde.errors import InvalidInput
from xpde.optim import constant, sgd
from xpde.train import MSE, Curriculum, Supervised, Trained, Windows
from xpde.train.validation import Split, judged, verdict

sys.path.insert(0, str(Path(__file__).parent))
from small import NETWORK, bits, data, same_bits, start, training

EPS = np.finfo(np.float64).eps


@given(st.integers(2, 60), st.floats(0.001, 0.999), st.integers(2, 6), st.integers(1, 9))
def test_every_window_is_in_one_half(samples, share, snapshots, size):
    """Training and validation windows never share a trajectory; together they are all."""
    split = Split(samples, snapshots, 1, share)
    assert 1 <= split.withheld < samples
    assert abs(split.withheld - share * samples) <= 0.5 + 1e-9 or split.withheld in (1, samples - 1)
    trained = split.training.rows(np.arange(split.training.count))
    validated = np.concatenate(list(split.batches(size)))
    everything = Windows(samples, snapshots, 1)
    assert np.array_equal([*trained, *validated], everything.rows(np.arange(everything.count)))
    assert max(trained) // snapshots < min(validated) // snapshots
    assert all(len(rows) <= size for rows in split.batches(size))


def test_nothing_is_withheld_by_default():
    assert Split(3, 4, 2).withheld == 0
    assert Split(3, 4, 2).training == Windows(3, 4, 2)


def test_the_loss_is_the_mean_over_all_withheld_windows(bk, relative):
    """Six windows in batches 5 and 1, against one sum over windows on the host."""
    host = data()
    split = training(updates=4, validation=0.5, validate_every=3, batch_size=5)
    found = split.run(start(), bk.asarray(host))
    assert found.validated.tolist() == [0, 3, 4]
    assert found.validation.dtype == np.float64
    for params, value in ((start(), found.validation[0]), (found.averaged, found.validation[-1])):
        p = tree_map(bk.to_numpy, tree_map(bk.asarray, params))
        total = 0.0
        for sample in host[2:]:
            for first in range(3):
                u = sample[first]
                for t in (1, 2):
                    u = NETWORK.apply(p, u)
                    total += np.mean((u - sample[first + t]) ** 2)
        # means of 6 windows of 8 points and two levels, of a dozen operations each
        assert relative(value, total / 6) < 1000 * EPS


def test_withheld_trajectories_do_not_train(bk):
    """A training on the other trajectories alone has the same bits."""
    host = data()
    split = training(validation=0.25, validate_every=5).run(start(), bk.asarray(host))
    alone = training().run(start(), bk.asarray(host[:3]))
    assert np.array_equal(split.losses, alone.losses)
    for a, b in zip(leaves(split.params), leaves(alone.params), strict=True):
        assert np.array_equal(bk.to_numpy(a), bk.to_numpy(b))


def turning(step):
    """Descent for six updates, then ascent."""
    return 0.1 if step < 6 else -0.3


@pytest.mark.parametrize("patience", [2, 3])
def test_stops_in_time_with_the_best_parameters(bk, patience):
    """After a turn of the gradient at update 6 validation only gets worse."""
    plain = training(optimizer=sgd(turning), updates=100, validation=0.25, validate_every=2)
    found = replace(plain, patience=patience, select="best").run(start(), bk.asarray(data()))
    update, value = found.best_validation
    assert update == 6
    assert value == np.min(found.validation) < found.validation[0]
    assert found.updates == 6 + 2 * -(-patience // 2)  # every 2 updates is a look
    assert "no validation loss below" in found.stopped
    assert "of update 6, for" in found.stopped
    until = replace(plain, updates=6).run(start(), bk.asarray(data()))
    assert until.stopped == ""
    for best, a, b in zip(*map(leaves, (found.emulator, until.params, found.params)), strict=True):
        assert np.array_equal(bk.to_numpy(best), bk.to_numpy(a))
        assert not np.array_equal(bk.to_numpy(best), bk.to_numpy(b))


def test_a_stopped_training_stays_stopped_until_it_is_given_more_patience(backends):
    bk = backends["numpy"]
    plain = training(optimizer=sgd(turning), updates=20, validation=0.25, validate_every=2)
    short = replace(plain, patience=2).run(start(), data())
    again = replace(plain, patience=2).run(None, data(), state=short)
    assert same_bits(bits(bk, again), bits(bk, short))
    assert again.stopped
    longer = replace(plain, patience=8).run(None, data(), state=short)
    assert longer.updates == 14
    through = replace(plain, patience=8).run(start(), data())
    assert same_bits(bits(bk, longer), bits(bk, through))


def test_the_best_is_an_average_where_one_is_kept(bk):
    """The emulator of a longer training is that of a training up to its best update."""
    plain = training(validation=0.25, validate_every=4, select="best")
    found = plain.run(start(), bk.asarray(data()))
    until = replace(plain, updates=found.best_validation[0]).run(start(), bk.asarray(data()))
    for best, a, b in zip(
        *map(leaves, (found.emulator, until.averaged, until.params)), strict=True
    ):
        assert np.array_equal(bk.to_numpy(best), bk.to_numpy(a))
        assert not np.array_equal(bk.to_numpy(best), bk.to_numpy(b))


def state(updates, values):
    empty = Trained({"p": np.zeros(1)}, None, np.empty(0), 0)
    for update, value in zip(updates, values, strict=True):
        empty = judged(
            replace(empty, updates=update, params={"p": np.ones(1) * update}), value, True
        )
    return empty


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ([3.0, 2.0, 2.0], 10),
        ([np.nan, 2.0, np.inf], 10),
        ([3.0, np.nan, 4.0], 0),
        ([-np.inf, 1.0, 2.0], 10),
        ([np.nan, np.inf, np.nan], None),
    ],
)
def test_what_is_no_number_is_never_best(values, best):
    """The first of equal values counts; NaN and infinity are worse than any number."""
    now = state([0, 10, 20], values)
    assert (now.best_validation or (None,))[0] == best
    assert now.emulator["p"][0] == (20 if best is None else best)
    assert bool(verdict(now, 15)) == (best != 10)
    assert not verdict(now, None)


def test_compiled_once():
    """A loss that counts its tracings: full and short batches, to train and to validate."""
    pytest.importorskip("jax")
    calls = []

    def counted(pred, ref):
        calls.append(1)
        return MSE(pred, ref)

    placed = xpde.backend("jax", dtype="float64").asarray(data())
    one = training(objective=Supervised(1, counted), validation=0.5, validate_every=2, batch_size=5)
    first = one.run(start(), placed)
    assert len(calls) == 4
    assert first.validated.tolist() == list(range(0, 17, 2))
    again = one.run(start(), placed)
    assert len(calls) == 4
    assert np.array_equal(first.validation, again.validation)


def test_a_curriculum_is_judged_by_its_last_stage(backends, relative):
    """Values of one training can be compared: those before a stage begins are of the last too."""
    stages = Curriculum(((0, Supervised(1)), (5, Supervised(2))))
    found, last = (
        training(objective=objective, updates=4, validation=0.25, validate_every=4).run(
            start(), data()
        )
        for objective in (stages, Supervised(2))
    )
    assert found.validation[0] == last.validation[0]
    assert found.validation[1] != last.validation[1]


def test_a_state_without_best_is_refused(backends):
    found = training(updates=4, validation=0.25).run(start(), data())
    with pytest.raises(InvalidInput, match="go on with select='last'"):
        training(validation=0.25, select="best").run(None, data(), state=found)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"validation": 1.0}, r"validation: expected a share in \[0, 1\), got 1.0"),
        ({"validation": -0.1}, r"validation: expected a share in \[0, 1\), got -0.1"),
        ({"validation": float("nan")}, "validation: expected a share"),
        ({"patience": 5}, "patience: expected a validation share above 0"),
        ({"select": "best"}, "select: expected a validation share above 0"),
        ({"select": "bset", "validation": 0.5}, "unknown select 'bset': did you mean best"),
        ({"patience": 0, "validation": 0.5}, "patience: expected at least 1, got 0"),
        ({"validate_every": 0}, "validate_every: expected at least 1, got 0"),
    ],
)
def test_bad_input_is_one_line(changes, expected):
    with pytest.raises(InvalidInput, match=expected) as info:
        training(**changes)
    assert "\n" not in str(info.value)


def test_one_trajectory_cannot_be_both():
    with pytest.raises(InvalidInput, match="expected at least 2 trajectories to withhold"):
        training(validation=0.5).run(start(), data(samples=1))


def test_constant_rates_are_left_alone():
    """The turn above is made by the schedule; without it the last update is the best."""
    found = training(
        optimizer=sgd(constant(0.1)), validation=0.25, validate_every=2, patience=4
    ).run(start(), data())
    assert found.best_validation[0] == found.updates == 16
    assert found.stopped == ""
