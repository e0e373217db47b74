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

Array = Any

__all__ = ["adam"]


@remembered
def adam(schedule: Schedule, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> Optimizer:
    """Return Adam with bias correction and ε outside the root.

    m ← β₁ m + (1 - β₁) g,  v ← β₂ v + (1 - β₂) g²
    p ← p - η(s) [m / (1 - β₁ᵗ)] / (√[v / (1 - β₂ᵗ)] + ε),  t = s + 1

    The state is ``{"m": vectors, "v": vectors}`` over all parameters, small tensors end to end in
    one vector and large ones by themselves, so that an update is a dozen array operations for each
    vector, not for each tensor; all parameters have one type. The constants of update ``s`` are
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
        vectors = joined(params)
        zeros = namespace_of(vectors[0]).zeros_like
        return {"m": [zeros(x) for x in vectors], "v": [zeros(x) for x in vectors]}

    def constants(step: int) -> tuple[float, ...]:
        t = step + 1
        return schedule(step) / (1 - b1**t), 1 / sqrt(1 - b2**t)

    def moments(g: Array, m: Array, v: Array) -> tuple[Array, Array]:
        return b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * (g * g)

    def update(
        gradient: Tree, state: Tree, params: Tree, constants: Sequence[Any]
    ) -> tuple[Tree, Tree]:
        rate, root = constants
        found = [
            moments(*each) for each in zip(joined(gradient), state["m"], state["v"], strict=True)
        ]
        changes = [rate * m / (root * namespace_of(v).sqrt(v) + eps) for m, v in found]
        return moved(params, changes), {"m": [m for m, _ in found], "v": [v for _, v in found]}

    return Optimizer(init, constants, update)
