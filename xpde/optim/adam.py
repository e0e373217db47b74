"""Adam."""

from collections.abc import Sequence
from math import sqrt
from typing import Any

from xpde.core import Tree, namespace_of
from xpde.core.programs import remembered
from xpde.errors import InvalidInput
from xpde.optim.flat import joined, moved
from xpde.optim.optimizer import Optimizer
from xpde.optim.schedule import Schedule

__all__ = ["adam"]


@remembered
def adam(schedule: Schedule, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> Optimizer:
    """Return Adam with bias correction and ε outside the root.

    m ← β₁ m + (1 - β₁) g,  v ← β₂ v + (1 - β₂) g²
    p ← p - η(s) [m / (1 - β₁ᵗ)] / (√[v / (1 - β₂ᵗ)] + ε),  t = s + 1

    The state is ``{"m": vector, "v": vector}`` over all parameters end to end, so that an update is
    a dozen array operations, not a dozen for each tensor; all parameters have one type. The
    constants of update ``s`` are
    η(s) / (1 - β₁ᵗ) and 1 / √(1 - β₂ᵗ).

    Parameters
    ----------
    schedule
        Learning rate η of the 0-based update number.
    b1, b2
        Decay of the two moments, in [0, 1).
    eps
        Added to the root, above 0.

    Reference: Kingma & Ba, Adam (ICLR 2015), algorithm 1.
    """
    for name, value in (("b1", b1), ("b2", b2)):
        if not 0 <= value < 1:
            raise InvalidInput(f"{name}: expected a number in [0, 1), got {value}")
    if not eps > 0:
        raise InvalidInput(f"eps: expected a number above 0, got {eps}")

    def init(params: Tree) -> Tree:
        vector = joined(params)
        zeros = namespace_of(vector).zeros_like
        return {"m": zeros(vector), "v": zeros(vector)}

    def constants(step: int) -> tuple[float, ...]:
        t = step + 1
        return schedule(step) / (1 - b1**t), 1 / sqrt(1 - b2**t)

    def update(
        gradient: Tree, state: Tree, params: Tree, constants: Sequence[Any]
    ) -> tuple[Tree, Tree]:
        rate, root = constants
        g = joined(gradient)
        xp = namespace_of(g)
        m = b1 * state["m"] + (1 - b1) * g
        v = b2 * state["v"] + (1 - b2) * (g * g)
        change = rate * m / (root * xp.sqrt(v) + eps)
        return moved(params, change), {"m": m, "v": v}

    return Optimizer(init, constants, update)
