"""An equation: linear symbol, nonlinear term, parameters and the formula."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde.terms import Term
from xpde.space import Band, Symbols

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
        ``linear(symbols, parameters)`` returns L̂ as (*K) for all channels or (C, *K).
    nonlinear
        ``nonlinear(symbols, parameters, band)`` returns a term whose operators are host arrays
        or arrays beside ``symbols.like``; None for a linear equation.
    """

    name: str
    formula: str
    dims: int
    channels: int
    parameters: Parameters
    linear: Callable[[Symbols, Parameters], Array]
    nonlinear: Callable[[Symbols, Parameters, Band], Term] | None = None

    def __post_init__(self) -> None:
        if self.dims not in (1, 2, 3):
            raise InvalidInput(f"{self.name}: expected 1, 2 or 3 space axes, got {self.dims}")

    def __repr__(self) -> str:
        return f"{self.name} in {self.dims}D: {self.formula}"
