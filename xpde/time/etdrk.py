"""One loop for every exponential Runge-Kutta order."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from xpde.core import register_tree
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.time.phi import phi
from xpde.time.tables import TABLES, Combination

__all__ = ["Etdrk"]


@register_tree(static=("order",))
@dataclass(frozen=True)
class Etdrk:
    """Integrator of û_t = L̂ û + N̂(û) for one step size: the linear part is exact.

    Attributes
    ----------
    exponentials
        e^{c z} for the distinct c of the table, z = h L̂, in increasing order of c.
    weights
        h Σ a φ_k(c z) for the distinct combinations of the table, in order of appearance.
    order
        0 to 4.
    """

    exponentials: tuple[Array, ...]
    weights: tuple[Array, ...]
    order: int

    @classmethod
    def build(
        cls, order: int, symbol: Array, dt: Any, place: Callable[[Array], Array] = lambda x: x
    ) -> "Etdrk":
        """Compute the coefficients of a symbol L̂ and pass each through ``place`` once.

        The phi functions keep the imaginary part, so the order is as named for advection and
        dispersion too.

        Raises
        ------
        InvalidInput
            If the order is not 0 to 4.
        """
        if order not in TABLES:
            raise InvalidInput(f"order: expected one of {', '.join(map(str, TABLES))}, got {order}")
        z = symbol * dt
        cache: dict[tuple[int, float], Array] = {}

        def combine(combination: Combination) -> Array:
            total = None
            for factor, k, c in combination:
                if (k, c) not in cache:
                    cache[k, c] = phi(k, z * c)
                part = cache[k, c] * factor
                total = part if total is None else total + part
            return total

        return cls(
            tuple(place(phi(0, z * c)) for c in _exponents(order)),
            tuple(place(combine(w) * dt) for w in _combinations(order)),
            order,
        )

    def step(self, u: Array, nonlinear: Callable[[Array], Array] | None = None) -> Array:
        """Advance û by one step; N̂ is evaluated once per row of the table."""
        exponents, combinations = _exponents(self.order), _combinations(self.order)
        values, rates, carried = [u], [], dict[tuple[int, float], Array]()
        for row in TABLES[self.order]:
            if nonlinear is not None and row.terms:
                rates.append(nonlinear(values[-1]))
            key = (row.base, row.c)
            if row.c == 0:
                value = values[row.base]
            else:
                if key not in carried:
                    carried[key] = self.exponentials[exponents.index(row.c)] * values[row.base]
                value = carried[key]
            for combination, stages in row.terms if rates else ():
                value = value + self.weights[combinations.index(combination)] * _sum(rates, stages)
            values.append(value)
        return values[-1]


@cache
def _exponents(order: int) -> list[float]:
    return sorted({row.c for row in TABLES[order]} - {0})


@cache
def _combinations(order: int) -> list[Combination]:
    return list(dict.fromkeys(w for row in TABLES[order] for w, _ in row.terms))


def _sum(rates: list[Array], stages: tuple[tuple[int, float], ...]) -> Array:
    total = None
    for stage, factor in stages:
        part = rates[stage] if abs(factor) == 1 else rates[stage] * abs(factor)
        if total is None:
            total = part  # the first factor of a row is positive
        else:
            total = total - part if factor < 0 else total + part
    return total
