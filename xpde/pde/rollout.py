"""Trajectories: steps in Fourier space, snapshots transformed in blocks that stay in a cache."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xpde.core import backend_of, leaves
from xpde.core.backend import Array, Backend
from xpde.space import to_physical
from xpde.time import Etdrk

if TYPE_CHECKING:
    from xpde.pde.stepper import Stepper

__all__ = ["by_sample", "snapshots"]

# Bytes of the states that are transformed together (measured). A linear rollout on an eager backend
# gains from fewer calls; otherwise what leaves the cache costs more.
_BLOCK = 2**17
_EAGER_BLOCK = 2**19
_SAMPLE = 2**16  # bytes of a state from which a batch does not fit a cache any more


def by_sample(stepper: "Stepper", fn: Callable[[Array], Array], u: Array) -> Array:
    """Return ``fn(u)`` for a batch of states, large ones one after the other where that is faster.

    A large state alone stays in the cache over its steps, and its trajectory comes out in the
    right order; a batch of them does neither. Small states go together everywhere.
    """
    bk, rank = backend_of(u, *leaves(stepper)[:1]), stepper.grid.dims + 1
    lead, own = u.shape[:-rank], u.shape[-rank:]
    if math.prod(lead) < 2 or _bytes(u) < _SAMPLE * math.prod(lead) or not bk.one_by_one(u):
        return fn(u)
    samples = bk.xp.reshape(u, (math.prod(lead), *own))
    out = bk.scan(lambda _, state: (None, fn(state)), None, samples)[1]
    return bk.xp.reshape(out, (*lead, *out.shape[1:]))


def _bytes(u: Array) -> int:
    return (8 if "64" in str(u.dtype) else 4) * math.prod(u.shape)


def snapshots(stepper: "Stepper", u: Array, parts: Any, steps: int, axis: int) -> Array:
    """Return ``steps`` ≥ 1 states with time at ``axis``, from the split spectrum of ``u``.

    The steps are divided into equal blocks; a block is one loop (or, for a linear equation, one
    product with the powers of its factor) and one transform of all its states.
    """
    bk = backend_of(u, *leaves(stepper)[:1])
    scheme = stepper.integrator
    linear = isinstance(scheme, Etdrk) and stepper.term is None and stepper.decay is None
    eager = linear and not bk.capabilities.compiles
    block = _block_length(u, steps, _EAGER_BLOCK if eager else _BLOCK)
    if block == 1:
        return bk.xp.moveaxis(bk.scan(_one_by_one(stepper), parts, length=steps)[1], 0, axis)
    if linear and isinstance(scheme, Etdrk):
        body = _linear_block(stepper, scheme, bk, block, axis)
    else:
        body = _nonlinear_block(stepper, bk, block, axis)
    if block == steps:
        return body(parts, None)[1]
    states = bk.xp.moveaxis(bk.scan(body, parts, length=steps // block)[1], 0, axis)
    return bk.xp.reshape(states, (*u.shape[:axis], steps, *u.shape[axis:]))


def _block_length(u: Array, steps: int, most: int) -> int:
    """Return the largest divisor of ``steps`` whose states fit, at least 1."""
    fits = max(1, most // max(1, _bytes(u)))
    return max(n for n in range(1, min(steps, fits) + 1) if steps % n == 0)


def _one_by_one(stepper: "Stepper") -> Any:
    """One state after the other, nothing kept beside it: for states larger than a block."""

    def body(parts: Any, _: Any) -> tuple[Any, Array]:
        parts = stepper.advance(parts)
        return parts, to_physical(stepper.join(parts), stepper.grid)

    return body


def _nonlinear_block(stepper: "Stepper", bk: Backend, count: int, axis: int) -> Any:
    def step(parts: Any, _: Any) -> tuple[Any, Any]:
        parts = stepper.advance(parts)
        return parts, parts

    def body(parts: Any, _: Any) -> tuple[Any, Array]:
        parts, spectra = bk.scan(step, parts, length=count)
        band, tail = (None if x is None else bk.xp.moveaxis(x, 0, axis) for x in spectra)
        return parts, to_physical(stepper.join((band, tail)), stepper.grid)

    return body


def _linear_block(stepper: "Stepper", scheme: Etdrk, bk: Backend, count: int, axis: int) -> Any:
    """Multiply by the powers 1 .. count of the factor of one step, all at once."""
    powers = scheme.powers(scheme.factor(stepper.substeps), count)
    if not scheme.coupled and powers.ndim == stepper.grid.dims + 1:
        powers = bk.xp.expand_dims(powers, axis=1)  # one factor for all channels
    last = (*[slice(None)] * axis, -1, ...)

    def body(parts: Any, _: Any) -> tuple[Any, Array]:
        spectra = scheme.act(powers, bk.xp.expand_dims(parts[0], axis=axis))
        return (spectra[last], None), to_physical(spectra, stepper.grid)

    return body
