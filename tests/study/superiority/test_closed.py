"""Closed forms of symbols and best weights: their identities and limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.study.superiority import Combination, best_weights, closed_symbol, equal_modes
from xpde.study.superiority import limit_ratio as limit

EPS = np.finfo(np.float64).eps
PHI = np.linspace(0.01, 0.5, 50)
modes = st.floats(0.01, 0.49)


@given(psi=modes, gamma=st.floats(-4.0, -0.01), scheme=st.sampled_from(["explicit", "implicit"]))
def test_magnitudes_of_advection(psi, gamma, scheme):
    s = np.sin(np.pi * psi) ** 2
    square = np.abs(closed_symbol("advection", scheme, psi, gamma)) ** 2
    if scheme == "explicit":
        expected = 1 + 4 * gamma * (1 + gamma) * s
    else:
        expected = 1 / (1 + 4 * gamma * (gamma - 1) * s)
    assert abs(square - expected) < 100 * (1 + gamma**2) * EPS


@given(psi=modes, gamma=st.floats(-0.9, 0.9).filter(lambda g: abs(g) > 0.01))
def test_direction_is_a_mirror(psi, gamma):
    for scheme in ("explicit", "implicit", "analytic"):
        there = closed_symbol("advection", scheme, psi, gamma)
        back = closed_symbol("advection", scheme, psi, -gamma)
        assert there == np.conj(back)
        assert np.all(
            best_weights("advection", scheme, psi, gamma)
            == best_weights("advection", scheme, psi, -gamma)
        )


@pytest.mark.parametrize("equation", ["advection", "diffusion"])
def test_schemes_agree_for_small_difficulties(equation):
    """They differ by O(γ²), and are 1 + O(γ)."""
    gamma = -1e-4 if equation == "advection" else 1e-4
    e, i = (closed_symbol(equation, s, PHI, gamma) for s in ("explicit", "implicit"))
    assert 0 < np.max(np.abs(e - i)) < 20 * gamma**2


@pytest.mark.parametrize("sweeps", [1, 2, 3, 7, 100])
def test_jacobi_tends_to_the_second_difference(sweeps):
    phi = PHI[:-1]
    ratio = closed_symbol("poisson", f"jacobi-{sweeps}", phi) / closed_symbol("poisson", "fd2", phi)
    error = np.real(1 - ratio)
    assert np.max(np.abs(error - np.cos(2 * np.pi * phi) ** sweeps)) < 10 * sweeps * EPS


def test_jacobi_at_low_modes_has_no_cancellation():
    """1 - cos^Q ω = ½Q ω² (1 + O(Q ω²)): ½ Q per sweep, in units of Δx²."""
    (found,) = closed_symbol("poisson", "jacobi-3", np.asarray([1e-7])).real
    assert found == pytest.approx(1.5, rel=1e-12)


def test_zero_mode():
    assert closed_symbol("poisson", "fd2", 0.0) == closed_symbol("poisson", "jacobi-4", 0.0) == 0
    assert closed_symbol("advection", "implicit", 0.0, -0.3) == 1


@pytest.mark.parametrize("gamma", [-0.03, -0.3, -0.6])
def test_equal_magnitudes(gamma):
    """Explicit and implicit upwind err by 1 - |e| = 1 - |ι| of opposite curvature at φ*."""
    phi = equal_modes(gamma)
    e, i = (abs(closed_symbol("advection", s, phi, gamma)) for s in ("explicit", "implicit"))
    assert abs(e - i) < 20 * EPS


def test_equal_modes_of_the_reference():
    assert equal_modes(-0.03) == pytest.approx(0.2501, abs=5e-5)  # digits given
    assert equal_modes(-0.3) == pytest.approx(0.2658, abs=5e-5)
    assert np.isnan(equal_modes(-0.9))
    assert np.isnan(equal_modes(-3.0))


@pytest.mark.parametrize(
    ("gamma", "magnitude", "phase"),
    [(-0.03, 0.942, 0.835), (-0.3, 0.538, 0.135), (-3.0, -0.50, 0.357)],
)
def test_limits_of_advection(gamma, magnitude, phase):
    assert limit("advection", gamma) == pytest.approx(magnitude, abs=6e-4)  # three digits given
    assert limit("advection", gamma, "phase") == pytest.approx(phase, abs=6e-4)


@pytest.mark.parametrize(("gamma", "value"), [(0.03, 0.835), (0.3, 0.053), (3.0, -0.80)])
def test_limits_of_diffusion(gamma, value):
    assert limit("diffusion", gamma) == pytest.approx(value, abs=6e-4)
    found = Combination("diffusion", "explicit", "implicit", difficulty=gamma).ratio(
        np.asarray([1e-3]), 0.1, "value"
    )
    # the next term is of relative size (2πφ)² γ
    assert found.value[0] == pytest.approx(value, abs=1e-3)


@given(psi=modes, gamma=st.floats(0.01, 4.0), count=st.integers(1, 50))
def test_best_weights_reproduce_the_scheme(psi, gamma, count):
    cases = [
        *(("advection", s, -gamma) for s in ("explicit", "implicit", "analytic")),
        *(("diffusion", s, gamma) for s in ("explicit", "implicit", "analytic")),
        *(("poisson", s, 0.0) for s in ("fd2", f"jacobi-{count}", "analytic")),
    ]
    for equation, scheme, difficulty in cases:
        target = closed_symbol(equation, scheme, psi, difficulty)
        weights = best_weights(equation, scheme, psi, difficulty)
        own = Combination(equation, scheme, scheme, difficulty=difficulty or 0.0).ansatz
        size = 1 + np.max(np.abs(own.parts(psi)[1])) * np.max(np.abs(weights))
        assert abs(own.symbol(weights, psi) - target) < 200 * count * size * EPS


def test_weights_of_the_reference():
    found = best_weights("advection", "implicit", 0.003, -0.3)
    assert found == pytest.approx([0.2999584362, 0.7000095916], abs=5e-11)  # digits given


@pytest.mark.parametrize("psi", [0.0, 0.5, -0.1, float("nan")])
def test_modes_without_weights(psi):
    with pytest.raises(InvalidInput, match="expected a relative mode"):
        best_weights("advection", "implicit", psi, -0.3)
