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
    fn: Callable[[Tree, Tree], tuple[Tree, Tree]],
    init: Tree,
    xs: Tree,
    length: int | None,
    buffer: Callable[[Any, int], Any] | None = None,
) -> tuple[Tree, Tree]:
    """Loop over the leading axis of ``xs``; each leaf is taken apart once and stacked once.

    One unstack and one stack per leaf keep the cost of a recorded loop linear in its length.
    ``buffer(leaf, steps)`` may return a writable array for the rows of an output, or None; rows
    are then written as they come and never kept twice.
    """
    rows, structure = flatten(xs)
    columns = [_namespace(leaf).unstack(leaf, axis=0) for leaf in rows]
    steps = len(columns[0]) if columns else length
    if steps is None:
        raise InvalidInput("scan: expected xs or a length, got neither; pass length=n")
    carry, shape, outputs = init, None, list[_Rows]()
    for i in range(steps):
        x = unflatten(structure, [column[i] for column in columns]) if columns else None
        carry, y = fn(carry, x)
        flat, shape = flatten(y)
        outputs = outputs or [_Rows(leaf, steps, buffer) for leaf in flat]
        for output, leaf in zip(outputs, flat, strict=True):
            output.add(leaf)
    if shape is None:
        return carry, None
    return carry, unflatten(shape, [output.stacked() for output in outputs])


class _Rows:
    """The rows of one output: written into a buffer, or kept in a list if they are recorded."""

    def __init__(self, first: Any, steps: int, buffer: Callable[[Any, int], Any] | None) -> None:
        self.buffer = None if buffer is None else buffer(first, steps)
        self.rows: list[Any] = []
        self.count = 0

    def add(self, row: Any) -> None:
        if self.buffer is not None and type(row) is not type(self.buffer):
            self.rows = [self.buffer[i, ...] for i in range(self.count)]
            self.buffer = None
        if self.buffer is None:
            self.rows.append(row)
        else:
            self.buffer[self.count, ...] = row
        self.count += 1

    def stacked(self) -> Any:
        if self.buffer is not None:
            return self.buffer
        return _namespace(*self.rows).stack(self.rows, axis=0)


def while_loop(condition: Callable[[Tree], Any], body: Callable[[Tree], Tree], init: Tree) -> Tree:
    """Repeat ``body`` while ``condition`` holds; the condition is read by the host each time."""
    state = init
    while bool(condition(state)):
        state = body(state)
    return state
