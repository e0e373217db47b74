"""A training and its judgment: the same on every backend, the teacher's own errors, divergence."""

from dataclasses import replace

import numpy as np
import pytest

import xpde
from xpde.metrics import RMSE, nRMSE
from xpde.study.data import reference_data
from xpde.study.superiority.advection import advection
from xpde.study.superiority.burgers import burgers
from xpde.study.superiority.comparison import COLUMNS, DECIDED, curves, sides
from xpde.study.superiority.experiment import Seeds
from xpde.study.superiority.table import Row
from xpde.study.superiority.trial import Judge, Trial, run_trial

NUMPY = xpde.backend("numpy", dtype="float64")
TINY = {"train_samples": 6, "test_samples": 3, "horizon": 4}


def tiny(make, **more):
    return make(**TINY, **more).at(updates=6, batch=3)


def done(trial, bk):
    data = reference_data(trial.experiment.taught(trial.seeds), bk, "train")
    return run_trial(trial, bk, data, Judge(trial.experiment, trial.seeds, bk))


def ratio(found):
    means = found.errors.groupby("step").mean()
    return (means["emulator"] / means["teacher"]).to_numpy()


@pytest.mark.parametrize(
    ("make", "network"),
    [(lambda **m: advection("a", **m), "FNO;2;4;1;gelu"), (burgers, "Conv;4;2;relu")],
    ids=["advection", "burgers"],
)
def test_ratios_agree_between_backends(backends, make, network):
    """Data, weights, batches, training, rollouts and errors are those of NumPy."""
    experiment = tiny(make)
    found = {
        name: done(Trial(experiment, network, Seeds(), name, "float64"), bk)
        for name, bk in backends.items()
        if name in ("numpy", "jax", "torch")
    }
    expected = ratio(found["numpy"])
    for name, one in found.items():
        # six updates of Adam divide gradients by their size: rounding of 1e-16 of each becomes at
        # most 1e-10 of an update of 1e-3 where a gradient is 1e-6 of the largest
        assert np.max(np.abs(ratio(one) / expected - 1)) < 1e-9, name
        assert one.figures["parameters"] == found["numpy"].figures["parameters"]


@pytest.mark.parametrize(("make", "metric"), [(advection, RMSE), (burgers, nRMSE)])
def test_errors_are_those_of_the_metric(make, metric):
    experiment = tiny(lambda **m: advection("a", **m) if make is advection else burgers(**m))
    found = done(Trial(experiment, "Conv;4;1;relu", Seeds(), "numpy", "float64"), NUMPY)
    fields, rows = found.fields, found.errors[found.errors["sample"] == 2]  # the last of three
    truth = fields["reference"][:, None]
    for name in ("emulator", "teacher"):
        expected = metric(fields[name][:, None], truth, dims=1)
        np.testing.assert_allclose(rows[name], expected, rtol=1e-13)
    apart = metric(fields["emulator"][:, None], fields["teacher"][:, None], dims=1)
    np.testing.assert_allclose(rows["apart"], apart, rtol=1e-13)
    assert list(rows["step"]) == [1, 2, 3, 4]
    start = experiment.judged(Seeds()).stepper(NUMPY)(fields["initial"][None])
    np.testing.assert_allclose(fields["reference"][0], start[0], rtol=0, atol=1e-12)


def test_every_seed_matters():
    experiment = tiny(lambda **m: advection("a", **m))
    base = done(Trial(experiment, "Conv;4;1;relu", Seeds(), "numpy", "float64"), NUMPY)
    for name in ("init", "train", "test", "shuffle"):
        seeds = replace(Seeds(), **{name: 77})
        other = done(Trial(experiment, "Conv;4;1;relu", seeds, "numpy", "float64"), NUMPY)
        assert not np.array_equal(ratio(other), ratio(base)), name
        same = np.array_equal(other.errors["teacher"], base.errors["teacher"])
        assert same == (name != "test")


def test_a_training_that_diverges_is_a_result():
    experiment = tiny(lambda **m: advection("a", **m))
    experiment = replace(experiment, optimizer="sgd;200;constant;1e9")
    trial = Trial(experiment, "Conv;4;1;relu", Seeds(), "numpy", "float64")
    found = done(trial, NUMPY)
    assert found.figures["status"] == "diverged"
    assert np.all(np.isinf(found.errors["emulator"]))
    assert np.all(np.isfinite(found.errors["teacher"]))
    row = Row("it", experiment, "Conv;4;1;relu", {1: 0.9, 2: 1.01})
    table = curves(row, [trial.seeds], [found.errors], [found.figures], whole=False)
    assert table["diverged"].iloc[0] == 1
    assert np.all(np.isinf(table["ratio"]))
    assert np.all(np.isfinite(table["denominator"]))


def test_curves_are_medians_of_ratios_of_means():
    experiment = tiny(lambda **m: advection("a", **m))
    row = Row("it", experiment, "Conv;4;1;relu", {1: 0.9, 2: 1.01, 3: 1.5})
    trials = [
        Trial(experiment, row.network, Seeds(init=i, test=t), "numpy", "float64")
        for i, t in ((0, 2), (1, 2), (2, 5))
    ]
    found = [done(trial, NUMPY) for trial in trials]
    table = curves(
        row, [t.seeds for t in trials], [f.errors for f in found], [f.figures for f in found], True
    )
    assert tuple(table.columns) == COLUMNS
    each = np.stack([ratio(one) for one in found])
    np.testing.assert_allclose(table["ratio"], np.median(each, axis=0), rtol=1e-14)
    assert np.all((table["low"] <= table["ratio"]) & (table["ratio"] <= table["high"]))
    # the first two have one test set: means over both of them
    above = np.mean([f.errors.groupby("step")["emulator"].mean() for f in found[:2]], axis=0)
    below = found[0].errors.groupby("step")["teacher"].mean()
    np.testing.assert_allclose(table["mean_ratio"], above / below, rtol=1e-13)
    assert np.all(table["mean_low"] <= table["mean_ratio"] + 1e-12)
    decided = sides(table)
    assert list(decided["step"]) == [1, 3]  # 1.01 is within DECIDED of 1
    assert DECIDED == 0.03
    expected = np.sign(table["ratio"].iloc[[0, 2]].to_numpy() - 1) == [-1, 1]
    assert list(decided["agrees"]) == list(expected)
