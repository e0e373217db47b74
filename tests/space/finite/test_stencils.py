"""Weights of finite differences: exact, and those of two other generators."""

from fractions import Fraction
from math import factorial

import findiff
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from xpde.errors import InvalidInput
from xpde.space.finite import centered, halfway, one_sided, stencil_weights

halves = st.integers(-9, 9).map(lambda k: Fraction(k, 2))
offsets = st.lists(halves, min_size=1, max_size=7, unique=True)


@given(offsets, st.data())
def test_exact_for_polynomials(offsets, data):
    """Σ w_k s_k^j = m! δ_jm for j < n, in rational numbers."""
    m = data.draw(st.integers(0, len(offsets) - 1))
    weights = stencil_weights(offsets, m)
    for j in range(len(offsets)):
        moment = sum(w * s**j for w, s in zip(weights, offsets, strict=True))
        assert moment == (factorial(m) if j == m else 0)


@given(offsets, st.data())
def test_sympy(offsets, data):
    m = data.draw(st.integers(0, len(offsets) - 1))
    exact = [sympy.Rational(s.numerator, s.denominator) for s in offsets]
    table = sympy.finite_diff_weights(m, exact, 0)[m][-1]
    assert [Fraction(int(w.p), int(w.q)) for w in table] == list(stencil_weights(offsets, m))


@pytest.mark.parametrize("m", [1, 2, 3, 4])
@pytest.mark.parametrize("accuracy", [2, 4, 6])
def test_findiff(m, accuracy):
    """The same offsets and weights, centered and at both ends."""
    kinds = {
        "center": centered(m, accuracy),
        "forward": one_sided(m, accuracy),
        "backward": one_sided(m, accuracy, -1),
    }
    table = findiff.coefficients(deriv=m, acc=accuracy)
    for kind, own in kinds.items():
        theirs = dict(zip(table[kind]["offsets"], table[kind]["coefficients"], strict=True))
        mine = dict(zip(own, stencil_weights(own, m), strict=True))
        scale = max(abs(float(w)) for w in mine.values())
        for s in set(theirs) | set(mine):
            # theirs solves in floating point, with Vandermonde matrices of condition up to 1e8
            assert abs(float(mine.get(s, 0)) - theirs.get(s, 0)) < 1e-7 * scale


@pytest.mark.parametrize(
    ("made", "m", "reach"),
    [
        (centered, 1, [2, 4, 6]),
        (centered, 2, [2, 4, 6]),
        (centered, 3, [2, 4]),
        (centered, 4, [2, 4]),
        (one_sided, 1, [1, 2, 3]),
        (one_sided, 3, [1, 2]),
        (halfway, 0, [2, 4]),
        (halfway, 1, [2, 4]),
        (halfway, 2, [2, 4]),
        (halfway, 3, [2, 4]),
    ],
)
def test_accuracy_is_sharp(made, m, reach):
    """Degrees below m + q are exact, degree m + q is not."""
    for q in reach:
        s = made(m, q)
        weights = stencil_weights(s, m)
        pairs = [(w, Fraction(x)) for w, x in zip(weights, s, strict=True)]
        moments = [sum(w * x**j for w, x in pairs) for j in range(m + q + 1)]
        assert moments[:-1] == [factorial(m) if j == m else 0 for j in range(m + q)]
        assert moments[-1] != 0


def test_printed_tables():
    """Fornberg's tables, and the stencils of the reference."""
    half = Fraction(1, 2)
    assert stencil_weights((-1, 0, 1), 2) == (1, -2, 1)
    assert stencil_weights((-2, -1, 0, 1, 2), 3) == (-half, 1, 0, -1, half)
    assert stencil_weights((-2, -1, 0, 1, 2), 4) == (1, -4, 6, -4, 1)
    assert stencil_weights((0, 1, 2, 3), 3) == (-1, 3, -3, 1)
    assert stencil_weights(halfway(1, 4), 1) == tuple(Fraction(k, 24) for k in (1, -27, 27, -1))


@pytest.mark.parametrize(
    "call",
    [
        lambda: stencil_weights((0, 0, 1), 1),
        lambda: stencil_weights((0, 1), 2),
        lambda: stencil_weights((), 0),
        lambda: centered(1, 3),
        lambda: centered(-1, 2),
        lambda: halfway(1, 1),
        lambda: one_sided(1, 0),
        lambda: one_sided(1, 1, 2),
    ],
)
def test_refusals(call):
    with pytest.raises(InvalidInput, match="expected"):
        call()
