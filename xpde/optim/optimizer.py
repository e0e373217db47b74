"""The optimizer: three pure functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xpde.core import Tree

__all__ = ["Optimizer"]


@dataclass(frozen=True)
class Optimizer:
    """A first-order method, p ← p - δ(g, state, constants), as three pure functions.

    Attributes
    ----------
    init
        ``init(params) -> state``: a tree on the device of the parameters, or None.
    constants
        ``constants(step) -> tuple[float, ...]``: what depends on the 0-based update number alone
        (rate, bias corrections), as host numbers, so that every backend uses the same ones and a
        compiled loop reads them from a table.
    update
        ``update(gradient, state, params, constants) -> (params, state)``; the constants are
        Python floats or 0-D arrays.
    """

    init: Callable[[Tree], Tree]
    constants: Callable[[int], tuple[float, ...]]
    update: Callable[[Tree, Tree, Tree, Sequence[Any]], tuple[Tree, Tree]]
