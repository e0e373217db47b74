"""Type names shared by all frameworks: precision is a name, not an object."""

from typing import Any

import numpy as np

__all__ = ["complex_name", "dtype_name", "is_complex", "placed_dtype", "real_name"]

_REAL = {"complex64": "float32", "complex128": "float64"}
_COMPLEX = {real: cplx for cplx, real in _REAL.items()}


def dtype_name(x: Any) -> str:
    """Return the plain name of an array's type: ``float32``, ``complex128``, ``int64``..."""
    name = str(getattr(x.dtype, "name", x.dtype)).rsplit(".", 1)[-1]
    return "bool" if name == "bool_" else name


def is_complex(x: Any) -> bool:
    """Tell whether an array is complex."""
    return dtype_name(x) in _REAL


def real_name(name: str) -> str:
    """Return the real type of the same precision."""
    return _REAL.get(name, name)


def complex_name(name: str) -> str:
    """Return the complex type of the same precision."""
    return _COMPLEX.get(name, name)


def placed_dtype(x: np.ndarray, precision: str, dtype: str | None) -> str:
    """Name the type that host numbers take on a device of the given real precision."""
    if dtype is not None:
        return dtype
    if x.dtype.kind == "f":
        return precision
    if x.dtype.kind == "c":
        return _COMPLEX[precision]
    return "bool" if x.dtype.kind == "b" else "int64"
