"""CuPy: NumPy's code on a CUDA device, derivatives by the tape."""

from collections.abc import Sequence
from typing import Any

import array_api_compat.cupy as xp_cupy
import cupy
import numpy as np

from xpde.core import fourier
from xpde.core.backend import Array, Backend, Capabilities
from xpde.core.dtypes import dtype_name, placed_dtype
from xpde.core.trees import Tree
from xpde.errors import BackendUnavailable

__all__ = ["CupyBackend"]


class CupyBackend(Backend):
    """CuPy arrays; cuFFT's complex-to-real gets Hermitian planes, so it means what NumPy means."""

    name = "cupy"

    def __init__(self, device: str | None = None, dtype: str = "float32") -> None:
        _, _, index = (device or "cuda:0").partition(":")
        present = _devices()
        if f"cuda:{index or 0}" not in present:
            raise BackendUnavailable(
                f"cupy: expected a CUDA device, got {device or 'cuda:0'!r} of {present or 'none'}; "
                "use the numpy backend on this machine"
            )
        self._device = cupy.cuda.Device(int(index or 0))
        super().__init__(f"cuda:{int(index or 0)}", dtype)

    @property
    def xp(self) -> Any:
        """The namespace of array-api-compat for CuPy."""
        return xp_cupy

    @classmethod
    def owns(cls, x: Any) -> bool:
        """Tell whether ``x`` is a CuPy array."""
        return isinstance(x, cupy.ndarray)

    def asarray(self, x: Any, *, dtype: str | None = None, like: Array | None = None) -> Array:
        """Place numbers in an array of this precision; see the protocol."""
        if not self.owns(x):
            x = np.asarray(x)
        host = np.empty(0, dtype_name(x))
        with self._device if like is None else like.device:
            return cupy.asarray(x, dtype=placed_dtype(host, self.precision(like), dtype))

    def to_numpy(self, x: Array) -> np.ndarray:
        """Return a host copy."""
        return cupy.asnumpy(x)

    @property
    def capabilities(self) -> Capabilities:
        """Tape gradients, eager."""
        return Capabilities(
            version=cupy.__version__,
            gradients="tape",
            compiles=False,
            devices=_devices(),
            precision={"dtype": self.dtype, "reduced_precision": False},
        )

    def synchronize(self, tree: Tree = None) -> None:
        """Wait for the current stream."""
        cupy.cuda.get_current_stream().synchronize()

    def row_buffer(self, row: Array, count: int) -> Array | None:
        """Rows of a loop are written where they stay; recorded ones are kept in a list."""
        if not isinstance(row, cupy.ndarray):
            return None
        with row.device:
            return cupy.empty((count, *row.shape), row.dtype)

    def irfftn(self, u_hat: Array, shape: Sequence[int]) -> Array:
        """Inverse real transform by one cuFFT plan, after repairing the self-conjugate planes."""
        shape = tuple(shape)
        repaired = fourier.hermitian_planes(xp_cupy, u_hat, shape)
        return self.xp.fft.irfftn(repaired, s=shape, axes=tuple(range(-len(shape), 0)))


def _devices() -> tuple[str, ...]:
    try:
        return tuple(f"cuda:{i}" for i in range(cupy.cuda.runtime.getDeviceCount()))
    except cupy.cuda.runtime.CUDARuntimeError:
        return ()
