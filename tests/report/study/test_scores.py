import numpy as np
import pandas as pd
import pytest

from xpde.report.study.contrasts import contrasts
from xpde.report.study.scores import scores
from xpde.study.significance import significance
from xpde.study.summary import aggregate_gmean, candidate_columns, with_diverged
from xpde.study.tables import collect


def test_geometric_means_are_those_of_the_tables(record):
    group = record.groups[0]
    metrics = group.tables["metrics"]
    for score in scores(group):
        for _, row in score.table.iterrows():
            rows = metrics[(metrics["run"] == row["run"]) & (metrics["metric"] == "mean_nRMSE")]
            errors = rows.loc[rows["step"] <= 100, "value"].to_numpy()
            if row["status"] == "done":
                assert len(errors) == 100
                expected = np.prod(errors ** (1 / 100))
                assert row["gmean"] == pytest.approx(expected, rel=1e-13)  # 100 roundings


def test_diverged_is_infinite_and_failed_is_nothing(record, all_runs):
    conv, unet, _ = scores(record.groups[0])
    assert list(np.isinf(conv.table["gmean"])) == [False, True, False]
    assert conv.lost == {"diverged": 1}
    assert conv.quartiles["median"] == max(conv.finite)
    assert conv.quartiles["upper"] == np.inf
    assert unet.lost == {"failed": 1}
    assert unet.quartiles["median"] == pytest.approx(np.mean(unet.finite), rel=1e-15)
    assert list(conv.table["run"]) == [run.name for run in all_runs[:3]]


def test_the_middle_run_is_the_median_one(record):
    for score in scores(record.groups[1]):
        ranked = score.table.sort_values("gmean")["run"]
        count = len(score.finite)
        assert score.middle()[0] == ranked.iloc[(count - 1) // 2]
        assert sorted(score.middle()) == sorted(score.table["run"])


def test_contrasts_start_with_the_lowest_median(record):
    group = record.groups[1]
    found = contrasts(group)
    medians = {s.series.label: s.quartiles["median"] for s in scores(group)}
    assert found["verdict"].iloc[0] == "best"
    assert found["label"].iloc[0] == min(medians, key=medians.get)
    measured = found.set_index("label")["median"]
    pd.testing.assert_series_equal(
        measured, pd.Series(medians)[measured.index], check_names=False, check_index_type=False
    )


def test_contrasts_are_those_of_the_tables(record, study):
    tables = collect(study)
    means = with_diverged(aggregate_gmean(tables.metrics), tables.runs)
    of = candidate_columns(means)
    for group in record.groups:
        own = means[means["scenario"].astype(str) == group.scenario]
        expected = significance(own, "gmean_mean_nRMSE", ["scenario"], of).set_index("net")
        found = contrasts(group).set_index("label")
        assert list(found.index) == list(expected.index)
        columns = ["runs", "lost", "n", "ratio", "p_t", "p_holm", "verdict"]
        pd.testing.assert_frame_equal(
            found[columns], expected[columns], check_index_type=False, check_names=False
        )
