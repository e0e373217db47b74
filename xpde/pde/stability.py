"""How fast the linear part of an equation lets modes grow."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.conventions import EXACT, Conventions
from xpde.core import backend_of, tree_map
from xpde.errors import InvalidInput
from xpde.pde.equation import Equation
from xpde.space import Grid, Symbols

__all__ = ["Growth", "growth"]


@dataclass(frozen=True)
class Growth:
    """The fastest growing mode of the linear part.

    Attributes
    ----------
    rate
        max over modes of Re λ, λ the eigenvalues of L̂; e^{rate t} is the growth of its amplitude.
    mode
        Integer wavenumber (k_0, ..., k_{D-1}) of that mode.
    """

    rate: float
    mode: tuple[int, ...]


def growth(
    equation: Equation,
    grid: Grid,
    conventions: Conventions = EXACT,
    among: np.ndarray | None = None,
) -> Growth:
    """Find the fastest growing mode on a grid; a negative rate means that every mode decays.

    Parameters that are arrays are read on the host; nothing is recorded. ``among`` (*K) selects
    the modes to look at; if it selects none, the rate is -∞.

    Raises
    ------
    InvalidInput
        If the grid has another number of axes than the equation.
    """
    if grid.dims != equation.dims:
        raise InvalidInput(
            f"{equation.name}: expected a grid of {equation.dims} axes, got {grid.dims}"
        )
    parameters = tree_map(_host, dict(equation.parameters))
    symbols = Symbols(grid, conventions=conventions)
    symbol = equation.linear(symbols, parameters) * symbols.one
    if symbol.ndim == grid.dims + 2:
        symbol = np.linalg.eigvals(np.moveaxis(symbol, (0, 1), (-2, -1)))
        rates = symbol.real.max(axis=-1)
    else:
        rates = symbol.real.reshape(-1, *grid.spectral_shape).max(axis=0)
    if among is not None:
        rates = np.where(among, rates, -np.inf)
    place = np.unravel_index(int(np.argmax(rates)), grid.spectral_shape)
    mode = tuple(int(grid.wavenumbers(axis)[i]) for axis, i in enumerate(place))
    return Growth(float(rates[place]), mode)


def _host(value: Any) -> Any:
    return value if isinstance(value, (int, float)) else backend_of(value).to_numpy(value)
