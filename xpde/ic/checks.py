"""Refusals that several generators share: numbers, ranges, points per axis."""

import math
from numbers import Integral, Real

from xpde.errors import InvalidInput
from xpde.space import Grid

__all__ = ["interval", "number", "resolved", "whole"]


def whole(who: str, name: str, value: object, least: int) -> None:
    """Raise InvalidInput unless ``value`` is an integer of ``least`` or more."""
    if not isinstance(value, Integral) or value < least:
        raise InvalidInput(f"{who}: expected an integer {name} of {least} or more, got {value!r}")


def number(who: str, name: str, value: object, least: float = -math.inf) -> None:
    """Raise InvalidInput unless ``value`` is a finite real number of ``least`` or more."""
    if not isinstance(value, Real) or not math.isfinite(value) or value < least:
        bound = "" if least == -math.inf else f" of {least:g} or more"
        raise InvalidInput(f"{who}: expected {name} as a finite number{bound}, got {value!r}")


def interval(who: str, name: str, value: tuple[float, float], least: float = -math.inf) -> None:
    """Raise InvalidInput unless ``value`` is a pair of finite numbers, least ≤ low ≤ high."""
    ends = tuple(value) if isinstance(value, tuple | list) else ()
    finite = all(isinstance(end, Real) and math.isfinite(end) for end in ends)
    if len(ends) != 2 or not finite or not least <= ends[0] <= ends[1]:
        bound = "" if least == -math.inf else f"{least:g} <= "
        raise InvalidInput(
            f"{who}: expected {name} as a pair of numbers, {bound}low <= high, got {value!r}"
        )


def resolved(who: str, grid: Grid, cutoff: int) -> None:
    """Raise InvalidInput unless every axis resolves ``cutoff`` periods: N_j > 2 cutoff."""
    if min(grid.points) <= 2 * cutoff:
        raise InvalidInput(
            f"{who}: expected more than {2 * cutoff} points per axis for cutoff "
            f"{cutoff}, got {min(grid.points)}; use more points or a smaller cutoff"
        )
