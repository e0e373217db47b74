"""Trees of parameters laid end to end, so that an update is a few operations on one vector."""

from collections.abc import Sequence
from itertools import accumulate
from math import prod
from typing import Any

from xpde.core import Tree, flatten, leaves, namespace_of, unflatten

Array = Any

__all__ = ["joined", "moved"]


def joined(tree: Tree) -> Array:
    """Lay the leaves of a tree end to end in one vector."""
    arrays: Sequence[Array] = leaves(tree)
    xp = namespace_of(arrays[0])
    return xp.concat([xp.reshape(a, (-1,)) for a in arrays], axis=0)


def moved(params: Tree, change: Array) -> Tree:
    """Return p - δ, δ a vector over all parameters in the order of :func:`joined`."""
    xp = namespace_of(change)
    flat, structure = flatten(params)
    ends = list(accumulate(prod(p.shape) for p in flat))
    after = [
        p - xp.reshape(change[end - prod(p.shape) : end], p.shape)
        for p, end in zip(flat, ends, strict=True)
    ]
    return unflatten(structure, after)
