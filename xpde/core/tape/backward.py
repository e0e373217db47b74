"""The backward sweep: nodes in reverse order of their making, each pulled once."""

import heapq
from typing import Any

from xpde.core.tape.traced import Node

__all__ = ["sweep"]


def sweep(seeds: list[tuple[Node, Any]], leaves: list[Node], *, release: bool) -> list[Any]:
    """Carry cotangents from the seeds to the leaves; None where a leaf does not matter.

    With ``release``, a node forgets its residuals as soon as it has been pulled, so memory falls
    while the sweep goes on; the recording can then not be pulled again.
    """
    cotangents: dict[int, Any] = {}
    heap: list[tuple[int, Node]] = []
    kept = {leaf.index for leaf in leaves}

    def arrive(node: Node, g: Any) -> None:
        if node.index not in cotangents:
            cotangents[node.index] = g
            heapq.heappush(heap, (-node.index, node))
        elif isinstance(g, dict):
            cotangents[node.index] = _merge(cotangents[node.index], g)
        else:
            cotangents[node.index] = cotangents[node.index] + g

    for node, g in seeds:
        arrive(node, g)
    while heap:
        _, node = heapq.heappop(heap)
        if node.index in kept:
            continue
        g = cotangents.pop(node.index)
        if node.pull is not None:
            for parent, part in zip(node.parents, node.pull(g), strict=True):
                if part is not None:
                    arrive(parent, part)
        if release:
            node.pull, node.parents = None, ()
    return [cotangents.get(leaf.index) for leaf in leaves]


def _merge(first: dict[int, Any], second: dict[int, Any]) -> dict[int, Any]:
    for slot, g in second.items():
        first[slot] = first[slot] + g if slot in first else g
    return first
