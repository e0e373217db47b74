"""Symbols measured by one impulse are the closed forms; what has no symbol is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xpde
from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.pde.implicit import ImplicitStepper, burgers
from xpde.solvers import Direct
from xpde.space.finite import Box
from xpde.study.superiority import closed_symbol, measured_symbol, relative_modes, step_of

EPS = np.finfo(np.float64).eps
NUMPY = xpde.backend("numpy", dtype="float64")

CASES = [
    *(("advection", s, d) for s in ("explicit", "implicit", "analytic") for d in (-3.0, -0.3, 0.3)),
    *(("diffusion", s, d) for s in ("explicit", "implicit", "analytic") for d in (0.03, 3.0)),
    *(("poisson", s, 0.0) for s in ("fd2", "jacobi-1", "jacobi-10", "analytic")),
]


def closed_on_grid(equation, scheme, points, difficulty):
    """The closed form; of an even N the mode N/2 has no phase on the grid."""
    expected = closed_symbol(equation, scheme, relative_modes(points), difficulty)
    if (equation, scheme) == ("advection", "analytic") and points % 2 == 0:
        expected[-1] = 1.0
    return expected


@pytest.mark.parametrize("points", [20, 21])
@pytest.mark.parametrize(("equation", "scheme", "difficulty"), CASES)
def test_every_backend_has_the_closed_form(bk, relative, equation, scheme, difficulty, points):
    step = step_of(equation, scheme, points, bk, difficulty)
    measured = measured_symbol(step, points, bk)
    # N roundings of sums of terms of one size
    expected = closed_on_grid(equation, scheme, points, difficulty)
    assert relative(measured, expected) < 20 * points * EPS < 1e-12


@given(
    points=st.integers(5, 40),
    difficulty=st.floats(0.01, 5.0),
    sign=st.sampled_from([-1, 1]),
    scheme=st.sampled_from(["explicit", "implicit", "analytic"]),
)
def test_any_difficulty(points, difficulty, sign, scheme):
    for equation, d in (("advection", sign * difficulty), ("diffusion", difficulty)):
        step = step_of(equation, scheme, points, NUMPY, d)
        error = measured_symbol(step, points, NUMPY) - closed_on_grid(equation, scheme, points, d)
        # the largest coefficients are 1 + 4γ
        assert np.max(np.abs(error)) < 20 * points * (1 + 4 * difficulty) * EPS


@settings(max_examples=10)
@given(points=st.integers(5, 40), sweeps=st.integers(1, 60))
def test_any_number_of_sweeps(points, sweeps):
    step = step_of("poisson", f"jacobi-{sweeps}", points, NUMPY)
    expected = closed_on_grid("poisson", f"jacobi-{sweeps}", points, 0.0)
    error = np.max(np.abs(measured_symbol(step, points, NUMPY) - expected))
    # a sweep adds at most a few roundings of what is there already, at most Q/2
    assert error < 10 * sweeps * (1 + sweeps) * EPS


def test_a_symbol_is_what_a_step_does_to_any_state():
    points, rng = 21, np.random.default_rng(3)
    u = rng.standard_normal((1, points))
    for equation, scheme, difficulty in CASES:
        step = step_of(equation, scheme, points, NUMPY, difficulty)
        expected = np.fft.irfft(measured_symbol(step, points, NUMPY) * np.fft.rfft(u), points)
        size = np.max(np.abs(measured_symbol(step, points, NUMPY)))
        assert np.max(np.abs(step(u) - expected)) < 50 * points * size * EPS


def test_float32_has_its_own_precision():
    bk = xpde.backend("numpy", dtype="float32")
    measured = measured_symbol(step_of("diffusion", "implicit", 20, bk, 0.3), 20, bk)
    expected = closed_on_grid("diffusion", "implicit", 20, 0.3)
    assert np.max(np.abs(measured - expected)) < 400 * np.finfo(np.float32).eps


def test_what_has_no_symbol_is_refused(bk):
    nonlinear = ImplicitStepper(burgers(Box((12,), (1.0,))), 0.1, Direct())
    with pytest.raises(InvalidInput, match="expected a linear map that commutes with shifts"):
        measured_symbol(nonlinear, 12, bk)
    ramp = bk.asarray(np.arange(12.0))
    with pytest.raises(InvalidInput, match="commutes with shifts"):
        measured_symbol(lambda u: ramp * u, 12, bk)
    with pytest.raises(InvalidInput, match="to the same shape"):
        measured_symbol(lambda u: namespace_of(u).sum(u, axis=-1), 12, bk)


@pytest.mark.parametrize(
    ("equation", "scheme", "difficulty", "text"),
    [
        ("advektion", "explicit", 0.1, "did you mean advection"),
        ("advection", "implicitt", 0.1, "did you mean implicit"),
        ("poisson", "jacobi-0", 0.0, "jacobi-Q with Q sweeps"),
        ("poisson", "jacobi", 0.0, "jacobi-Q with Q sweeps"),
        ("diffusion", "explicit", -0.1, "expected a difficulty above 0"),
        ("advection", "explicit", float("nan"), "finite difficulty"),
        ("advection", "explicit", 0.0, "not 0"),
    ],
)
def test_bad_words(equation, scheme, difficulty, text):
    for make in (
        lambda: step_of(equation, scheme, 8, NUMPY, difficulty),
        lambda: closed_symbol(equation, scheme, np.asarray([0.1]), difficulty),
    ):
        with pytest.raises(InvalidInput, match=text) as caught:
            make()
        assert "\n" not in str(caught.value)
