"""Waves of chosen wavenumbers: their coefficients, their law, what is left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from xpde.core import stream
from xpde.errors import InvalidInput
from xpde.ic import ChosenModes, sample_set
from xpde.space import Grid

EPS = np.finfo(float).eps


@given(
    seed=st.integers(0, 2**31),
    modes=st.sets(st.integers(1, 9), min_size=1, max_size=4),
    more=st.integers(1, 4),
)
def test_nothing_but_the_chosen_modes(seed, modes, more):
    n = 2 * max(modes) + more
    u = sample_set(ChosenModes(tuple(modes), max_one=False), Grid.cube(1, n), 2, 1, seed)[0]
    c = np.fft.rfft(u) / n
    others = [k for k in range(n // 2 + 1) if k not in modes]
    # sums of at most 22 values of size 4 or less
    assert np.max(np.abs(c[:, others])) < 100 * EPS
    assert np.min(np.abs(c[:, sorted(modes)])) > 0


@given(seed=st.integers(0, 2**31), k=st.integers(1, 9), other=st.integers(1, 9))
def test_a_mode_does_not_depend_on_the_others(seed, k, other):
    grid = Grid.cube(1, 20)
    both = ChosenModes(tuple({k, other}), max_one=False).sample(grid, 1, stream(seed))
    alone = ChosenModes((k,), max_one=False).sample(grid, 1, stream(seed))
    # the transform sums 20 numbers of size 4 or less
    assert np.abs(np.fft.rfft(both)[0, k] - np.fft.rfft(alone)[0, k]) < 400 * EPS


def test_population():
    """Real and imaginary parts are independent and normal, phases uniform: p > 1e-6."""
    u = sample_set(ChosenModes((2, 5), max_one=False), Grid.cube(1, 12), 1, 400, seed=3)
    c = 2 * np.fft.rfft(u[:, 0])[:, [2, 5]] / 12
    for part in (c.real, c.imag):
        assert kstest(part.ravel(), "norm").pvalue > 1e-6
    assert kstest(np.angle(c).ravel(), "uniform", (-np.pi, 2 * np.pi)).pvalue > 1e-6
    # correlations of 400 pairs of independent numbers: 5 standard deviations
    assert np.max(np.abs(np.corrcoef(c.real.T)[0, 1])) < 5 / np.sqrt(400)


def test_largest_value_is_one():
    u = sample_set(ChosenModes((1, 2)), Grid.cube(1, 30), 2, 5, seed=0)
    assert np.all(np.max(np.abs(u), axis=-1) == 1)


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda: ChosenModes(()), "each once, got none"),
        (lambda: ChosenModes((1, 1)), "each once, got 1, 1"),
        (lambda: ChosenModes((0,)), "integer mode of 1 or more, got 0"),
        (lambda: sample_set(ChosenModes((5,)), Grid.cube(1, 10), 1, 1, 0), "more than 10 points"),
        (lambda: sample_set(ChosenModes((1,)), Grid.cube(2, 8), 1, 1, 0), "one space dimension"),
    ],
)
def test_refusals(act, expected):
    with pytest.raises(InvalidInput, match=expected):
        act()
