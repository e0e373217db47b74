"""Trees of arrays: dict, list, tuple, None and registered frozen dataclasses, handled by optree."""

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

import optree

__all__ = [
    "Tree",
    "flatten",
    "leaves",
    "per_leaf",
    "register_tree",
    "registered_trees",
    "tree_map",
    "unflatten",
]

Tree = Any
T = TypeVar("T")

_NAMESPACE = "xpde"
_REGISTERED: list[tuple[type, tuple[str, ...], tuple[str, ...]]] = []
_LISTENERS: list[Callable[[type, tuple[str, ...], tuple[str, ...]], None]] = []


def register_tree(*, static: tuple[str, ...] = ()) -> Callable[[type[T]], type[T]]:
    """Class decorator: make a frozen dataclass a tree whose children are its non-static fields.

    Parameters
    ----------
    static
        Names of the fields that are hashable structure (sizes, names), not arrays.

    The same registration reaches every framework that keeps its own registry (JAX), so that
    arrays held by a solver are arguments of a compiled program and never baked into it.
    """

    def decorate(cls: type[T]) -> type[T]:
        names = tuple(f.name for f in dataclasses.fields(cls))  # type: ignore[arg-type]
        children = tuple(n for n in names if n not in static)

        def split(node: Any) -> tuple[tuple[Any, ...], tuple[Any, ...], tuple[str, ...]]:
            data = tuple(getattr(node, n) for n in children)
            return data, tuple(getattr(node, n) for n in static), children

        def join(meta: tuple[Any, ...], data: tuple[Any, ...]) -> Any:
            return rebuild(cls, children + static, (*data, *meta))

        optree.register_pytree_node(cls, split, join, namespace=_NAMESPACE)  # type: ignore[arg-type]
        _REGISTERED.append((cls, children, static))
        for listen in _LISTENERS:
            listen(cls, children, static)
        return cls

    return decorate


def rebuild(cls: type[T], names: tuple[str, ...], values: tuple[Any, ...]) -> T:
    """Make an instance without running its checks: leaves may be tracers or placeholders."""
    node = object.__new__(cls)
    for name, value in zip(names, values, strict=True):
        object.__setattr__(node, name, value)
    return node


def registered_trees(
    listener: Callable[[type, tuple[str, ...], tuple[str, ...]], None],
) -> None:
    """Tell ``listener(cls, children, static)`` of every registered class, now and later."""
    for entry in _REGISTERED:
        listener(*entry)
    _LISTENERS.append(listener)


def is_registered(x: Any) -> bool:
    """Tell whether ``x`` is an instance of a class made a tree by :func:`register_tree`."""
    return any(type(x) is cls for cls, _, _ in _REGISTERED)


def flatten(tree: Tree) -> tuple[list[Any], Any]:
    """Return the leaves of a tree, in a fixed order, and its structure."""
    return optree.tree_flatten(tree, namespace=_NAMESPACE)


def unflatten(structure: Any, values: list[Any]) -> Tree:
    """Rebuild the tree that :func:`flatten` took apart."""
    return optree.tree_unflatten(structure, values)


def leaves(tree: Tree) -> list[Any]:
    """Return the leaves of a tree in a fixed order (dictionaries by sorted key)."""
    return optree.tree_leaves(tree, namespace=_NAMESPACE)


def tree_map(fn: Callable[..., Any], tree: Tree, *rest: Tree) -> Tree:
    """Apply ``fn`` to corresponding leaves of one or more trees of the same structure."""
    return optree.tree_map(fn, tree, *rest, namespace=_NAMESPACE)


def per_leaf(args: tuple[Tree, ...], cotangents: tuple[Tree, ...]) -> list[Any]:
    """Return one cotangent for each leaf of the arguments: None for those of an argument's None."""
    found: list[Any] = []
    for arg, cotangent in zip(args, cotangents, strict=True):
        found += [None] * len(leaves(arg)) if cotangent is None else leaves(cotangent)
    return found
