"""Parameter trees in files: safetensors, whose header holds the tree."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from xpde.core import Tree, backend_of
from xpde.errors import InvalidInput

__all__ = ["load_weights", "save_weights"]


def _named(tree: Tree, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """Collect the leaves under their paths; return the same tree with names for leaves."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {k: _named(v, f"{path}.{k}" if path else k, arrays) for k, v in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_named(v, f"{path}.{i}" if path else f"{i}", arrays) for i, v in enumerate(tree)]
    name = path or "value"
    arrays[name] = np.ascontiguousarray(backend_of(tree).to_numpy(tree))
    return name


def _rebuilt(shape: Any, arrays: dict[str, np.ndarray]) -> Tree:
    if isinstance(shape, dict):
        return {k: _rebuilt(v, arrays) for k, v in shape.items()}
    if isinstance(shape, list):
        return [_rebuilt(v, arrays) for v in shape]
    return None if shape is None else arrays[shape]


def save_weights(path: str | Path, params: Tree, metadata: dict[str, Any] | None = None) -> None:
    """Write a tree of dicts, lists and arrays of any backend, atomically.

    Tensors are named by their path in the tree (``blocks.0.spectral.real``). The header has the
    tree (``tree``) and the caller's metadata (``metadata``) as JSON. Tuples come back as lists.
    """
    path = Path(path)
    arrays: dict[str, np.ndarray] = {}
    tree = _named(params, "", arrays)
    header = {"tree": json.dumps(tree), "metadata": json.dumps(metadata or {})}
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(save(arrays, header))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_weights(path: str | Path) -> tuple[Tree, dict[str, Any]]:
    """Read ``(params, metadata)`` back: a host tree with the numbers and types of the file.

    Place it with ``tree_map(backend.asarray, params)``.

    Raises
    ------
    InvalidInput
        If the file is missing, or was not written by :func:`save_weights`.
    """
    try:
        with safe_open(str(path), framework="numpy") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return _rebuilt(json.loads(header["tree"]), arrays), json.loads(header["metadata"])
    except (OSError, SafetensorError, KeyError) as error:
        raise InvalidInput(
            f"weights: expected a file written by save_weights, got {path} ({error})"
        ) from error
