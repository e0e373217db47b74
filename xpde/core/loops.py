"""Loops for backends without their own: the host counts, the arrays flow."""

from collections.abc import Callable
from typing import Any

from xpde.core.trees import Tree, flatten, unflatten
from xpde.errors import InvalidInput

__all__ = ["scan", "while_loop"]


def _namespace(*arrays: Any) -> Any:
    from xpde.core.registry import namespace_of

    return namespace_of(*arrays)


def scan(
    fn: Callable[[Tree, Tree], tuple[Tree, Tree]], init: Tree, xs: Tree, length: int | None
) -> tuple[Tree, Tree]:
    """Loop over the leading axis of ``xs``; each leaf is taken apart once and stacked once.

    One unstack and one stack per leaf keep the cost of a recorded loop linear in its length.
    """
    rows, structure = flatten(xs)
    columns = [_namespace(leaf).unstack(leaf, axis=0) for leaf in rows]
    steps = len(columns[0]) if columns else length
    if steps is None:
        raise InvalidInput("scan: expected xs or a length, got neither; pass length=n")
    carry, outputs, shape = init, [], None
    for i in range(steps):
        x = unflatten(structure, [column[i] for column in columns]) if columns else None
        carry, y = fn(carry, x)
        flat, shape = flatten(y)
        outputs.append(flat)
    if shape is None:
        return carry, None
    stacked = [_namespace(*ys).stack(ys, axis=0) for ys in zip(*outputs, strict=True)]
    return carry, unflatten(shape, stacked)


def while_loop(condition: Callable[[Tree], Any], body: Callable[[Tree], Tree], init: Tree) -> Tree:
    """Repeat ``body`` while ``condition`` holds; the condition is read by the host each time."""
    state = init
    while bool(condition(state)):
        state = body(state)
    return state
