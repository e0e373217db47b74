"""Parameter trees in files: safetensors, whose header holds the tree."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from xpde.core import Tree
from xpde.core.files import write_whole
from xpde.errors import InvalidInput
from xpde.train.packing import packed, unpacked

__all__ = ["load_weights", "save_weights"]

_ENTRY = "xpde"


def save_weights(path: str | Path, params: Tree, metadata: dict[str, Any] | None = None) -> None:
    """Write a tree of dicts, lists, tuples and arrays of any backend, atomically.

    Tensors are named by their path in the tree (``blocks.0.spectral.real``). The header has one
    entry ``xpde``, JSON of the tree (``tree``, see :func:`xpde.train.packing.packed`) and of the
    caller's ``metadata``; one, because several would be written in any order. Equal weights and
    metadata make equal files.

    Raises
    ------
    InvalidInput
        If the tree holds anything else.
    XpdeError
        If the disk is full; the file of before is intact.
    """
    arrays: dict[str, np.ndarray] = {}
    tree = packed(params, "", arrays)
    header = json.dumps({"tree": tree, "metadata": metadata or {}}, sort_keys=True)
    write_whole(Path(path), save(arrays, {_ENTRY: header}))


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
            header = json.loads((file.metadata() or {})[_ENTRY])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return unpacked(header["tree"], arrays), header["metadata"]
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidInput(
            f"weights: expected a file written by save_weights, got {path} ({reason})"
        ) from error
