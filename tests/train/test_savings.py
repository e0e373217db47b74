"""The algebra of savings, on made-up levels and on the published ones."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.train import Savings, matched_cost

PUBLISHED = {  # E, K_ε, K_max, Σ K; percent saved by incompleteness, by refinement, in all
    "heat 1D": (100, 25, 10, 524, 60.0, 19.1, 79.1),
    "heat 2D": (70, 43, 12, 425, 72.1, 13.8, 85.9),
    "heat 3D": (100, 29, 11, 577, 62.1, 18.0, 80.1),
    "burgers": (100, 24, 16, 932, 33.3, 27.8, 61.2),
    "navier-stokes": (100, 40, 14, 751, 65.0, 16.2, 81.2),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_savings(name):
    epochs, converged, top, total, incomplete, refinement, both = PUBLISHED[name]
    found = Savings(converged * epochs, top * epochs, total)
    shares = (found.by_incomplete, found.by_refinement, found.total)
    # sums of levels were measured in a figure to 0.5 %, percentages printed to 0.05
    width = 0.05 + 0.5 * total / found.converged
    for share, printed in zip(shares, (incomplete, refinement, both), strict=True):
        assert abs(100 * share - printed) < width


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40), st.integers(1, 60))
def test_parts_add_up(levels, converged):
    found = Savings.of(levels, converged)
    # three quotients below 50 of rounded numbers
    assert math.isclose(found.by_incomplete + found.by_refinement, found.total, abs_tol=1e-13)
    assert found.by_refinement >= 0
    constant = Savings.of([converged] * len(levels), converged)
    assert (constant.by_incomplete, constant.by_refinement, constant.total) == (0, 0, 0)


def test_by_hand():
    found = Savings.of([1, 2, 2, 3], 10)
    assert found == Savings(40, 12, 8)
    assert (found.by_incomplete, found.by_refinement, found.total) == (0.7, 0.1, 0.8)
    assert Savings.of([1, 2, 2, 3], 10, epochs=2, top=5) == Savings(20, 20, 8)


def test_matched_cost():
    errors, levels = [1.0, 0.5, math.nan, 0.2, 0.3], [1, 2, 4, 8]
    found = [matched_cost(errors, levels, target) for target in (2.0, 0.5, 0.4, 0.2, 0.1)]
    assert found == [0, 1, 7, 7, None]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Savings(0, 1, 1), "savings: expected a converged cost above 0"),
        (lambda: Savings(1, -1, 1), "savings: expected a converged cost above 0"),
        (lambda: Savings.of([], 3), "savings: expected the level of at least one epoch"),
        (lambda: matched_cost([1.0], [1], 0.5), "errors: expected 2, one before"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()
