"""array-api-strict: nothing but the standard. What runs here runs on any compliant library."""

import functools
from typing import Any

import array_api_strict
import numpy as np

from xpde.core.backend import Array, Backend, Capabilities
from xpde.core.dtypes import placed_dtype
from xpde.errors import BackendUnavailable

__all__ = ["StrictBackend"]

_ARRAY = type(array_api_strict.zeros(0))
_OPERATORS = ("add", "sub", "mul", "truediv", "pow", "matmul", "lt", "le", "gt", "ge", "eq", "ne")


def _defer(name: str) -> None:
    """Let a binary operator return NotImplemented for a recorded array, as NumPy's and CuPy's do.

    The strict array raises instead, which would keep Python from asking the recorded array.
    """
    plain = getattr(_ARRAY, name)

    @functools.wraps(plain)
    def operator(self: Array, other: Any) -> Any:
        return NotImplemented if hasattr(other, "__xpde_backend__") else plain(self, other)

    setattr(_ARRAY, name, operator)


for _name in _OPERATORS:
    _defer(f"__{_name}__")


class StrictBackend(Backend):
    """The reference implementation of the standard, with every verb at its pure default."""

    name = "strict"

    def __init__(self, device: str | None = None, dtype: str = "float32") -> None:
        if device not in (None, "cpu"):
            raise BackendUnavailable(f"strict: expected device cpu, got {device!r}")
        super().__init__("cpu", dtype)

    @property
    def xp(self) -> Any:
        """The strict namespace itself."""
        return array_api_strict

    @classmethod
    def owns(cls, x: Any) -> bool:
        """Tell whether ``x`` is a strict array."""
        return isinstance(x, _ARRAY)

    def asarray(self, x: Any, *, dtype: str | None = None, like: Array | None = None) -> Array:
        """Place numbers in an array of this precision; see the protocol."""
        x = self.to_numpy(x) if self.owns(x) else np.asarray(x)
        return array_api_strict.asarray(x.astype(placed_dtype(x, self.precision(like), dtype)))

    def to_numpy(self, x: Array) -> np.ndarray:
        """Return a host copy through the standard's DLPack export."""
        return np.array(np.from_dlpack(x)) if self.owns(x) else np.array(x)

    @property
    def capabilities(self) -> Capabilities:
        """Tape gradients, no compilation."""
        return Capabilities(
            version=array_api_strict.__version__,
            gradients="tape",
            compiles=False,
            precision={"dtype": self.dtype, "reduced_precision": False},
        )
