"""An equation: linear symbol, nonlinear term, parameters and the formula."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde.products import Products
from xpde.pde.terms import Term
from xpde.space import Symbols

__all__ = ["Equation", "Parameters"]

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Equation:
    """u_t = L u + N(u) on a periodic box; grid, step size and integrator are given from outside.

    Attributes
    ----------
    name
        Name in the catalogue.
    formula
        The equation in Unicode, every term on its usual side.
    dims, channels
        Number of space axes D and of channels C.
    parameters
        Numbers, tuples of numbers, or arrays to be differentiated.
    linear
        ``linear(symbols, parameters)`` returns L̂ as (*K) for all channels, (C, *K) for one symbol
        a channel, or (C, C, *K) for channels that are coupled linearly.
    nonlinear
        ``nonlinear(products, parameters)`` returns a term whose operators are host arrays or
        arrays beside ``products.before.like``; None for a linear equation.
    fields
        ``(name, rank)`` of what the channels hold, in order: rank 0 is a scalar (one channel),
        rank 1 a vector (D channels). Default: scalars ``u``, or ``u0``, ``u1``, ...
    conserves
        Invariants of the exact solution, such as ``mean`` or ``energy``.
    degree
        Of the nonlinear term as a polynomial; products keep the fraction 2 / (degree + 1).
    multiplier
        For a map that is no evolution: the symbol that one step multiplies û by, whatever dt.
    """

    name: str
    formula: str
    dims: int
    channels: int
    parameters: Parameters
    linear: Callable[[Symbols, Parameters], Array]
    nonlinear: Callable[[Products, Parameters], Term] | None = None
    fields: tuple[tuple[str, int], ...] = ()
    conserves: tuple[str, ...] = ()
    degree: int = 2
    multiplier: Callable[[Symbols, Parameters], Array] | None = None

    def __post_init__(self) -> None:
        if self.dims not in (1, 2, 3):
            raise InvalidInput(f"{self.name}: expected 1, 2 or 3 space axes, got {self.dims}")
        fields = self.fields or _fields(self.channels)
        width = sum(self.dims**rank for _, rank in fields)
        if width != self.channels:
            raise InvalidInput(
                f"{self.name}: expected fields that fill {self.channels} channels, got {fields}"
            )
        object.__setattr__(self, "fields", fields)

    def __repr__(self) -> str:
        return f"{self.name} in {self.dims}D: {self.formula}"


def _fields(channels: int) -> tuple[tuple[str, int], ...]:
    return (("u", 0),) if channels == 1 else tuple((f"u{i}", 0) for i in range(channels))
