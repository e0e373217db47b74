import io
from dataclasses import replace

import h5py
import numpy as np
import pandas as pd
import pytest

from xpde.report.study import StudyRecord
from xpde.report.study.curves import loss_exhibit
from xpde.report.study.rollout import Rollout
from xpde.report.study.samples import Sample, chosen, sample_exhibit
from xpde.report.study.scores import scores


def read(exhibit):
    return pd.read_csv(io.StringIO(exhibit.csv()))


@pytest.mark.parametrize("metric", ["mean_nRMSE", "mean_correlation"])
def test_error_curves_are_quantiles_of_the_table(record, exhibits, metric):
    table = record.groups[0].tables["metrics"]
    data = read(exhibits[f"error-{metric}"])
    for net, rows in data.groupby("net"):
        own = table[(table["net"] == net) & (table["metric"] == metric)]
        values = own.pivot(index="step", columns="run", values="value").to_numpy()
        expected = np.quantile(values, [0.25, 0.5, 0.75], axis=1)
        # interpolation rounds twice, and what is written is read back exactly
        found = rows[["lower", "median", "upper"]].to_numpy().T
        np.testing.assert_allclose(found, expected, rtol=4e-16)
        assert set(rows["seeds"]) == {values.shape[1]}


def test_bars_hold_every_seed(record, exhibits):
    data = read(exhibits["gmean"])
    table = pd.concat([s.table for s in scores(record.groups[0])])
    assert list(data["run"]) == list(table["run"])
    np.testing.assert_array_equal(data["gmean"], table["gmean"])
    assert (data["status"] == "diverged").sum() == 1


def test_losses_are_thinned_numbers_of_the_table(record, exhibits):
    data = read(exhibits["losses"])
    table = record.groups[0].tables["losses"]
    for (net, of), rows in data.groupby(["net", "of"]):
        assert len(rows) <= 300
        own = table[(table["net"] == net) & table[of].notna()]
        assert rows["update"].max() == own["update"].max()
        at = own[own["update"] == rows["update"].iloc[5]]
        assert rows["median"].iloc[5] == pytest.approx(at[of].median(), rel=4e-16)
    assert np.isfinite(data[["lower", "median", "upper"]]).all(axis=None)


def test_diverged_trainings_end_with_a_cross(record):
    with_one, without = (loss_exhibit(group) for group in record.groups)
    crosses = [
        [line for axes in one.figure.axes for line in axes.get_lines() if line.get_marker() == "X"]
        for one in (with_one, without)
    ]
    assert len(crosses[0]) == 2  # training and validation loss
    assert crosses[0][0].get_xdata()[0] == 698  # the last finite loss
    assert crosses[1] == []
    assert "cross" in with_one.caption


def test_spectra_are_summed_over_channels(record, exhibits):
    data = read(exhibits["spectra"])
    table = record.groups[0].tables["spectra"]
    assert sorted(data["step"].unique()) == [1, 60, 120]
    truth = data[(data["of"] == "reference") & (data["step"] == 60)]
    k = truth["wavenumber"].to_numpy()
    assert k.min() == 1
    # both channels of the made-up reference, 1 and 2 times exp(-k/2), each rounded
    np.testing.assert_allclose(truth["median"], 3 * np.exp(-0.5 * k), rtol=1e-15)
    own = table[(table["net"] == "FNO;4;4;1;gelu") & (table["of"] == "emulator")]
    own = own[(own["step"] == 120) & (own["wavenumber"] == 3)]
    sums = own.groupby("run", observed=True)["value"].sum()
    rows = data[(data["net"] == "FNO;4;4;1;gelu") & (data["step"] == 120)]
    found = rows.loc[rows["wavenumber"] == 3, "median"].item()
    assert found == pytest.approx(np.median(sums), rel=1e-15)


def test_samples_are_of_the_median_seed(record, study, exhibits):
    data = read(exhibits["samples"])
    for score in scores(record.groups[0]):
        run = score.middle()[0]
        seed = score.table.set_index("run").loc[run, "seed"]
        with h5py.File(study / "runs" / run / "rollouts.h5") as file:
            emulator, reference = file["emulator"][0, :, 0], file["reference"][0, :, 0]
        step, x = data["step"].to_numpy(), np.round(data["x"].to_numpy() * 32).astype(int)
        column = f"{score.series.label} seed {seed}"
        # five digits are written
        np.testing.assert_allclose(data[column], emulator[step, x], rtol=1e-4, atol=1e-12)
        np.testing.assert_allclose(data["reference"], reference[step, x], rtol=1e-4, atol=1e-12)


def rollout(dims, frames, drift=0.1):
    shape = (len(frames), *(6,) * dims)
    truth = np.random.default_rng(0).standard_normal(shape)
    return Rollout(truth, truth + drift, np.asarray(frames), (1.0,) * dims, 0.5, 1.0, 1)


@pytest.mark.parametrize(
    ("dims", "frames"), [(1, [0, 1, 5, 40]), (2, [0, 1, 2, 3, 9]), (2, [0]), (3, [0, 4, 8])]
)
def test_samples_are_drawn_in_every_dimension(record, dims, frames):
    samples = [Sample(s, 0, 0.1, rollout(dims, frames)) for s in record.groups[0].series]
    one = sample_exhibit(samples)
    panels = [axes for axes in one.figure.axes if axes.images]
    times = len([f for f in frames if f > 0]) or 1
    states = 1 if dims == 1 else min(3, times)
    assert len(panels) == (1 + 2 * len(samples)) * states
    errors = panels[-1].images[0].get_array()
    np.testing.assert_allclose(errors, 0.1, rtol=1e-12)  # cancellation in a sum of size 1
    data = read(one)
    assert ("x2" in data) is False
    assert set(data["step"]) <= set(frames)


def test_a_rollout_that_blows_up_is_drawn(record):
    wild = rollout(1, range(9))
    wild.emulator[5:] = np.nan
    wild.emulator[4] = 1e30
    one = sample_exhibit([Sample(record.groups[0].series[0], 0, np.inf, wild)])
    image = one.figure.axes[2 + 1].images[0]
    assert image.norm.vmax == 1.0  # at most the size of the reference


def test_the_best_of_every_network_is_shown_first(record):
    base = record.groups[0].series[0]

    def sample(net, variant, error):
        series = replace(base, net=net, variant=variant)
        return Sample(series, 0, error, rollout(1, range(3)))

    every = [sample("A", "1", 5.0), sample("A", "2", 1.0), sample("B", "1", 9.0),
             sample("A", "3", 2.0)]  # fmt: skip
    labels = [s.series.label for s in chosen(every, 2)]
    assert labels == ["A · 2", "B · 1"]
    assert [s.series.label for s in chosen(every, 3)] == ["A · 2", "B · 1", "A · 3"]
    assert len(chosen(every, 9)) == 4


def test_a_damaged_rollout_is_named_and_the_next_seed_taken(make_study, made_runs):
    runs = made_runs((("diff_adv", {"points": 32}),), ("Conv;8;2;relu",))
    folder = make_study(runs)
    score = scores(StudyRecord.read(folder).groups[0])[0]
    first, second, _ = score.middle()
    (folder / "runs" / first / "rollouts.h5").write_bytes(b"no HDF5")
    record = StudyRecord.read(folder)
    samples, notes = record.samples(record.groups[0])
    assert samples[0].seed == score.table.set_index("run").loc[second, "seed"]
    assert len(notes) == 1
    assert first in notes[0]
