"""Clipping of the gradient before any optimizer sees it."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from xpde.core import Tree, leaves, namespace_of, tree_map
from xpde.core.programs import remembered
from xpde.errors import InvalidInput
from xpde.optim.optimizer import Optimizer

__all__ = ["clip_norm", "clip_value"]


@remembered
def clip_norm(optimizer: Optimizer, limit: float) -> Optimizer:
    """Return the optimizer on a gradient of norm at most c: g ← g / max(‖g‖ / c, 1).

    ‖g‖² is the sum of squares over all leaves. A gradient within the limit keeps its bits. NaN
    anywhere makes all of it NaN, infinity becomes NaN where it is, so that the trainer sees both;
    a finite gradient the squares of which overflow becomes zero. State and constants are those of
    the optimizer.

    Parameters
    ----------
    optimizer
        What gets the clipped gradient.
    limit
        c, above 0.

    Reference: Pascanu, Mikolov & Bengio, On the difficulty of training recurrent neural networks
    (ICML 2013), algorithm 1.
    """
    limit = _checked(limit)

    def clip(gradient: Tree) -> Tree:
        parts = [namespace_of(g).sum(g * g) for g in leaves(gradient)]
        total = sum(parts[1:], parts[0])
        xp = namespace_of(total)
        # exactly 1 within the limit; c / max(‖g‖, c) may be computed as c · (1 / c), which is not
        scale = 1 / xp.clip(xp.sqrt(total) / limit, 1.0, None)
        return tree_map(lambda g: scale * g, gradient)

    return _before(optimizer, clip)


@remembered
def clip_value(optimizer: Optimizer, limit: float) -> Optimizer:
    """Return the optimizer on a gradient of entries in [-c, c]: g ← min(max(g, -c), c).

    Unlike :func:`clip_norm` it turns the gradient; NaN stays NaN. State and constants are those
    of the optimizer.

    Parameters
    ----------
    optimizer
        What gets the clipped gradient.
    limit
        c, above 0.
    """
    limit = _checked(limit)
    return _before(
        optimizer,
        lambda gradient: tree_map(lambda g: namespace_of(g).clip(g, -limit, limit), gradient),
    )


def _before(optimizer: Optimizer, change: Callable[[Tree], Tree]) -> Optimizer:
    """Return the optimizer on a changed gradient."""

    def update(
        gradient: Tree, state: Tree, params: Tree, constants: Sequence[Any]
    ) -> tuple[Tree, Tree]:
        return optimizer.update(change(gradient), state, params, constants)

    return Optimizer(optimizer.init, optimizer.constants, update)


def _checked(limit: float) -> float:
    if not 0 < limit < inf:
        raise InvalidInput(f"limit: expected a finite number above 0, got {limit}")
    return float(limit)
