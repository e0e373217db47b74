"""Campaigns: what they write, that nothing is done twice, that budgets are never mixed."""

from dataclasses import replace

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.study.data import reference_data
from xpde.study.lock import exclusive
from xpde.study.store import read_fields, read_json, read_table
from xpde.study.superiority import campaign as module
from xpde.study.superiority.advection import advection
from xpde.study.superiority.burgers import burgers
from xpde.study.superiority.campaign import Campaign
from xpde.study.superiority.experiment import SeedGrid, Seeds
from xpde.study.superiority.table import Budget, Row, Table
from xpde.study.superiority.trial import Judge, Trial, run_trial

SMALL = {"train_samples": 6, "test_samples": 3, "horizon": 4}


def made(**changes):
    experiment = advection("a", **SMALL).at(updates=4, batch=2)
    rows = (
        Row("one", experiment, "Conv;3;1;relu", {1: 1.0, 2: 0.9}),
        Row("two", experiment, "Pure;3;identity"),
    )
    table = Table("T0", "a test", rows, SeedGrid((0, 1), (5,), (6, 7), (8,)), Budget(seeds=1))
    return replace(table, **changes)


def quiet(*words):
    """Say nothing."""


@pytest.fixture
def counted(monkeypatch):
    """Trainings that were really done."""
    done = []

    def counting(trial, *rest):
        done.append(trial)
        return run_trial(trial, *rest)

    monkeypatch.setattr(module, "run_trial", counting)
    return done


def test_what_is_finished_is_not_done_again(tmp_path, counted):
    table = made()
    few = Campaign(tmp_path, Budget(seeds=1), "numpy", "float64").run(table, quiet)
    assert len(counted) == 2
    assert not few.curves["whole"].any()
    full = Campaign(tmp_path, Budget(), "numpy", "float64").run(table, quiet)
    assert len(counted) == 8  # two rows of four seeds, two of them known
    assert full.curves["whole"].all()
    assert set(full.curves["seeds"]) == {4}
    again = Campaign(tmp_path, Budget(), "numpy", "float64").run(table, quiet)
    assert len(counted) == 8
    assert again.curves.equals(full.curves)
    assert again.runs.equals(full.runs)
    assert read_table(tmp_path / "T0" / "curves.parquet").equals(full.curves)
    assert list(full.runs.groupby("row", sort=False).size()) == [4, 4]
    one = full.curves[full.curves["row"] == "one"]
    np.testing.assert_array_equal(one["published"], [1.0, 0.9, np.nan, np.nan])


def test_rows_are_added_to_what_is_there(tmp_path, counted):
    table, campaign = made(), Campaign(tmp_path, Budget(seeds=1), "numpy", "float64")
    one = campaign.run(table, quiet, ("one",))
    assert (len(counted), list(one.curves["row"].unique())) == (1, ["one"])
    both = campaign.run(table, quiet, ("two",))
    assert (len(counted), list(both.curves["row"].unique())) == (2, ["one", "two"])


def test_seeds_of_ones_own_are_not_those_of_the_paper(tmp_path, counted):
    table = made().seeded(test=(9,), init=(0, 1, 2))
    campaign = Campaign(tmp_path, Budget(), "numpy", "float64")
    found = campaign.run(table, quiet, ("one",))
    assert (len(counted), set(found.curves["seeds"]), set(found.curves["whole"])) == (
        3, {3}, {False},
    )  # fmt: skip
    more = campaign.run(table.seeded(test=(6, 7, 9)), quiet, ("one",))
    assert (len(counted), set(more.curves["whole"])) == (9, {True})  # the paper's are among them


def test_other_budgets_are_other_runs(tmp_path, counted):
    table = made()
    longer = Campaign(tmp_path, Budget(seeds=1, updates=5), "numpy", "float64")
    found = longer.run(table, quiet)
    assert (set(found.curves["updates"]), set(found.curves["whole"])) == ({5}, {False})
    with pytest.raises(InvalidInput, match="expected finished runs"):
        Campaign(tmp_path, Budget(seeds=1), "numpy", "float64").collect(table)
    with pytest.raises(InvalidInput, match="expected finished runs"):
        Campaign(tmp_path, Budget(seeds=1, updates=5), "numpy", "float32").collect(table)
    assert len(longer.collect(table).runs) == 2
    assert len(counted) == 2


def test_files_of_a_run(tmp_path):
    table = made()
    campaign = Campaign(tmp_path, Budget(seeds=1), "numpy", "float64")
    campaign.run(table, quiet)
    place = campaign.place(table, "one")
    config, done = read_json(place / "config.json"), read_json(place / "done.json")
    assert config["seeds"] == {"init": 0, "train": 5, "test": 6, "shuffle": 8}
    assert done["provenance"]["seeds"] == config["seeds"]
    assert done["figures"]["status"] == "done"
    fields, _ = read_fields(place / "fields.h5")
    assert {name: field.shape for name, field in fields.items()} == {
        "initial": (100,),
        "reference": (4, 100),
        "teacher": (4, 100),
        "emulator": (4, 100),
    }
    assert len(read_table(place / "errors.parquet")) == 3 * 4


def test_a_folder_belongs_to_one_process(tmp_path):
    with exclusive(tmp_path / "lock") as mine:
        assert mine
        with pytest.raises(InvalidInput, match="in use now"):
            Campaign(tmp_path, Budget(), "numpy").run(made(), quiet)


def beaten(backends, network, updates, batch=4):
    """Ratios over ten steps of a training on one Picard step."""
    bk, seeds = backends["jax"], Seeds(0, 100, 10_000, 1_000_000)
    experiment = burgers().at(updates=updates, batch=batch)
    trial = Trial(experiment, network, seeds, "jax", "float64")
    data = reference_data(experiment.taught(seeds), bk, "train")
    found = run_trial(trial, bk, data, Judge(experiment, seeds, bk))
    means = found.errors.groupby("step").mean()
    return means["emulator"] / means["teacher"]


def test_an_emulator_of_burgers_beats_its_teacher(backends):
    """Figure 6, 500 updates instead of 100 000: it imitates at first and is better afterwards.

    The test has shocks, which the training does not. Published medians are 1.00, .79, .73, .69 at
    steps 1, 3, 4, 5; a third of the way from 1 to there is asked for.
    """
    ratios = beaten(backends, "Dil;2;32;2;relu", 500, batch=2)
    assert abs(ratios[1] - 1) < 0.05
    assert np.all(ratios[[3, 4, 5]] < 0.9)


@pytest.mark.slow
@pytest.mark.parametrize("network", ["Conv;34;10;relu", "Res;26;8;relu", "UNet;12;2;relu"])
def test_other_networks_do_too(backends, network):
    """Published: below 0.88 at step 3, for these networks, which still imitate to a tenth here."""
    ratios = beaten(backends, network, 6_000)
    assert abs(ratios[1] - 1) < 0.1
    assert ratios[3] < 0.95
