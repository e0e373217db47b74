"""NumPy: transforms by scipy.fft, derivatives by the tape."""

from collections.abc import Callable, Sequence
from math import pi, sqrt
from typing import Any

import array_api_compat.numpy as xp_numpy
import numpy as np
import scipy
import scipy.fft

from xpde.core.backend import Array, Backend, Capabilities
from xpde.core.dtypes import placed_dtype
from xpde.errors import BackendUnavailable

__all__ = ["NumpyBackend"]


class NumpyBackend(Backend):
    """NumPy arrays on the host; scipy.fft keeps float32 and is the fastest kept CPU transform."""

    name = "numpy"

    def __init__(self, device: str | None = None, dtype: str = "float32") -> None:
        if device not in (None, "cpu"):
            raise BackendUnavailable(f"numpy: expected device cpu, got {device!r}")
        super().__init__("cpu", dtype)

    @property
    def xp(self) -> Any:
        """The namespace of array-api-compat for NumPy."""
        return xp_numpy

    @classmethod
    def owns(cls, x: Any) -> bool:
        """Tell whether ``x`` is a NumPy array or scalar."""
        return isinstance(x, (np.ndarray, np.generic))

    def asarray(self, x: Any, *, dtype: str | None = None, like: Array | None = None) -> Array:
        """Place numbers in an array of this precision; see the protocol."""
        x = np.asarray(x)
        return x.astype(placed_dtype(x, self.precision(like), dtype), copy=False)

    def to_numpy(self, x: Array) -> np.ndarray:
        """Return a host copy."""
        return np.array(x)

    @property
    def capabilities(self) -> Capabilities:
        """Tape gradients, no compilation."""
        return Capabilities(
            version=f"{np.__version__} (scipy {scipy.__version__})",
            gradients="tape",
            compiles=False,
            precision={"dtype": self.dtype, "reduced_precision": False},
        )

    def one_by_one(self, x: Array, *, brief: bool = False) -> bool:
        """One thread computes: a large state alone stays in its cache, a batch does not."""
        return True

    def in_parts(self, *arrays: Array) -> bool:
        """Whatever is not recorded."""
        return all(type(x) is np.ndarray for x in arrays)

    def row_buffer(self, row: Array, count: int) -> Array | None:
        """Rows of a loop are written where they stay; recorded ones are kept in a list."""
        return np.empty((count, *row.shape), row.dtype) if type(row) is np.ndarray else None

    def rfftn(self, u: Array, ndim: int) -> Array:
        """Real transform by scipy.fft."""
        return scipy.fft.rfftn(u, axes=tuple(range(-ndim, 0)))

    def irfftn(self, u_hat: Array, shape: Sequence[int]) -> Array:
        """Inverse real transform by scipy.fft, which has the protocol's meaning."""
        return scipy.fft.irfftn(u_hat, s=tuple(shape), axes=tuple(range(-len(shape), 0)))

    def fftn(self, x: Array, axes: Sequence[int]) -> Array:
        """Complex transform by scipy.fft."""
        return scipy.fft.fftn(x, axes=tuple(axes))

    def ifftn(self, x: Array, axes: Sequence[int]) -> Array:
        """Complex inverse transform by scipy.fft."""
        return scipy.fft.ifftn(x, axes=tuple(axes))

    def activation(self, name: str) -> Callable[[Array], Array] | None:
        """Gelu in place: eight passes through memory that is there, instead of as many new."""
        return _gelu if name == "gelu" else None

    def affine(self, a: Array, x: Array, b: Array) -> Array:
        """Add in place to the product."""
        y = a @ x
        y += b
        return y


def _gelu(x: Array) -> Array:
    scale = sqrt(2 / pi)
    y = np.multiply(x, x, out=np.empty_like(x))
    y *= 0.044715 * scale
    y += scale
    y *= x
    np.tanh(y, out=y)
    y += 1
    y *= x
    y *= 0.5
    return y
