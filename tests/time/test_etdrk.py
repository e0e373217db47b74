"""The tables: consistency, and order on a scalar problem with every kind of symbol."""

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.time import TABLES, Etdrk


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
def test_one_evaluation_per_row(order):
    calls = []
    symbol = np.array([-1.0 + 0j, 0.5j])
    scheme = Etdrk.build(order, symbol, 0.1)
    scheme.step(np.ones(2) + 0j, lambda u: calls.append(1) or u * u)
    assert len(calls) == order == sum(bool(row.terms) for row in TABLES[order])


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_constant_forcing_is_exact(order):
    symbol, h = np.array([-3.0 + 2j, -0.01, 5j]), 0.7
    force, u = np.array([1.0, 2.0, -1j]), np.array([0.3, 1j, 2.0])
    found = Etdrk.build(order, symbol, h).step(u, lambda _: force)
    exact = np.exp(h * symbol) * u + force * np.expm1(h * symbol) / symbol
    np.testing.assert_allclose(found, exact, rtol=1e-14)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("symbol", [-2.0 + 0j, 3j, -1.0 + 2j, 0j])
def test_measured_order(order, symbol):
    """u' = λu - u² has the solution λ / (1 - (1 - λ/u0) e^{-λt}) (λ = 0: u0 / (1 + u0 t))."""
    u0, t = 0.4, 1.0
    exact = u0 / (1 + u0 * t)
    if symbol:
        exact = symbol / (1 - (1 - symbol / u0) * np.exp(-symbol * t))
    errors = []
    for steps in (8, 16, 32, 64, 128):
        scheme = Etdrk.build(order, np.array([symbol]), t / steps)
        u = np.array([u0 + 0j])
        for _ in range(steps):
            u = scheme.step(u, lambda v: -v * v)
        errors.append(abs(u[0] - exact))
    slope = -np.polyfit(np.arange(5), np.log2(errors), 1)[0]
    assert abs(slope - order) < 0.25


def test_unknown_order():
    with pytest.raises(InvalidInput, match="order: expected one of 0, 1, 2, 3, 4, got 5"):
        Etdrk.build(5, np.zeros(1), 0.1)
