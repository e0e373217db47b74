"""Stochastic gradient descent."""

from collections.abc import Sequence
from typing import Any

from xpde.core import Tree, namespace_of, tree_map
from xpde.core.programs import remembered
from xpde.errors import InvalidInput
from xpde.optim.optimizer import Optimizer
from xpde.optim.schedule import Schedule

__all__ = ["sgd"]


@remembered
def sgd(schedule: Schedule, momentum: float = 0.0, nesterov: bool = False) -> Optimizer:
    """Return gradient descent with heavy-ball momentum μ, or with Nesterov's.

    a ← μ a + g,  p ← p - η(s) a             (heavy ball)
    a ← μ a + g,  p ← p - η(s) (g + μ a)     (Nesterov: one step of a ahead)

    The state is the tree ``a``, or None without momentum; the one constant is η(s).

    Parameters
    ----------
    schedule
        Learning rate η of the 0-based update number.
    momentum
        μ in [0, 1).
    nesterov
        Which of the two; it needs a momentum.

    References: Polyak, Some methods of speeding up the convergence of iteration methods (1964);
    Sutskever et al., On the importance of initialization and momentum in deep learning
    (ICML 2013), section 2.
    """
    if not 0 <= momentum < 1:
        raise InvalidInput(f"momentum: expected a number in [0, 1), got {momentum}")
    if nesterov and momentum == 0:
        raise InvalidInput("nesterov: expected a momentum above 0, got 0; pass momentum=0.9")

    def init(params: Tree) -> Tree:
        if momentum == 0:
            return None
        return tree_map(lambda p: namespace_of(p).zeros_like(p), params)

    def constants(step: int) -> tuple[float, ...]:
        return (schedule(step),)

    def update(
        gradient: Tree, state: Tree, params: Tree, constants: Sequence[Any]
    ) -> tuple[Tree, Tree]:
        rate, direction = constants[0], gradient
        if momentum != 0:
            state = direction = tree_map(lambda a, g: momentum * a + g, state, gradient)
        if nesterov:
            direction = tree_map(lambda a, g: g + momentum * a, state, gradient)
        return tree_map(lambda p, d: p - rate * d, params, direction), state

    return Optimizer(init, constants, update)
