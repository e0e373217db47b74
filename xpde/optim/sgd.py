"""Stochastic gradient descent."""

from collections.abc import Sequence
from typing import Any

from xpde.core import Tree, namespace_of, tree_map
from xpde.errors import InvalidInput
from xpde.optim.optimizer import Optimizer
from xpde.optim.schedule import Schedule

__all__ = ["sgd"]


def sgd(schedule: Schedule, momentum: float = 0.0) -> Optimizer:
    """Return gradient descent with heavy-ball momentum μ.

    a ← μ a + g,  p ← p - η(s) a

    The state is the tree ``a``, or None without momentum; the one constant is η(s).

    Reference: Polyak, Some methods of speeding up the convergence of iteration methods (1964).
    """
    if not 0 <= momentum < 1:
        raise InvalidInput(f"momentum: expected a number in [0, 1), got {momentum}")

    def init(params: Tree) -> Tree:
        if momentum == 0:
            return None
        return tree_map(lambda p: namespace_of(p).zeros_like(p), params)

    def constants(step: int) -> tuple[float, ...]:
        return (schedule(step),)

    def update(
        gradient: Tree, state: Tree, params: Tree, constants: Sequence[Any]
    ) -> tuple[Tree, Tree]:
        rate = constants[0]
        if momentum != 0:
            state = gradient = tree_map(lambda a, g: momentum * a + g, state, gradient)
        return tree_map(lambda p, g: p - rate * g, params, gradient), state

    return Optimizer(init, constants, update)
