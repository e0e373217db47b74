"""The arrays that networks and objectives hold, as arguments of compiled programs."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from numbers import Number
from typing import Any

from xpde.core import Tree, flatten, unflatten

__all__ = ["Shell", "opened"]


@dataclass(frozen=True)
class Shell:
    """Trees without the arrays they hold; hashable, equal for equal structures.

    Attributes
    ----------
    structure
        Where the leaves go.
    fixed
        The leaves that are no arrays (networks, functions), and None where an array goes.
    names
        What stands for ``fixed`` in comparisons: a leaf itself, or its identity if it has no hash.
    """

    structure: Any
    fixed: tuple[Any, ...] = field(compare=False)
    names: tuple[Hashable, ...] = field(repr=False)

    def __call__(self, arrays: list[Any]) -> Tree:
        """Return the parts with their arrays, or with tracers in their place; one part as it is."""
        rest = iter(arrays)
        filled = [next(rest) if leaf is None else leaf for leaf in self.fixed]
        parts = unflatten(self.structure, filled)
        return parts if len(parts) > 1 else parts[0]


def opened(*parts: Tree) -> tuple[Shell, list[Any]]:
    """Part networks and objectives from the arrays they hold: ``shell(arrays)`` are the parts.

    ``shell, held = opened(network, objective)`` and ``network, objective = shell(held)``; one part
    comes back alone. Registered trees (a :class:`~xpde.train.Corrector`, an objective bound to a
    :class:`~xpde.pde.Stepper`, sums and stages of such) hold their leaves; any other network or
    function is a leaf itself and stays in the shell. A compiler copies arrays that a function
    closes over into its program, but not arguments; hence programs are made of the shell and
    called with the arrays.
    """
    found, structure = flatten(parts)
    held = [leaf for leaf in found if _is_data(leaf)]
    fixed = tuple(None if _is_data(leaf) else leaf for leaf in found)
    return Shell(structure, fixed, tuple(map(_name, fixed))), held


def _is_data(leaf: Any) -> bool:
    return isinstance(leaf, Number) or (hasattr(leaf, "shape") and hasattr(leaf, "dtype"))


def _name(leaf: Any) -> Hashable:
    try:
        hash(leaf)
    except TypeError:
        return id(leaf)
    return leaf
