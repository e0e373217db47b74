"""The stored envelope: its form, the suite within it, and that it can be measured again."""

import sys
from pathlib import Path

import pytest

from xpde.study import describe, scenario, suite
from xpde.study.catalogue import SCENARIOS
from xpde.study.envelope import envelope, measured

sys.path.insert(0, str(Path(__file__).parents[2]))
from bench.envelope import Case, Meter, cases


def test_form():
    """Every case of the program has its rows, and nothing else is there."""
    wanted = cases()
    assert set(measured()) == set(wanted)
    assert {name.split("/")[0] for name in measured()} == set(SCENARIOS)
    for name, rows in measured().items():
        pairs = [(case.scenario.points, f) for case in wanted[name] for f in case.factors]
        if name.startswith("phy_poisson"):
            pairs = [pair for pair in pairs if pair[1] == 1.0]
        assert [(row["points"], row["factor"]) for row in rows] == pairs, name
        default = scenario(name.split("/")[0])
        for row in rows:
            assert row["dt"] == default.dt * row["factor"]
            assert ("step" in row) == (not row["finite"])
            last = default.warmup + default.test_horizon
            assert row["finite"] or 1 <= row["step"] <= last


@pytest.mark.parametrize("found", suite(), ids=lambda s: f"{s.key}-{s.dims}D")
def test_the_suite_is_finite_at_its_settings(found):
    rows = measured()[f"{found.key}/{found.dims}"]
    (row,) = (r for r in rows if (r["points"], r["factor"]) == (found.points, 1.0))
    assert row["finite"]
    shown = [line for line in describe(found).splitlines() if f"N = {found.points}:" in line]
    what = "Δt =" if found.coordinates == "physical" else "all coefficients times"
    number = found.dt if found.coordinates == "physical" else 1
    (line,) = shown
    assert f"{number:g}" in line.split(";")[0].split(what)[1].replace(",", " ").split()


def test_linear_equations_stay_finite():
    """Their steps are exact, and no default grows."""
    for name, rows in measured().items():
        if SCENARIOS[name.split("/")[0]].equation.nonlinear is None:
            assert all(row["finite"] for row in rows), name


@pytest.mark.parametrize(("key", "points"), [("phy_burgers", 64), ("diff_kdv", 64)])
def test_measured_again(key, points):
    """Cases with both outcomes; a step earlier or later would be another rounding."""
    stored = [row for row in measured()[f"{key}/1"] if row["points"] == points]
    assert {row["finite"] for row in stored} == {True, False}
    case = Case(scenario(key, points=points), tuple(row["factor"] for row in stored))
    for again, row in zip(Meter().rows(case), stored, strict=True):
        assert again["finite"] == row["finite"]
        assert abs(again.get("step", 0) - row.get("step", 0)) <= 1


def test_other_settings_than_the_measured_ones_say_so():
    assert envelope(scenario("diff_burgers", extent=2.0, diffusion_gamma=9.0)) == [
        "measured for the default diffusion_gamma, extent only"
    ]
    few = scenario("diff_burgers", test_samples=3, points=48)
    assert envelope(few) == envelope(scenario("diff_burgers"))
    (worst,) = (line for line in envelope(scenario("phy_ks_cons")) if line.startswith("N = 64"))
    assert worst.startswith("N = 64: not Δt = 0.05 (step ")
