"""One loop for every exponential Runge-Kutta order."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from xpde.conventions import EXACT, Conventions
from xpde.core import namespace_of, register_tree
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.time.matrix import apply_matrix, matrix_phis, multiply
from xpde.time.phi import phi
from xpde.time.tables import TABLES, Combination

__all__ = ["Etdrk"]


@register_tree(static=("order", "coupled", "dims", "real"))
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
    coupled
        Whether L̂ is a matrix (C, C, *K) at every mode; otherwise it is (*K) or (C, *K).
    dims
        D, the number of space axes; used where coupled.
    real
        Whether the coefficients are stored as real numbers; not where coupled.
    """

    exponentials: tuple[Array, ...]
    weights: tuple[Array, ...]
    order: int
    coupled: bool = False
    dims: int = 1
    real: bool = False

    @classmethod
    def build(
        cls,
        order: int,
        symbol: Array,
        dt: Any,
        *,
        dims: int | None = None,
        conventions: Conventions = EXACT,
    ) -> "Etdrk":
        """Compute the coefficients of a symbol L̂, in its namespace.

        The phi functions keep the imaginary part (unless ``conventions.coefficients`` says
        otherwise), so the order is as named for advection and dispersion too. ``dims`` tells a
        matrix at every mode, (C, C, *K), from (C, *K); without it L̂ has at most one channel axis.

        Raises
        ------
        InvalidInput
            If the order is not 0 to 4.
        """
        if order not in TABLES:
            raise InvalidInput(f"order: expected one of {', '.join(map(str, TABLES))}, got {order}")
        coupled = dims is not None and symbol.ndim == dims + 2
        z = symbol * dt
        phis = (_matrices if coupled else _scalars)(z)

        def combine(combination: Combination) -> Array:
            total = None
            for factor, k, c in combination:
                part = phis(k, c) * factor
                total = part if total is None else total + part
            if conventions.coefficients == "real part":
                total = (total + namespace_of(total).conj(total)) * 0.5
            return total

        return cls(
            tuple(phis(0, c) for c in _exponents(order)),
            tuple(combine(w) * dt for w in _combinations(order)),
            order,
            coupled,
            dims or 1,
        )

    def step(self, u: Array, nonlinear: Callable[[Array], Array] | None = None) -> Array:
        """Advance û by one step; N̂ is evaluated once per row of the table."""
        return self.stages(u, nonlinear)[0]

    def stages(
        self,
        u: Array,
        nonlinear: Callable[[Array], Array] | None = None,
        first: Array | None = None,
    ) -> tuple[Array, list[Array]]:
        """Return û after one step and the values of N̂ on the way; ``first`` is N̂(û) if known."""
        exponents, combinations = _exponents(self.order), _combinations(self.order)
        carried: dict[tuple[int, float], Array] = {}
        values: list[Array] = [u]
        rates: list[Array] = []
        for row in TABLES[self.order]:
            if nonlinear is not None and row.terms:
                known = first is not None and not rates
                rates.append(first if known else nonlinear(values[-1]))
            key = (row.base, row.c)
            if row.c == 0:
                value = values[row.base]
            else:
                if key not in carried:
                    factor = self.exponentials[exponents.index(row.c)]
                    carried[key] = self.act(factor, values[row.base])
                value = carried[key]
            for combination, stages in row.terms if rates else ():
                weight = self.weights[combinations.index(combination)]
                value = value + self.act(weight, _sum(rates, stages))
            values.append(value)
        return values[-1], rates

    def factor(self, count: int) -> Array:
        """Return e^{count z}, the linear part of ``count`` ≥ 1 steps, in log₂ count products.

        By repeated squaring: each factor keeps the rounding of one multiplication.
        """
        factor, square = None, self.exponentials[-1]
        while True:
            if count % 2:
                factor = square if factor is None else self._product(factor, square)
            count //= 2
            if count == 0:
                return factor
            square = self._product(square, square)

    def powers(self, factor: Array, count: int) -> Array:
        """Return the powers 1 .. count of a factor along a new leading axis, by doubling."""
        xp = namespace_of(factor)
        found = xp.expand_dims(factor, axis=0)
        while found.shape[0] < count:
            more = found[: min(found.shape[0], count - found.shape[0]), ...]
            last = found[-1, ...]
            if self.coupled:
                rows = [multiply(last, more[i, ...]) for i in range(more.shape[0])]
                more = xp.stack(rows, axis=0)
            else:
                more = more * last
            found = xp.concat([found, more], axis=0)
        return found

    def _product(self, a: Array, b: Array) -> Array:
        return multiply(a, b) if self.coupled else a * b

    def act(self, coefficient: Array, u: Array) -> Array:
        """Multiply û by a coefficient: a factor, or a matrix, at every mode."""
        if self.real:  # a compiler would make it complex before a loop over steps, and keep both
            xp = namespace_of(coefficient, u)
            return coefficient * xp.real(u) + 1j * (coefficient * xp.imag(u))
        return apply_matrix(coefficient, u, self.dims) if self.coupled else coefficient * u


def _scalars(z: Array) -> Callable[[int, float], Array]:
    """Return ``(k, c) -> φ_k(c z)``, each computed once."""
    return cache(lambda k, c: phi(k, z * c))


def _matrices(z: Array) -> Callable[[int, float], Array]:
    """Return the same for matrices; the four functions of one c are computed together."""
    together = cache(lambda c: matrix_phis(3, z * c))
    return lambda k, c: together(c)[k]


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
