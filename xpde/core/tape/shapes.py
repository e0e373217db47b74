"""Rules of reductions and of functions that move entries about."""

from itertools import accumulate
from operator import mul
from typing import Any

import numpy as np

from xpde.core.registry import namespace_of
from xpde.core.tape.tools import conj, fit, outline, spread

Array = Any

__all__ = ["SHAPES"]


def _sum(inner: Any, x: Array, *, axis: Any = None, keepdims: bool = False) -> Any:
    y = inner.xp.sum(x, axis=axis, keepdims=keepdims)
    shape = tuple(x.shape)
    return y, (lambda g: spread(g, shape, axis, keepdims),)


def _mean(inner: Any, x: Array, *, axis: Any = None, keepdims: bool = False) -> Any:
    y = inner.xp.mean(x, axis=axis, keepdims=keepdims)
    share = y.size / x.size
    shape = tuple(x.shape)
    return y, (lambda g: spread(g * share, shape, axis, keepdims),)


def _extreme(name: str) -> Any:
    """Rule of max and min: entries that tie share the cotangent."""

    def rule(inner: Any, x: Array, *, axis: Any = None, keepdims: bool = False) -> Any:
        y = getattr(inner.xp, name)(x, axis=axis, keepdims=keepdims)

        def pull(g: Array) -> Array:
            xp = namespace_of(x)
            hit = x == spread(y, x.shape, axis, keepdims)
            weight = xp.where(hit, xp.ones_like(x), xp.zeros_like(x))
            weight = weight / xp.sum(weight, axis=axis, keepdims=True)
            return spread(g, x.shape, axis, keepdims) * weight

        return y, (pull,)

    return rule


def _prod(inner: Any, x: Array, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Product; the derivative is the product of the others, right where entries are zero too."""
    y = inner.xp.prod(x, axis=axis, keepdims=keepdims)
    shape = tuple(x.shape)
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    last = [a % x.ndim for a in axes]
    order = (*[a for a in range(x.ndim) if a not in last], *last)
    back = tuple(sorted(range(x.ndim), key=lambda i: order[i]))
    moved = tuple(shape[a] for a in order)

    def pull(g: Array) -> Array:
        xp = namespace_of(x)
        lines = xp.reshape(xp.permute_dims(x, order), (*moved[: x.ndim - len(last)], -1))
        others = xp.reshape(_product_of_others(xp, lines), moved)
        return spread(g, shape, axis, keepdims) * conj(xp.permute_dims(others, back))

    return y, (pull,)


def _product_of_others(xp: Any, x: Array) -> Array:
    """Product of all entries but one along the last axis: those before times those behind."""
    entries = xp.unstack(x, axis=-1)
    before = list(accumulate(entries[:-1], mul, initial=xp.ones_like(entries[0])))
    behind = list(accumulate(entries[:0:-1], mul, initial=xp.ones_like(entries[0])))[::-1]
    return xp.stack([a * b for a, b in zip(before, behind, strict=True)], axis=-1)


def _var(
    inner: Any, x: Array, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False
) -> Any:
    y = inner.xp.var(x, axis=axis, correction=correction, keepdims=keepdims)

    def pull(g: Array) -> Array:
        centered = x - namespace_of(x).mean(x, axis=axis, keepdims=True)
        scale = 2.0 / (x.size // y.size - correction)
        return spread(g, x.shape, axis, keepdims) * (scale * centered)

    return y, (pull,)


def _std(
    inner: Any, x: Array, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False
) -> Any:
    y = inner.xp.std(x, axis=axis, correction=correction, keepdims=keepdims)
    _, (pull,) = _var(inner, x, axis=axis, correction=correction, keepdims=keepdims)
    return y, (lambda g: pull(g / (2.0 * y)),)


def _cumulative_sum(inner: Any, x: Array, *, axis: int = 0) -> Any:
    def pull(g: Array) -> Array:
        xp = namespace_of(g)
        return xp.flip(xp.cumulative_sum(xp.flip(g, axis=axis), axis=axis), axis=axis)

    return inner.xp.cumulative_sum(x, axis=axis), (pull,)


def _reshape(inner: Any, x: Array, shape: Any) -> Any:
    before = tuple(x.shape)
    return inner.xp.reshape(x, shape), (lambda g: namespace_of(g).reshape(g, before),)


def _permute_dims(inner: Any, x: Array, axes: Any) -> Any:
    back = tuple(sorted(range(x.ndim), key=lambda i: axes[i] % x.ndim))
    return inner.xp.permute_dims(x, axes), (lambda g: namespace_of(g).permute_dims(g, back),)


def _moveaxis(inner: Any, x: Array, source: Any, destination: Any) -> Any:
    y = inner.xp.moveaxis(x, source, destination)
    return y, (lambda g: namespace_of(g).moveaxis(g, destination, source),)


def _matrix_transpose(inner: Any, x: Array) -> Any:
    return inner.xp.matrix_transpose(x), (lambda g: namespace_of(g).matrix_transpose(g),)


def _expand_dims(inner: Any, x: Array, *, axis: Any = 0) -> Any:
    y = inner.xp.expand_dims(x, axis=axis)
    before = tuple(x.shape)
    return y, (lambda g: namespace_of(g).reshape(g, before),)


def _squeeze(inner: Any, x: Array, axis: Any) -> Any:
    y = inner.xp.squeeze(x, axis=axis)
    before = tuple(x.shape)
    return y, (lambda g: namespace_of(g).reshape(g, before),)


def _broadcast_to(inner: Any, x: Array, shape: Any) -> Any:
    like = outline(x)
    return inner.xp.broadcast_to(x, shape), (lambda g: fit(g, like),)


def _flip(inner: Any, x: Array, *, axis: Any = None) -> Any:
    return inner.xp.flip(x, axis=axis), (lambda g: namespace_of(g).flip(g, axis=axis),)


def _roll(inner: Any, x: Array, shift: Any, *, axis: Any = None) -> Any:
    back = tuple(-s for s in shift) if isinstance(shift, (tuple, list)) else -shift
    y = inner.xp.roll(x, shift, axis=axis)
    return y, (lambda g: namespace_of(g).roll(g, back, axis=axis),)


def _tile(inner: Any, x: Array, repetitions: tuple[int, ...]) -> Any:
    def pull(g: Array) -> Array:
        xp = namespace_of(g)
        lead = len(repetitions) - x.ndim
        repeats = (1,) * -lead + tuple(repetitions)
        sizes = (1,) * max(lead, 0) + tuple(x.shape)
        split = [n for pair in zip(repeats, sizes, strict=True) for n in pair]
        g = xp.sum(xp.reshape(g, tuple(split)), axis=tuple(range(0, len(split), 2)))
        return xp.reshape(g, x.shape)

    return inner.xp.tile(x, repetitions), (pull,)


def _concat(inner: Any, xs: list[Array], *, axis: int = 0) -> Any:
    axis = axis % xs[0].ndim
    ends = list(accumulate(x.shape[axis] for x in xs))
    head = (slice(None),) * axis

    def piece(i: int) -> Any:
        start = ends[i - 1] if i else 0
        like, spot = outline(xs[i]), (*head, slice(start, ends[i]), ...)
        return lambda g: fit(g[spot], like)

    return inner.xp.concat(xs, axis=axis), [piece(i) for i in range(len(xs))]


def _stack(inner: Any, xs: list[Array], *, axis: int = 0) -> Any:
    axis = axis % (xs[0].ndim + 1)
    head = (slice(None),) * axis

    def piece(i: int) -> Any:
        like = outline(xs[i])
        return lambda g: fit(g[(*head, i, ...)], like)

    return inner.xp.stack(xs, axis=axis), [piece(i) for i in range(len(xs))]


def _unstack(inner: Any, x: Array, *, axis: int = 0) -> Any:
    """Take an array apart; the cotangents of all parts come back as one stack."""
    parts = inner.xp.unstack(x, axis=axis)

    def pull(slots: dict[int, Array]) -> Array:
        xp = namespace_of(*slots.values())
        some = next(iter(slots.values()))
        zero = None if len(slots) == len(parts) else xp.zeros_like(some)
        return xp.stack([slots.get(i, zero) for i in range(len(parts))], axis=axis)

    return tuple(parts), (pull,)


def _getitem(inner: Any, x: Array, index: Any) -> Any:
    shape = tuple(x.shape)
    return x[index], (lambda g: put(g, shape, index),)


def put(g: Array, shape: tuple[int, ...], index: Any) -> Array:
    """Return zeros of ``shape`` with ``g`` at a basic ``index``: the adjoint of indexing."""
    from xpde.core.tape.traced import Traced, record

    if type(g) is Traced:
        return record("put", (g, shape, index))
    xp = namespace_of(g)
    out = xp.zeros(shape, dtype=g.dtype, device=g.device)
    spot = tuple(i for i in index if i is not None) if isinstance(index, tuple) else index
    if spot is not index and len(spot) < len(index):  # None made axes of one: assign without them
        g = xp.reshape(g, out[spot].shape)
    out[spot] = g  # frameworks that need the tape have mutable arrays
    return out


def _put(inner: Any, g: Array, shape: tuple[int, ...], index: Any) -> Any:
    return put(g, shape, index), (lambda h: h[index],)


def _take(inner: Any, x: Array, indices: Array, *, axis: int = 0) -> Any:
    """Pick slices by number; repeated numbers add up in the pullback.

    Every slice of ``x`` gathers the cotangents of its picks, as many as the most repeated number
    has, filled up with zeros: linear in the picks where numbers repeat alike.
    """
    axis = axis % x.ndim

    def pull(g: Array) -> Array:
        xp, table = namespace_of(g), _picks(inner.to_numpy(indices), x.shape[axis])
        if indices.shape[0] == 0:
            return xp.zeros_like(x)
        rows = xp.moveaxis(g, axis, 0)
        rows = xp.concat([rows, xp.zeros_like(rows[:1, ...])], axis=0)
        found = xp.take(rows, inner.asarray(table.ravel()), axis=0)
        total = xp.sum(xp.reshape(found, (*table.shape, *rows.shape[1:])), axis=0)
        return xp.moveaxis(total, 0, axis)

    return inner.xp.take(x, indices, axis=axis), (pull,)


def _picks(numbers: np.ndarray, count: int) -> np.ndarray:
    """Return (most, count): which picks have each number, filled up with the one after the last."""
    numbers = np.where(numbers < 0, numbers + count, numbers)
    order, sizes = np.argsort(numbers, kind="stable"), np.bincount(numbers, minlength=count)
    starts = np.cumsum(sizes) - sizes
    table = np.full((max(1, int(sizes.max(initial=0))), count), len(numbers))
    table[np.arange(len(numbers)) - starts[numbers[order]], numbers[order]] = order
    return table


SHAPES: dict[str, Any] = {
    "broadcast_to": _broadcast_to,
    "concat": _concat,
    "cumulative_sum": _cumulative_sum,
    "expand_dims": _expand_dims,
    "flip": _flip,
    "getitem": _getitem,
    "matrix_transpose": _matrix_transpose,
    "max": _extreme("max"),
    "mean": _mean,
    "min": _extreme("min"),
    "moveaxis": _moveaxis,
    "permute_dims": _permute_dims,
    "prod": _prod,
    "put": _put,
    "reshape": _reshape,
    "roll": _roll,
    "squeeze": _squeeze,
    "stack": _stack,
    "std": _std,
    "sum": _sum,
    "take": _take,
    "tile": _tile,
    "unstack": _unstack,
    "var": _var,
}
