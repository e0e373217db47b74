"""Weight decay around any optimizer: of the parameters, or as a penalty in the gradient."""

from collections.abc import Sequence
from math import inf
from typing import Any

from xpde.core import Tree, tree_map
from xpde.core.programs import remembered
from xpde.errors import InvalidInput
from xpde.optim.optimizer import Optimizer
from xpde.optim.schedule import Schedule

__all__ = ["decayed", "penalized"]


@remembered
def decayed(optimizer: Optimizer, schedule: Schedule, weight_decay: float) -> Optimizer:
    """Return the optimizer with decoupled weight decay λ.

    p ← p - δ - η(s) λ p,  δ the step of the optimizer, p on the right before it

    The decay passes through no moments. State: that of the optimizer; constants: η(s) λ, then its
    own. With λ = 0 it is the optimizer itself.

    Parameters
    ----------
    optimizer
        What makes the step.
    schedule
        η of the 0-based update number, usually the schedule of the optimizer.
    weight_decay
        λ, 0 or more.

    Reference: Loshchilov & Hutter, Decoupled Weight Decay Regularization (ICLR 2019), section 2.
    """
    _check(weight_decay)
    if weight_decay == 0:
        return optimizer

    def constants(step: int) -> tuple[float, ...]:
        return float(schedule(step) * weight_decay), *optimizer.constants(step)

    def update(
        gradient: Tree, state: Tree, params: Tree, constants: Sequence[Any]
    ) -> tuple[Tree, Tree]:
        share = constants[0]
        after, state = optimizer.update(gradient, state, params, constants[1:])
        return tree_map(lambda a, p: a - share * p, after, params), state

    return Optimizer(optimizer.init, constants, update)


@remembered
def penalized(optimizer: Optimizer, weight_decay: float) -> Optimizer:
    """Return the optimizer on the loss plus λ |p|² / 2: g ← g + λ p.

    For gradient descent without momentum it is :func:`decayed`; Adam scales the penalty by its
    moments, so there they differ. State and constants are those of the optimizer, and with λ = 0
    it is the optimizer itself.

    Parameters
    ----------
    optimizer
        What gets the gradient.
    weight_decay
        λ, 0 or more.

    Reference: Krogh & Hertz, A simple weight decay can improve generalization (NeurIPS 1991).
    """
    _check(weight_decay)
    if weight_decay == 0:
        return optimizer
    share = float(weight_decay)

    def update(
        gradient: Tree, state: Tree, params: Tree, constants: Sequence[Any]
    ) -> tuple[Tree, Tree]:
        gradient = tree_map(lambda g, p: g + share * p, gradient, params)
        return optimizer.update(gradient, state, params, constants)

    return Optimizer(optimizer.init, optimizer.constants, update)


def _check(weight_decay: float) -> None:
    if not 0 <= weight_decay < inf:
        raise InvalidInput(
            f"weight_decay: expected a finite number of 0 or more, got {weight_decay}"
        )
