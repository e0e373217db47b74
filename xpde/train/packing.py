"""Trees of arrays as named arrays and a plain description that JSON can hold."""

from typing import Any

import numpy as np

from xpde.core import Tree, backend_of
from xpde.errors import InvalidInput

__all__ = ["packed", "unpacked"]

_TUPLE = "()"


def packed(tree: Tree, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """Collect host copies of the leaves in ``arrays``; return the tree with names for leaves.

    A leaf is named by its path (``blocks.0.spectral.real``). A tuple becomes a list that begins
    with ``"()"``; no name within a list is that, since those end in a number.

    Raises
    ------
    InvalidInput
        If the tree has nodes other than None, dicts with strings for keys, lists, and tuples.
    """
    if tree is None:
        return None
    if isinstance(tree, dict):
        if not all(isinstance(key, str) for key in tree):
            raise InvalidInput(f"tree: expected strings for keys, got {list(tree)}")
        return {k: packed(v, _below(path, k), arrays) for k, v in tree.items()}
    if type(tree) in (list, tuple):
        nodes = [packed(v, _below(path, i), arrays) for i, v in enumerate(tree)]
        return nodes if type(tree) is list else [_TUPLE, *nodes]
    name = path or "value"
    while name in arrays:  # a key with a dot in it
        name += "'"
    try:
        array = backend_of(tree).to_numpy(tree)
    except InvalidInput as error:
        kind = type(tree).__name__
        raise InvalidInput(f"tree: expected arrays in dicts, lists, tuples, got {kind}") from error
    arrays[name] = np.asarray(array, order="C")
    return name


def _below(path: str, key: str | int) -> str:
    return f"{path}.{key}" if path else f"{key}"


def unpacked(shape: Any, arrays: dict[str, np.ndarray]) -> Tree:
    """Return the tree that :func:`packed` described, with the arrays in their places.

    Raises
    ------
    KeyError
        If an array is missing.
    """
    if shape is None:
        return None
    if isinstance(shape, dict):
        return {k: unpacked(v, arrays) for k, v in shape.items()}
    if isinstance(shape, list):
        is_tuple = shape[:1] == [_TUPLE]
        nodes = [unpacked(v, arrays) for v in shape[is_tuple:]]
        return tuple(nodes) if is_tuple else nodes
    return arrays[shape]
