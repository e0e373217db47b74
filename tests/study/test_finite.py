"""Scenarios solved by finite differences: words, published baselines, data sets on disk."""

import h5py
import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.pde import Stepper
from xpde.pde.implicit import ImplicitStepper
from xpde.solvers import GMRES, Direct, Picard
from xpde.study import scenario
from xpde.study.coarse import coarse_stepper
from xpde.study.data import reference_data


def test_words_say_scheme_picard_steps_and_linear_solver():
    found = scenario("diff_burgers", points=24, solver="fd;0.5;3").stepper()
    assert isinstance(found, ImplicitStepper)
    assert (found.scheme.name, found.scheme.implicit) == ("Crank-Nicolson", 0.5)
    assert isinstance(found.method, Direct)
    assert isinstance(found.nonlinear, Picard)
    assert found.nonlinear.max_steps == 3
    once = scenario("diff_burgers", points=24, solver="fd;1.0;1;gmres;1e-4").stepper()
    assert (once.nonlinear, once.picard) == (None, 1)
    assert isinstance(once.method, GMRES)
    assert once.method.rtol == 1e-4
    assert isinstance(scenario("diff_burgers", points=24).stepper(), Stepper)


def test_coarse_errors_of_implicit_advection_are_the_published_ones(backends):
    """RMSE √½ |ι^t - a^t| at CFL 3, N = 100, mode 1 (Koehler & Thuerey 2025, figure 5a)."""
    n, bk = 100, backends["numpy"]
    u = np.sin(2 * np.pi * np.arange(n) / n)[None]
    how = {"points": n, "advection_gamma": -3.0}
    coarse = scenario("diff_adv", solver="fd;1.0;1", **how).stepper(bk).rollout(u, 10)
    exact = scenario("diff_adv", **how).stepper(bk).rollout(u, 10)
    found = np.sqrt(np.mean((coarse - exact) ** 2, axis=(-1, -2)))
    published = {1: 0.016343, 2: 0.032312, 3: 0.047916, 4: 0.063163, 5: 0.078060, 10: 0.147589}
    for t, value in published.items():
        assert abs(found[t - 1] - value) < 6e-7, t


def test_coarse_errors_of_explicit_advection_grow_linearly(backends):
    """1.256e-4 t at CFL 0.9 (figure 5b)."""
    n, bk = 100, backends["numpy"]
    u = np.sin(2 * np.pi * np.arange(n) / n)[None]
    how = {"points": n, "advection_gamma": -0.9}
    coarse = scenario("diff_adv", solver="fd;0.0;1", **how).stepper(bk).rollout(u, 10)
    exact = scenario("diff_adv", **how).stepper(bk).rollout(u, 10)
    found = np.sqrt(np.mean((coarse - exact) ** 2, axis=(-1, -2)))
    assert abs(found[0] - 1.256e-4) < 6e-8
    assert abs(found[9] - 1.2551e-3) < 6e-8


@pytest.mark.parametrize("key", ["diff_burgers", "diff_fisher", "diff_ks", "diff_kdv", "diff_disp"])
def test_every_kind_of_term_agrees_with_the_spectral_solver(key, backends):
    """On fine grids the first-order differences of both are near; the equation is the same one."""
    gaps, bk = [], backends["numpy"]
    for points in (64, 256):
        low = scenario(key, points=64, train_samples=2, train_horizon=3)
        how = {name: low.settings()[name] for name in low.parameters}
        fine = {name: _on_grid(name, value, points / 64) for name, value in how.items()}
        size = {
            "points": points,
            "train_samples": 2,
            "train_horizon": 3,
            "warmup": 0,
            "substeps": 4,
        }
        spectral = scenario(key, **size, **fine)
        finite = scenario(key, solver="fd;0.5;20", **size, **fine)
        a, b = (reference_data(s, bk, "train") for s in (spectral, finite))
        gaps.append(np.linalg.norm(a[:, -1] - b[:, -1]) / np.linalg.norm(a[:, -1] - a[:, 0]))
    assert gaps[1] < max(0.5 * gaps[0], 0.01), gaps


def _on_grid(name, value, ratio):
    """Difficulties of the same equation on a grid with ``ratio`` times the points."""
    powers = {"advection": 1, "diffusion": 2, "dispersion": 3, "hyp_diffusion": 4,
              "convection": 1, "convection_sc": 1, "gradient_norm": 2}  # fmt: skip
    stem = name.rsplit("_", 1)[0]
    return value * ratio ** powers[stem] if stem in powers else value


def test_it_is_a_coarse_solver_too(bk):
    found = scenario("diff_adv", points=20, solver="fd;1.0;1")
    coarse = coarse_stepper(found, bk, proportion=0.5)
    u = bk.asarray(np.random.default_rng(0).standard_normal((2, 1, 20)))
    twice = bk.to_numpy(coarse(coarse(u)))
    assert twice.shape == (2, 1, 20)
    assert np.all(np.isfinite(twice))


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("df;1;1", "unknown solver of diff_adv 'df'"),
        ("fd;1", "expected a solver etdrk or fd;THETA;PICARD"),
        ("fd;2.0;1", "expected a solver etdrk or fd;THETA;PICARD"),
        ("fd;1.0;1;gmers", "unknown linear solver 'gmers': did you mean gmres?"),
    ],
)
def test_a_typo_is_one_line(words, text):
    with pytest.raises(InvalidInput) as error:
        scenario("diff_adv", solver=words)
    assert text in str(error.value)
    assert "\n" not in str(error.value)


def test_an_equation_of_its_own_is_refused():
    with pytest.raises(InvalidInput, match="generic coefficients"):
        scenario("phy_gs_type", solver="fd;1.0;1").stepper()


def test_data_sets_are_written_by_the_command(run, backends):
    code, _, err = run(
        "data", "diff_burgers", "--solver", "fd;1.0;1", "--points", "20", "--samples", "2",
        "--steps", "3", "--dtype", "float64", "--memory", "0.01", "--out", "f.h5",
    )  # fmt: skip
    assert code == 0, err
    with h5py.File("f.h5") as file:
        written = next(iter(file["t0_fields"].values()))[...]
    found = scenario("diff_burgers", points=20, solver="fd;1.0;1")
    data = reference_data(found, backends["numpy"], "test", samples=2, horizon=3)
    assert np.max(np.abs(written - data[:, :, 0])) < 1e-13
