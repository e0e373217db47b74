"""Inner products, norms and quotients of vectors (..., *domain), sample by sample."""

from typing import Any

from xpde.core import backend_of, namespace_of

__all__ = ["dot", "inverse", "no_fault", "norm", "power_of_two", "quotient", "root", "zeros"]

Array = Any


def dot(x: Array, y: Array, ndim: int) -> Array:
    """Return ⟨x, y⟩ = Σ x y over the last ``ndim`` axes, kept with length 1."""
    xp = namespace_of(x, y)
    return _kept(xp.vecdot(_flat(xp, x, ndim), _flat(xp, y, ndim), axis=-1), ndim)


def norm(x: Array, ndim: int) -> Array:
    """Return ‖x‖₂ over the last ``ndim`` axes, kept with length 1; its derivative at 0 is 0."""
    return root(dot(x, x, ndim))


def quotient(a: Array, b: Array) -> Array:
    """Return a / b, and 0 where b = 0, with derivative 0 there."""
    xp = namespace_of(a, b)
    defined = b != 0
    return xp.where(defined, a, xp.zeros_like(a)) / xp.where(defined, b, xp.ones_like(b))


def inverse(a: Array) -> Array:
    """Return 1 / a, and 0 where a = 0, with derivative 0 there."""
    return quotient(namespace_of(a).ones_like(a), a)


def root(a: Array) -> Array:
    """Return √a, and 0 where a ≤ 0, with derivative 0 there; what is no number stays so."""
    xp = namespace_of(a)
    defined = ~(a <= 0)
    return xp.where(defined, xp.sqrt(xp.where(defined, a, xp.ones_like(a))), xp.zeros_like(a))


def no_fault(like: Array, ndim: int) -> Array:
    """Return zeros (..., 1, ..., 1) of integers: the field ``fault`` of a state that has none."""
    xp = namespace_of(like)
    one = like[(..., *(slice(0, 1),) * ndim)]
    return xp.zeros_like(one, dtype=xp.int32)


def power_of_two(x: Array, ndim: int) -> Array:
    """Return the power of two below max|x| over the last ``ndim`` axes, 1 where x = 0.

    A vector divided by it has entries of order 1, and a linear solve of it is scaled back without
    rounding: squares neither overflow nor underflow however large or small x is.
    """
    xp = namespace_of(x)
    largest = xp.max(xp.abs(x), axis=tuple(range(-ndim, 0)), keepdims=True)
    some = xp.where(largest > 0, largest, xp.ones_like(largest))
    return 2.0 ** xp.floor(xp.log2(some))


def zeros(like: Array, shape: tuple[int, ...]) -> Array:
    """Return zeros of a shape, of the type and on the device of an array, traced or not."""
    like = backend_of(like).stop_gradient(like)
    xp = namespace_of(like)
    one = xp.reshape(like, (-1,))[:1]
    return xp.zeros_like(xp.broadcast_to(xp.reshape(one, (1,) * len(shape)), shape))


def _flat(xp: Any, x: Array, ndim: int) -> Array:
    return x if ndim == 1 else xp.reshape(x, (*x.shape[: x.ndim - ndim], -1))


def _kept(x: Array, ndim: int) -> Array:
    return x[(..., *(None,) * ndim)]
