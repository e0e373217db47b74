"""Floor 1: the backend protocol, the namespace of an array, trees, loops, the tape, randomness."""

from xpde.core.backend import Backend, Capabilities
from xpde.core.random import stream
from xpde.core.registry import backend, backend_names, backend_of, namespace_of
from xpde.core.stacking import stacked, unstacked
from xpde.core.trees import Tree, flatten, leaves, register_tree, tree_map, unflatten

__all__ = [
    "Backend",
    "Capabilities",
    "Tree",
    "backend",
    "backend_names",
    "backend_of",
    "flatten",
    "leaves",
    "namespace_of",
    "register_tree",
    "stacked",
    "stream",
    "tree_map",
    "unflatten",
    "unstacked",
]
