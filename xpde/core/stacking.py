"""Trees of one structure put together along a new leading axis, and what is mapped over it."""

from collections.abc import Callable, Sequence
from typing import Any

from xpde.core.trees import Tree, flatten, tree_map, unflatten
from xpde.errors import InvalidInput

__all__ = ["stacked", "unstacked", "vmap"]


def _namespace(*arrays: Any) -> Any:
    from xpde.core.registry import namespace_of

    return namespace_of(*arrays)


def stacked(trees: Sequence[Tree]) -> Tree:
    """Return the tree whose leaves (M, ...) are those of M trees of one structure."""
    return tree_map(lambda *found: _namespace(*found).stack(found, axis=0), *trees)


def unstacked(tree: Tree) -> list[Tree]:
    """Return the M trees that :func:`stacked` put together; none for a tree without leaves."""
    found, structure = flatten(tree)
    columns = [_namespace(leaf).unstack(leaf, axis=0) for leaf in found]
    return [unflatten(structure, list(row)) for row in zip(*columns, strict=True)]


def vmap(fn: Callable[..., Tree], in_axes: Sequence[int | None]) -> Callable[..., Tree]:
    """Return ``fn`` called for one member after the other, with its outputs stacked."""

    def call(*args: Any) -> Tree:
        rows = [
            None if axis is None else unstacked(arg)
            for arg, axis in zip(args, in_axes, strict=True)
        ]
        count = max((len(row) for row in rows if row), default=0)
        if count == 0:
            raise InvalidInput("vmap: expected an argument with a leading axis, got none")

        def member(i: int) -> list[Any]:  # what has no leaves is the same for all
            return [row[i] if row else arg for row, arg in zip(rows, args, strict=True)]

        return stacked([fn(*member(i)) for i in range(count)])

    return call
