"""What rules share: shapes, kinds, conjugates."""

from typing import Any, NamedTuple

from xpde.core.dtypes import is_complex
from xpde.core.registry import namespace_of

Array = Any

__all__ = ["Outline", "conj", "fit", "is_array", "ones_ramp", "outline", "spread"]


class Outline(NamedTuple):
    """Shape and type of an array, for pullbacks that need nothing else of it."""

    shape: tuple[int, ...]
    dtype: Any


def outline(x: Any) -> Any:
    """Return what :func:`fit` needs of an argument, without keeping the argument alive."""
    return Outline(tuple(x.shape), x.dtype) if hasattr(x, "shape") else None


def is_array(x: Any) -> bool:
    """Tell an array from a Python number."""
    return not isinstance(x, (int, float, complex))


def conj(x: Any) -> Any:
    """Conjugate; a real array or number is returned as it is."""
    if not is_array(x):
        return x.conjugate()
    return namespace_of(x).conj(x) if is_complex(x) else x


def fit(g: Array, like: Any) -> Array:
    """Bring a cotangent to the shape and kind of the argument it belongs to.

    Sums over the axes that were broadcast, takes the real part for a real argument, and rounds to
    the precision of the argument.
    """
    if is_complex(g) and not is_complex(like):
        g = namespace_of(g).real(g)
    shape = tuple(like.shape)
    if tuple(g.shape) != shape:
        g = _gather(g, shape)
    return g if g.dtype == like.dtype else namespace_of(g).astype(g, like.dtype)


def _gather(g: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the axes along which ``shape`` was broadcast."""
    xp, extra = namespace_of(g), g.ndim - len(shape)
    axes = tuple(
        axis for axis in range(g.ndim) if axis < extra or shape[axis - extra] != g.shape[axis]
    )
    g = xp.sum(g, axis=axes, keepdims=True)
    return xp.reshape(g, shape)


def spread(g: Array, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Array:
    """Repeat a reduced cotangent over the axes that were summed."""
    xp = namespace_of(g)
    if not keepdims:
        axes = range(len(shape)) if axis is None else axis
        axes = (axes,) if isinstance(axes, int) else axes
        kept = {a % len(shape) for a in axes}
        g = xp.reshape(g, tuple(1 if a in kept else n for a, n in enumerate(shape)))
    return xp.broadcast_to(g, shape)


def ones_ramp(inner: Any, like: Array, points: int, size: int, interior: float) -> Array:
    """Weights of a half spectrum: 1 at k=0 and at the Nyquist mode, ``interior`` between."""
    import numpy as np

    weights = np.full(size, interior)
    weights[0] = 1.0
    if points % 2 == 0:
        weights[-1] = 1.0
    return inner.asarray(weights, like=like)
