"""A tree taken apart for a derivative rule: arrays of floats, and what has no derivative."""

from collections.abc import Callable
from typing import Any

from xpde.core import Tree, backend_of, flatten, leaves, unflatten
from xpde.core.dtypes import dtype_name

__all__ = ["fixed_leaves", "is_float", "parted", "pulled", "summed"]

Array = Any


def is_float(leaf: Any) -> bool:
    """Tell an array of real floating numbers from indices, Python numbers and settings."""
    return hasattr(leaf, "shape") and dtype_name(leaf).startswith("float")


def parted(tree: Tree) -> tuple[list[Array], Callable[[list[Array], list[Any]], Tree]]:
    """Part a tree: its arrays of floats, and how to put them with the other leaves again."""
    flat, structure = flatten(tree)
    kinds = [is_float(leaf) for leaf in flat]

    def rebuild(floats: list[Array], fixed: list[Any]) -> Tree:
        chosen, others = iter(floats), iter(fixed)
        return unflatten(structure, [next(chosen) if kind else next(others) for kind in kinds])

    return [leaf for leaf in flat if is_float(leaf)], rebuild


def fixed_leaves(tree: Tree) -> list[Any]:
    """Return the leaves that are no arrays of floats."""
    return [leaf for leaf in leaves(tree) if not is_float(leaf)]


def pulled(fn: Callable[[list[Array]], Array], floats: list[Array], w: Array) -> list[Array]:
    """Return ∇ ⟨w, fn(floats)⟩, one cotangent for each of the floats.

    One array may stand at two places of an operator, as in AᵀA; each place is given an array of its
    own, because autograd would count both at each.
    """
    if not floats:
        return []
    own = [1.0 * leaf for leaf in floats]
    return backend_of(w, *own).vjp(fn, own)[1](w)[0]


def summed(x: Array, shape: tuple[int, ...]) -> Array:
    """Sum a cotangent over the axes along which an argument of this shape was repeated."""
    xp = backend_of(x).xp
    extra = x.ndim - len(shape)
    axes = [i for i in range(x.ndim) if i < extra or x.shape[i] != shape[i - extra]]
    if not axes:
        return x
    return xp.reshape(xp.sum(x, axis=tuple(axes), keepdims=True), shape)
