import numpy as np
import pandas as pd
import pytest

from xpde.report.study.bands import band, thin


def table(values):
    seeds, steps = values.shape
    run, step = np.meshgrid(np.arange(seeds), np.arange(1, steps + 1), indexing="ij")
    return pd.DataFrame({"run": run.ravel(), "step": step.ravel(), "value": values.ravel()})


@pytest.mark.parametrize("seeds", [1, 2, 3, 4, 7])
def test_bands_are_numpys_quantiles(seeds):
    values = np.random.default_rng(seeds).lognormal(size=(seeds, 9))
    found = band(table(values).sample(frac=1, random_state=0), "step", "value")
    expected = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    # two roundings of an interpolation
    np.testing.assert_allclose(found[["lower", "median", "upper"]].T, expected, rtol=4e-16)
    assert list(found["step"]) == list(range(1, 10))
    assert set(found["seeds"]) == {seeds}


def test_what_is_not_a_number_is_larger_than_all():
    values = np.asarray([[1.0], [2.0], [np.nan]])
    row = band(table(values), "step", "value").iloc[0]
    assert (row["lower"], row["median"], row["upper"]) == (1.5, 2.0, np.inf)


def test_a_run_that_ended_does_not_count():
    rows = table(np.asarray([[1.0, 1.0], [3.0, 9.0]]))
    found = band(rows[(rows["run"] == 0) | (rows["step"] == 1)], "step", "value")
    assert list(found["median"]) == [2.0, 1.0]
    assert list(found["seeds"]) == [2, 1]


@pytest.mark.parametrize("count", [2, 3, 100, 2000])
def test_thinning_keeps_both_ends_and_changes_no_number(count):
    rows = table(np.arange(2000.0).reshape(2, 1000))
    kept = thin(rows, "step", count)
    assert kept["step"].nunique() <= count
    assert kept["step"].min() == 1
    assert kept["step"].max() == 1000
    pd.testing.assert_frame_equal(kept, rows.loc[kept.index])
