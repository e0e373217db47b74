"""Names and strings, correlation and the evaluation of trajectories."""

import inspect
from pathlib import Path

import numpy as np
import pytest

from xpde import metrics
from xpde.conventions import APEBENCH_0_1
from xpde.errors import InvalidInput
from xpde.metrics import METRICS, correlation, evaluate, metric, nRMSE
from xpde.report.catalogue import metrics_table
from xpde.study.words import metric_names

EPS = np.finfo(float).eps
VALUES = {"low": 1, "high": 2, "derivative": 1, "s": 0.5}
STRINGS = [";".join([n, *(str(VALUES[part]) for part in METRICS[n].form)]) for n in METRICS]
SIZES = ("MAE", "nMAE", "MSE", "nMSE", "RMSE", "nRMSE")
BENCHMARK = [
    *(f"mean_{form}{size}" for size in ("MAE", "MSE", "RMSE") for form in ("", "n", "s")),
    *(f"mean_fourier_{size};0;5;1" for size in SIZES),
    *(f"mean_H1_{size}" for size in SIZES),
    "mean_correlation",
]


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


# -- correlation ---------------------------------------------------------------------------------


def test_correlation_is_the_cosine(bk, relative):
    u, v = draw(3, 2, 6, 5), draw(3, 2, 6, 5, seed=1)
    expected = [
        np.mean([np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(x, y)])  # noqa: B905
        for x, y in zip(u, v, strict=True)
    ]
    value = correlation(bk.asarray(u), bk.asarray(v), dims=2)
    assert relative(bk.to_numpy(value), expected) < 64 * EPS  # sums of 30 terms


@pytest.mark.parametrize("factor", [3.0, -0.1])
def test_correlation_of_multiples_is_the_sign(factor):
    u = draw(4, 2, 32)
    np.testing.assert_allclose(correlation(u, factor * u, dims=1), np.sign(factor), rtol=8 * EPS)


def test_correlation_does_not_subtract_the_mean():
    one = np.ones((1, 8))
    assert correlation(one, one + draw(1, 8) * 0, dims=1) == pytest.approx(1.0, abs=4 * EPS)
    assert np.isnan(correlation(one, 0 * one, dims=1))


# -- names ---------------------------------------------------------------------------------------


def test_the_registry_is_what_is_exported():
    """Every metric by name is the function of that name, and every such function has a name."""
    for name, entry in METRICS.items():
        assert entry.function.__name__ == name
        assert getattr(metrics, name) is entry.function
        assert name in metrics.__all__
        assert entry.meaning
        assert entry.string.split(";")[0] == name
    general = {"norm", "fourier_norm"}  # they take a mode, and their names are in the registry
    arrays = {"spectrum_errors", "correlation_time", "gmean"}  # not one number of two states
    by_name = {"evaluate", "metric"}
    functions = {n for n in metrics.__all__ if inspect.isfunction(getattr(metrics, n))}
    assert functions - general - arrays - by_name == set(METRICS)


def test_arguments_are_those_of_the_function():
    for name, entry in METRICS.items():
        taken = set(inspect.signature(entry.function).parameters)
        named = {*entry.form, *entry.settings}
        assert named <= taken or "options" in taken, name


def test_every_name_is_documented():
    root = Path(__file__).parents[2]
    section = (root / "docs" / "conventions.md").read_text().split("## Metrics")[1]
    section = section.split("\n## ")[0]
    missing = [name for name, entry in METRICS.items() if f"`{entry.string}`" not in section]
    assert not missing


def test_the_benchmark_has_twenty_two():
    assert len(BENCHMARK) == 22
    u, v = draw(3, 2, 2, 12), draw(3, 2, 2, 12, seed=1)
    scores = evaluate(u, v, BENCHMARK, 1)
    assert list(scores) == BENCHMARK
    assert all(values.shape == (2,) and np.all(np.isfinite(values)) for values in scores.values())


@pytest.mark.parametrize("text", STRINGS)
def test_mean_is_over_samples(text):
    u, v = draw(4, 3, 1, 8), draw(4, 3, 1, 8, seed=1)
    mean = metric(f"mean_{text}")(u, v, dims=1)
    np.testing.assert_array_equal(mean, np.mean(metric(text)(u, v, dims=1), axis=0))
    assert mean.shape == (3,)


@pytest.mark.parametrize("size", SIZES)
def test_arguments_in_order(size):
    """LOW;HIGH;DERIVATIVE; spaces do not matter and a whole number may be written 1.0."""
    u, v = draw(2, 1, 9, 8), draw(2, 1, 9, 8, seed=1)
    expected = getattr(metrics, f"fourier_{size}")(u, v, dims=2, low=1, high=3, derivative=2)
    for text in ("1;3;2", " 1 ; 3;2 ", "1;3;2.0"):
        found = metric(f"fourier_{size};{text}")(u, v, dims=2)
        np.testing.assert_array_equal(found, expected)


def test_order_of_a_sobolev_norm():
    u, v = draw(2, 1, 9), draw(2, 1, 9, seed=1)
    for text, s in (("0.5", 0.5), ("-1", -1.0), ("2", 2.0)):
        found = metric(f"nsobolev;{text}", extent=3.0)(u, v, dims=1)
        np.testing.assert_array_equal(found, metrics.nsobolev(u, v, dims=1, s=s, extent=3.0))


def test_settings_reach_those_that_take_them():
    """Extent and conventions change derivatives, and leave every other metric as it is."""
    u, v = draw(2, 1, 4, 6), draw(2, 1, 4, 6, seed=1)
    given = {"extent": (2.0, 3.0), "conventions": APEBENCH_0_1}
    for text in STRINGS:
        plain, told = (metric(text, **how)(u, v, dims=2) for how in ({}, given))
        changed = text.startswith(("fourier", "H1", "sobolev", "nsobolev", "spectrum"))
        assert np.all(plain == told) != changed, text
    zeroth = "mean_fourier_MSE;0;3;0"
    exact, twice = (
        evaluate(u[:, None], v[:, None], [zeroth], 2, **how)[zeroth]
        for how in ({}, {"conventions": APEBENCH_0_1})
    )
    np.testing.assert_allclose(twice, 2 * exact, rtol=8 * EPS)  # once per axis


@pytest.mark.parametrize(
    "typo", ["mean_nRMS", "nrmse", "mean_corelation", "mean_fourier_nRMES;0;5;1", "H1nRMSE"]
)
def test_a_typo_names_the_nearest(typo):
    with pytest.raises(InvalidInput, match=r"\A[^\n]*did you mean[^\n]*\Z"):
        metric(typo)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fourier_nRMSE", "expected fourier_nRMSE;LOW;HIGH;DERIVATIVE, got 0 of 3 values"),
        ("mean_fourier_MAE;0;5", "expected fourier_MAE;LOW;HIGH;DERIVATIVE, got 2 of 3 values"),
        ("mean_nRMSE;1", "expected nRMSE, got 1 of 0 values"),
        ("sobolev", "expected sobolev;S, got 0 of 1 values"),
        ("fourier_MSE;a;5;0", "expected low as an integer, got 'a'"),
        ("fourier_MSE;0;5.5;0", "expected high as an integer, got '5.5'"),
        ("fourier_MSE;0;inf;0", "expected high as an integer, got 'inf'"),
        ("fourier_MSE;0;;0", "expected high as an integer, got ''"),
        ("fourier_MSE;-1;5;0", "expected low as an integer of 0 or more, got -1"),
        ("fourier_MSE;6;5;0", "expected low ≤ high, got 6 and 5"),
        ("fourier_MSE;0;5;-1", "expected derivative as an integer of 0 or more"),
        ("sobolev;one", "expected s as a number, got 'one'"),
        ("sobolev;nan", "expected a finite order s"),
    ],
)
def test_wrong_arguments(text, expected):
    with pytest.raises(InvalidInput) as error:
        metric(text)
    assert expected in str(error.value)
    assert "\n" not in str(error.value)


def test_comma_lists_take_arguments():
    """The list of a scenario: strings with arguments, spaces removed, every one checked."""
    found = metric_names("mean_nRMSE, mean_fourier_nRMSE; 0; 5;1 ,mean_correlation,")
    assert found == ("mean_nRMSE", "mean_fourier_nRMSE;0;5;1", "mean_correlation")
    with pytest.raises(InvalidInput, match="got 2 of 3 values"):
        metric_names("mean_nRMSE,mean_fourier_nRMSE;0;5")


def test_the_table_lists_every_string():
    strings, meanings = (list(column.cells) for column in metrics_table().columns)
    assert strings == [f"mean_{entry.string}" for entry in METRICS.values()]
    assert all(meanings)


# -- evaluation ----------------------------------------------------------------------------------


def test_evaluate_step_by_step(bk):
    u, v = draw(4, 3, 2, 8), draw(4, 3, 2, 8, seed=1)
    scores = evaluate(bk.asarray(u), bk.asarray(v), ["mean_nRMSE", "nRMSE"], 1)
    assert tuple(scores["mean_nRMSE"].shape) == (3,)
    for t in range(3):
        expected = np.mean(nRMSE(u[:, t], v[:, t], dims=1))
        assert bk.to_numpy(scores["mean_nRMSE"])[t] == pytest.approx(expected, rel=32 * EPS)
    assert tuple(scores["nRMSE"].shape) == (4, 3)


def test_the_initial_state_is_never_counted():
    with pytest.raises(InvalidInput, match="leave the initial state out"):
        evaluate(draw(4, 3, 1, 8), draw(4, 4, 1, 8), ["mean_nRMSE"], 1)
