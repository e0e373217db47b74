"""Convolution by patches and one matrix product, for frameworks that have none."""

from itertools import product
from math import prod
from typing import Any

from xpde.core.zeros import zeros_beside

Array = Any

__all__ = ["convolve", "convolve_transpose", "patches", "weight_gradient", "windows"]


def windows(x: Array, kernel: tuple[int, ...], stride: int, dilation: int) -> list[Array]:
    """Return, for every tap, the view of the inputs (..., C, *M) that it multiplies."""
    reach = tuple(dilation * (k - 1) for k in kernel)
    taps = product(*(range(0, r + 1, dilation) for r in reach))
    return [
        x[
            (
                ...,
                *(
                    slice(t, n - r + t, stride)
                    for t, r, n in zip(tap, reach, x.shape[-len(kernel) :], strict=True)
                ),
            )
        ]
        for tap in taps
    ]


def patches(xp: Any, x: Array, kernel: tuple[int, ...], stride: int, dilation: int) -> Array:
    """Gather the inputs that every output sees: (..., C, *N) to (..., T·C, *M), taps outermost."""
    views = windows(x, kernel, stride, dilation)
    return xp.concat(views, axis=-len(kernel) - 1) if len(views) > 1 else views[0]


def _weight_matrix(xp: Any, w: Array) -> Array:
    """Arrange (C_out, C_in, *K) as (C_out, T·C_in) in the order of :func:`patches`."""
    axes = (0, *range(2, w.ndim), 1)
    return xp.reshape(xp.permute_dims(w, axes), (w.shape[0], -1))


def convolve(xp: Any, x: Array, w: Array, stride: int, dilation: int) -> Array:
    """Cross-correlate by one matrix product per sample; see ``Backend.convolve``."""
    ndim = w.ndim - 2
    rows = patches(xp, x, w.shape[2:], stride, dilation)
    lead, size = rows.shape[: -ndim - 1], rows.shape[-ndim:]
    flat = xp.reshape(rows, (*lead, rows.shape[-ndim - 1], prod(size)))
    return xp.reshape(_weight_matrix(xp, w) @ flat, (*lead, w.shape[0], *size))


def weight_gradient(
    xp: Any, x: Array, g: Array, kernel: tuple[int, ...], stride: int, dilation: int
) -> Array:
    """Cotangent of ``w`` in ``convolve(x, w)``: Σ over samples and outputs of g ⊗ x, tap by tap.

    One product a tap on views of ``x``: gathering patches again would cost more than it saves.
    """
    ndim = len(kernel)
    flat = xp.reshape(g, (-1, g.shape[-ndim - 1], prod(g.shape[-ndim:])))
    parts = []
    for view in windows(x, kernel, stride, dilation):
        rows = xp.reshape(view, (-1, view.shape[-ndim - 1], flat.shape[-1]))
        parts.append(xp.sum(flat @ xp.matrix_transpose(rows), axis=0))
    return xp.reshape(xp.stack(parts, axis=-1), (*parts[0].shape, *kernel))


def _spread(xp: Any, x: Array, axis: int, stride: int) -> Array:
    """Put ``stride - 1`` zeros between neighbours along a negative axis."""
    if stride == 1:
        return x
    spot = x.ndim + axis
    zeros = xp.zeros_like(x)
    wide = xp.stack([x] + [zeros] * (stride - 1), axis=spot + 1)
    wide = xp.reshape(wide, (*x.shape[:spot], -1, *x.shape[spot + 1 :]))
    return wide[(..., slice(0, wide.shape[spot] - stride + 1), *[slice(None)] * (-axis - 1))]


def _pad_zeros(xp: Any, x: Array, axis: int, width: int) -> Array:
    if width == 0:
        return x
    zeros = zeros_beside(xp, x, axis, width)
    return xp.concat([zeros, x, zeros], axis=axis)


def convolve_transpose(xp: Any, x: Array, w: Array, stride: int, dilation: int) -> Array:
    """Spread, pad with zeros, and correlate with the flipped kernel."""
    for axis in range(-(w.ndim - 2), 0):
        x = _spread(xp, x, axis, stride)
        x = _pad_zeros(xp, x, axis, dilation * (w.shape[axis] - 1))
    flipped = xp.flip(w, axis=tuple(range(2, w.ndim)))
    return convolve(xp, x, flipped, 1, dilation)
