"""The store: files that appear whole or not at all, in a folder named by its configuration.

Tables are Parquet, fields HDF5, configurations JSON; nothing is pickled. A file is written under
a temporary name beside its place, flushed to the disk and moved, so a process killed at any time
leaves either the old file or the new one.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from xpde.core.files import atomic
from xpde.errors import InvalidInput

__all__ = [
    "atomic",
    "canonical",
    "digest",
    "read_fields",
    "read_json",
    "read_table",
    "write_fields",
    "write_json",
    "write_table",
]


def canonical(value: Any) -> str:
    """Return the one JSON text of plain values: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(value: Any) -> str:
    """Return the first 12 hexadecimal digits of SHA-256 over :func:`canonical`.

    The same on every machine and in every session, so equal configurations share a folder.
    """
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:12]


def write_json(path: Path, value: Any) -> None:
    """Write plain values as readable JSON, atomically."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet, atomically."""
    with atomic(path) as temporary:
        table.to_parquet(temporary, index=False)


def write_fields(
    path: Path, arrays: Mapping[str, np.ndarray], attributes: Mapping[str, Any] | None = None
) -> None:
    """Write arrays (names may hold ``/`` for groups) and attributes as HDF5, atomically."""
    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, compression="gzip", compression_opts=1)
        for name, value in (attributes or {}).items():
            file.attrs[name] = value


def read_json(path: Path) -> Any:
    """Read JSON; a damaged file is named and left alone."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, "JSON", error) from error


def read_table(path: Path) -> pd.DataFrame:
    """Read Parquet; a damaged file is named and left alone."""
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:  # pyarrow's errors are kinds of ValueError
        raise _damaged(path, "Parquet", error) from error


def read_fields(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read all arrays (by full name) and the attributes of an HDF5 file."""
    arrays: dict[str, np.ndarray] = {}

    def collect(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()]

    try:
        with h5py.File(path) as file:
            file.visititems(collect)
            return arrays, dict(file.attrs)
    except (OSError, RuntimeError) as error:
        raise _damaged(path, "HDF5", error) from error


def _damaged(path: Path, kind: str, error: Exception) -> InvalidInput:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    return InvalidInput(
        f"expected a readable {kind} file at {path}, got: {first}; it was left as it is, "
        "move it away to have it written again"
    )
