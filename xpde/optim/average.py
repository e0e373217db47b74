"""The running average of the parameters beside any optimizer."""

from collections.abc import Sequence
from typing import Any

from xpde.core import Tree, tree_map
from xpde.core.programs import remembered
from xpde.errors import InvalidInput
from xpde.optim.optimizer import Optimizer

__all__ = ["average", "averaged"]


@remembered
def averaged(optimizer: Optimizer, decay: float) -> Optimizer:
    """Return the optimizer with an exponential moving average ē of its parameters in the state.

    ē ← (1 - w) ē + w p,  w = (1 - d) / (1 - dᵗ),  t = s + 1

    p are the parameters after the update. This is the average with weights d^(t-i), i = 1..t, that
    add up to one: it starts with the first update, not with the random initial parameters. The
    parameters are trained as without it. The state is ``{"average": tree, "optimizer": state}``,
    where the average of no updates is the initial parameters; constants: 1 - w and w, then those
    of the optimizer. :func:`average` reads the state; of several wrappers this one is outermost.

    Parameters
    ----------
    optimizer
        What makes the step.
    decay
        d in [0, 1): about 1 / (1 - d) updates are averaged.

    Reference: Kingma & Ba, Adam (ICLR 2015), section 7.2 (temporal averaging).
    """
    if not 0 <= decay < 1:
        raise InvalidInput(f"decay: expected a number in [0, 1), got {decay}")

    def init(params: Tree) -> Tree:
        return {"average": params, "optimizer": optimizer.init(params)}

    def constants(step: int) -> tuple[float, ...]:
        w = (1 - decay) / (1 - decay ** (step + 1))
        return 1 - w, w, *optimizer.constants(step)

    def update(
        gradient: Tree, state: Tree, params: Tree, constants: Sequence[Any]
    ) -> tuple[Tree, Tree]:
        keep, take = constants[0], constants[1]
        params, inner = optimizer.update(gradient, state["optimizer"], params, constants[2:])
        mean = tree_map(lambda e, p: keep * e + take * p, state["average"], params)
        return params, {"average": mean, "optimizer": inner}

    return Optimizer(init, constants, update)


def average(params: Tree, state: Tree) -> Tree:
    """Return the averaged parameters that an optimizer state holds, ``params`` if it has none."""
    holds = isinstance(state, dict) and set(state) == {"average", "optimizer"}
    return state["average"] if holds else params
