"""The ansatz: fitted, trained by gradient descent, and as a network."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpde
from xpde.errors import InvalidInput
from xpde.study.superiority import (
    Ansatz,
    Combination,
    best_weights,
    closed_symbol,
    descend,
    measured_symbol,
    relative_modes,
    step_of,
)

EPS = np.finfo(np.float64).eps
NUMPY = xpde.backend("numpy", dtype="float64")
ALL = [
    *(("advection", s, d) for s in ("implicit", "analytic") for d in (-0.3, 0.3)),
    *(("diffusion", s, 0.3) for s in ("implicit", "analytic")),
    *(("poisson", s, 0.0) for s in ("jacobi-10", "analytic")),
]


def own(equation, difficulty):
    return Ansatz(equation, difficulty > 0 and equation == "advection")


@given(psi=st.floats(3e-4, 0.45), gamma=st.floats(0.01, 4.0))
def test_fit_of_one_mode_is_the_closed_form(psi, gamma):
    for equation, scheme, d in ALL:
        difficulty = d and float(np.sign(d)) * gamma
        target = closed_symbol(equation, scheme, psi, difficulty)
        found = own(equation, difficulty).fit(target, psi)
        expected = best_weights(equation, scheme, psi, difficulty)
        # the condition of the two taps is about 1/sin 2πψ, of numbers of size 1 + γ; one weight of
        # diffusion divides the distance from 1 by 2 sin² πψ
        condition = 1 / np.sin(2 * np.pi * psi) + 1 / np.sin(np.pi * psi) ** 2 * (d > 0)
        assert np.max(np.abs(found - expected)) < 100 * (1 + gamma) * condition * EPS


@pytest.mark.parametrize(("equation", "scheme", "difficulty"), ALL)
def test_gradient_descent_finds_the_optimum(bk, equation, scheme, difficulty):
    points, mode = 20, 3
    ansatz, step = own(equation, difficulty), step_of(equation, scheme, points, bk, difficulty)
    # the slowest part shrinks by cos 2πψ = .59 each update: .59⁶⁰ = 1e-14
    found = descend(ansatz, step, mode, points, bk, 60)
    expected = best_weights(equation, scheme, mode / points, difficulty)
    assert np.max(np.abs(found - expected)) < 1e-12


@pytest.mark.parametrize("equation", ["advection", "diffusion", "poisson"])
@pytest.mark.parametrize("points", [12, 13])
def test_the_network_has_the_symbol(bk, equation, points):
    for ansatz in {Ansatz(equation), Ansatz(equation, equation == "advection")}:
        weights = np.asarray([0.7, -0.4])[: ansatz.parameter_count()]
        params = {"theta": bk.asarray(weights[:, None])}
        measured = measured_symbol(lambda u: ansatz.apply(params, u), points, bk)
        expected = ansatz.symbol(weights, relative_modes(points))
        assert np.max(np.abs(measured - expected)) < 20 * points * np.max(np.abs(expected)) * EPS


@given(seed=st.integers(0, 99), equation=st.sampled_from(["advection", "diffusion", "poisson"]))
def test_several_modes_are_least_squares(seed, equation):
    """No weights nearby have a smaller sum, and its gradient vanishes."""
    rng = np.random.default_rng(seed)
    psi, amplitude = rng.uniform(0.05, 0.45, 5), rng.uniform(0.1, 1.0, 5)
    target = rng.standard_normal(5) + 1j * rng.standard_normal(5)
    ansatz = Ansatz(equation)
    found = ansatz.fit(target, psi, amplitude)
    residual = ansatz.symbol(found, psi) - target
    gradient = np.real(np.conj(ansatz.parts(psi)[1]) @ (amplitude * residual))
    size = np.max(np.abs(ansatz.parts(psi)[1])) * np.max(np.abs(residual)) * 5
    assert np.max(np.abs(gradient)) < 100 * size * EPS


def test_the_explicit_scheme_is_found_from_any_modes():
    phi = np.asarray([0.05, 0.2, 0.4])
    for gamma in (-0.3, -3.0):
        weights = Combination("advection", "explicit", "implicit", difficulty=gamma).weights(phi)
        assert np.max(np.abs(weights - [-gamma, 1 + gamma])) < 100 * EPS
    assert Combination("diffusion", "explicit", "implicit", difficulty=0.3).weights(
        phi
    ) == pytest.approx([0.3], abs=100 * EPS)


def test_refusals(bk):
    with pytest.raises(InvalidInput, match="modes that determine 2 weights"):
        Ansatz("advection").fit(np.asarray([0.4]), np.asarray([0.5]))
    with pytest.raises(InvalidInput, match="amplitude"):
        Ansatz("diffusion").fit(np.ones(2), np.asarray([0.1, 0.2]), [1.0])
    with pytest.raises(InvalidInput, match="did you mean diffusion"):
        Ansatz("difusion")
    with pytest.raises(InvalidInput, match=r"expected a mode in \(0, 8/2\), got 4"):
        descend(Ansatz("diffusion"), lambda u: u, 4, 8, bk, 1)
