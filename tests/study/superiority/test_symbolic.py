"""Computer algebra derives from the stencils what the closed forms say."""

import sys

import numpy as np
import pytest

from xpde.errors import InvalidInput, MissingCapability
from xpde.study.superiority import Combination, best_weights, closed_symbol, symbolic

sp = pytest.importorskip("sympy")

EPS = np.finfo(np.float64).eps
PHI = np.linspace(0.02, 0.5, 25)
SCHEMES = [(e, s) for e, schemes in symbolic.SYMBOLIC_SCHEMES.items() for s in schemes]
GAMMA = {"advection": -0.3, "diffusion": 0.3, "poisson": 0.0}


def number(scheme):
    return "jacobi-7" if scheme == "jacobi" else scheme


@pytest.mark.parametrize(("equation", "scheme"), SCHEMES)
def test_symbols_and_weights(equation, scheme):
    gamma, psi, name = GAMMA[equation], 0.1, number(scheme)
    found = symbolic.evaluate(symbolic.symbolic_symbol(equation, scheme), PHI, gamma=gamma, q=7)
    expected = closed_symbol(equation, name, PHI, gamma)
    # 1 - cos ω loses 2/ω² ≤ 127 roundings, of numbers up to 64
    assert np.max(np.abs(found - expected)) < 10 * 127 * 64 * EPS
    weights = symbolic.symbolic_weights(equation, scheme)
    found = [float(symbolic.evaluate(w, psi=psi, gamma=gamma, q=7)) for w in weights]
    assert np.max(np.abs(found - best_weights(equation, name, psi, gamma))) < 50 * EPS


@pytest.mark.parametrize(
    ("equation", "train", "baseline", "reference", "measure"),
    [
        ("advection", "implicit", "implicit", "analytic", "magnitude"),
        ("advection", "analytic", "explicit", "analytic", "magnitude"),
        ("advection", "implicit", "explicit", "analytic", "complex"),
        ("diffusion", "implicit", "explicit", "analytic", "value"),
        ("diffusion", "analytic", "implicit", "analytic", "value"),
        ("poisson", "jacobi", "fd2", "analytic", "magnitude"),
        ("poisson", "analytic", "jacobi", "analytic", "magnitude"),
    ],
)
def test_ratios(equation, train, baseline, reference, measure):
    gamma, psi = GAMMA[equation], 0.07
    formula = symbolic.symbolic_ratio(equation, train, baseline, reference, measure)
    names = (number(train), number(baseline), number(reference))
    expected = Combination(equation, *names, difficulty=gamma).ratio(PHI, psi, measure)
    found = symbolic.evaluate(formula, PHI, psi, gamma, 7)
    # rounding of numerator and denominator, of symbols up to 64, over the errors
    size = 64 if equation == "poisson" else 1
    bound = 2e3 * size * EPS * (1 + np.abs(expected.value)) / np.abs(expected.baseline)
    assert np.all(np.abs(found - expected.value) < bound)


def test_formulas_of_the_reference():
    gamma, psi, phi = (sp.Symbol(name, real=True) for name in ("gamma", "psi", "phi"))
    q = sp.Symbol("q", integer=True, positive=True)
    s = sp.sin(sp.pi * psi) ** 2
    d = 1 + 4 * gamma * (gamma - 1) * s
    first, second = symbolic.symbolic_weights("advection", "implicit")
    assert sp.simplify(first + gamma / d) == 0
    assert sp.simplify(second - (1 + gamma - 4 * gamma * s) / d) == 0
    swept = symbolic.symbolic_ratio("poisson", "jacobi", "jacobi", "fd2")
    assert sp.simplify(swept - (sp.cos(2 * sp.pi * psi) / sp.cos(2 * sp.pi * phi)) ** q) == 0
    (theta,) = symbolic.symbolic_weights("diffusion", "implicit")
    assert sp.simplify(theta - gamma / (1 + 2 * gamma * s)) == 0
    assert symbolic.symbolic_weights("advection", "explicit") == (-gamma, 1 + gamma)


def test_limit_of_the_value_of_diffusion():
    """ξ → (1 - 3γ)/(1 + 3γ), derived as a limit."""
    gamma, phi = (sp.Symbol(name, real=True) for name in ("gamma", "phi"))
    formula = symbolic.symbolic_ratio("diffusion", "explicit", "implicit", measure="value")
    limit = sp.limit(formula.subs(gamma, sp.Rational(3, 10)), phi, 0)
    assert limit == sp.Rational(1, 19)


def test_latex():
    found = symbolic.latex("poisson", "jacobi", "jacobi", "fd2")
    assert list(found) == ["train", "baseline", "reference", "theta0", "ratio"]
    assert found["theta0"] == r"1 - \cos^{q}{\left(2 \pi \psi \right)}"
    assert symbolic.latex("advection", "explicit", "implicit")["theta1"] == r"\gamma + 1"


def test_refusals(monkeypatch):
    with pytest.raises(InvalidInput, match="0/0"):
        symbolic.symbolic_ratio("advection", "explicit", "analytic")
    with pytest.raises(InvalidInput, match="did you mean implicit"):
        symbolic.symbolic_symbol("advection", "implizit")
    with pytest.raises(InvalidInput, match="did you mean diffusion"):
        symbolic.symbolic_weights("difusion", "explicit")
    with pytest.raises(InvalidInput, match="symbolic measure"):
        symbolic.symbolic_ratio("advection", "implicit", "implicit", measure="phase")
    symbolic._sympy.cache_clear()
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(MissingCapability, match=r"xpde\[symbolic\]"):
        symbolic.symbolic_symbol("advection", "explicit")
