"""Trees of parameters laid end to end, so that an update is a few operations on few vectors."""

from collections.abc import Sequence
from math import prod
from typing import Any

from xpde.core import Tree, flatten, leaves, namespace_of, unflatten

Array = Any

__all__ = ["joined", "moved"]

_LARGE = 2**18  # values of a leaf that is a vector by itself: a copy would cost more (measured)


def joined(tree: Tree) -> list[Array]:
    """Lay the leaves of a tree end to end: small ones in one vector, each large one by itself."""
    arrays: Sequence[Array] = leaves(tree)
    xp = namespace_of(arrays[0])
    groups = _groups([prod(a.shape) for a in arrays])
    return [
        xp.concat(rows, axis=0) if len(rows) > 1 else rows[0]
        for rows in ([xp.reshape(arrays[i], (-1,)) for i in group] for group in groups)
    ]


def moved(params: Tree, changes: Sequence[Array]) -> Tree:
    """Return p - δ, δ vectors over all parameters as :func:`joined` lays them."""
    flat, structure = flatten(params)
    sizes, after = [prod(p.shape) for p in flat], list(flat)
    for group, change in zip(_groups(sizes), changes, strict=True):
        xp, start = namespace_of(change), 0
        for i in group:
            part = change[start : start + sizes[i]]
            after[i], start = flat[i] - xp.reshape(part, flat[i].shape), start + sizes[i]
    return unflatten(structure, after)


def _groups(sizes: Sequence[int]) -> list[list[int]]:
    """Return the numbers of the leaves of every vector."""
    small = [i for i, size in enumerate(sizes) if size < _LARGE]
    return [*([small] if small else []), *([i] for i, n in enumerate(sizes) if n >= _LARGE)]
