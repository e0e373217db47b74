"""Lion."""

from collections.abc import Sequence
from typing import Any

from xpde.core import Tree, namespace_of
from xpde.core.programs import remembered
from xpde.errors import InvalidInput
from xpde.optim.decay import decayed
from xpde.optim.flat import joined, moved
from xpde.optim.optimizer import Optimizer
from xpde.optim.schedule import Schedule

__all__ = ["lion"]


@remembered
def lion(
    schedule: Schedule, b1: float = 0.9, b2: float = 0.99, weight_decay: float = 0.0
) -> Optimizer:
    """Return Lion: a step of one size in every entry, along the sign of a momentum.

    p ← p - η(s) [sign(β₁ m + (1 - β₁) g) + λ p],  m ← β₂ m + (1 - β₂) g

    The state is ``{"m": vectors}`` over all parameters, half of Adam's. Every entry
    moves by η, so rates are 3 to 10 times smaller than for Adam, and λ as much larger.

    Parameters
    ----------
    schedule
        Learning rate η of the 0-based update number.
    b1, b2
        Weight of the momentum in the step, and its decay, in [0, 1).
    weight_decay
        λ, decoupled, 0 or more; see :func:`decayed`.

    Reference: Chen et al., Symbolic Discovery of Optimization Algorithms (NeurIPS 2023),
    program 1 and section 5.
    """
    for name, value in (("b1", b1), ("b2", b2)):
        if not 0 <= value < 1:
            raise InvalidInput(f"{name}: expected a number in [0, 1), got {value}")

    def init(params: Tree) -> Tree:
        return {"m": [namespace_of(x).zeros_like(x) for x in joined(params)]}

    def constants(step: int) -> tuple[float, ...]:
        return (schedule(step),)

    def update(
        gradient: Tree, state: Tree, params: Tree, constants: Sequence[Any]
    ) -> tuple[Tree, Tree]:
        pairs = list(zip(state["m"], joined(gradient), strict=True))
        steps = [namespace_of(g).sign(b1 * m + (1 - b1) * g) for m, g in pairs]
        moments = [b2 * m + (1 - b2) * g for m, g in pairs]
        return moved(params, [constants[0] * step for step in steps]), {"m": moments}

    return decayed(Optimizer(init, constants, update), schedule, weight_decay)
