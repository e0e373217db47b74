"""Trajectories: steps in Fourier space, snapshots transformed in blocks that stay in a cache."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xpde.core import backend_of, leaves
from xpde.core.backend import Array, Backend
from xpde.core.trees import flatten, unflatten
from xpde.pde.fields import is_large
from xpde.space import to_physical, to_spectral
from xpde.time import Etdrk

if TYPE_CHECKING:
    from xpde.pde.stepper import Stepper

__all__ = ["by_sample", "trajectories"]

# Bytes of the states that are transformed together (measured). A linear rollout on an eager backend
# gains from fewer calls; otherwise what leaves the cache costs more.
_BLOCK = 2**17
_EAGER_BLOCK = 2**19
_PRODUCTS = 2**22  # of samples together where transforms are products, whose threads want much
_SAMPLE = 2**16  # bytes of a state from which a batch does not fit a cache any more


def by_sample(stepper: "Stepper", fn: Callable[[Array], Array], u: Array) -> Array:
    """Return ``fn(u)`` for a batch of states, large ones in turn where that is faster.

    A large state alone stays in the cache over its steps; a batch of them does not. Products of
    matrices use every thread only if they are large: there as many are taken together as fit.
    """
    size, rank = _group(stepper, u), stepper.grid.dims + 1
    batch = u.shape[:-rank]
    if size == math.prod(batch):
        return fn(u)
    bk = backend_of(u, *leaves(stepper)[:1])
    each = (size,) if size > 1 else ()
    groups = bk.xp.reshape(u, (-1, *each, *u.shape[-rank:]))
    out = bk.scan(lambda _, states: (None, fn(states)), None, groups)[1]
    return bk.xp.reshape(out, (*batch, *out.shape[1 + len(each) :]))


def trajectories(stepper: "Stepper", u: Array, steps: int) -> Array:
    """Return the next ``steps`` ≥ 1 states as (..., T, C, *N): all samples together, or in turn."""
    bk, axis = backend_of(u, *leaves(stepper)[:1]), u.ndim - stepper.grid.dims - 1
    if bk.capabilities.compiles or _group(stepper, u) == math.prod(u.shape[:axis]):
        return by_sample(stepper, lambda v: _together(stepper, v, steps), u)
    states = _in_turn(stepper, bk.xp.reshape(u, (-1, *u.shape[axis:])), steps)
    return bk.xp.reshape(states, (*u.shape[:axis], steps, *u.shape[axis:]))


def _group(stepper: "Stepper", u: Array) -> int:
    """Return how many states of a batch are advanced together."""
    bk = backend_of(u, *leaves(stepper)[:1])
    samples, brief = math.prod(u.shape[: -stepper.grid.dims - 1]), _linear(stepper) is not None
    if samples < 2 or _bytes(u) < _SAMPLE * samples or not bk.one_by_one(u, brief=brief):
        return samples
    if brief or not stepper.band.by_products(u):
        return 1
    return _part(samples, _PRODUCTS // (_bytes(u) // samples))


def _linear(stepper: "Stepper") -> Etdrk | None:
    """Return the scheme of a linear equation, whose factor is all that a step multiplies by."""
    scheme = stepper.integrator
    alone = stepper.term is None and stepper.decay is None
    return scheme if alone and isinstance(scheme, Etdrk) else None


def _bytes(u: Array) -> int:
    return (8 if "64" in str(u.dtype) else 4) * math.prod(u.shape)


def _together(stepper: "Stepper", u: Array, steps: int) -> Array:
    """Advance all samples with every operation."""
    bk, axis = backend_of(u, *leaves(stepper)[:1]), u.ndim - stepper.grid.dims - 1
    block, carry, body = _loop(stepper, bk, u, steps, axis)
    if 1 < block == steps:
        return body(carry, None)[1]
    states = bk.xp.moveaxis(bk.scan(body, carry, length=steps // block)[1], 0, axis)
    return bk.xp.reshape(states, (*u.shape[:axis], steps, *u.shape[axis:]))


def _loop(
    stepper: "Stepper", bk: Backend, u: Array, steps: int, axis: int
) -> tuple[int, Any, Callable[[Any, Any], tuple[Any, Array]]]:
    """Return how many steps a block has, and what the loop over blocks hands on, and its body.

    Spectra that are too large for blocks are handed on in a form of their own: those of a linear
    equation as lines, others, where that saves memory, in one piece.
    """
    u_hat, scheme = to_spectral(u, stepper.grid.dims), _linear(stepper)
    block, body = _blocks(stepper, bk, u, steps, axis)
    if block == 1 and scheme is not None and not scheme.coupled:
        return block, *_flat(stepper, scheme, bk, u_hat)
    if block == 1 and bk.capabilities.compiles and _holds_much(stepper):
        return block, u_hat, _whole(stepper)
    return block, stepper.split(u_hat), body


def _in_turn(stepper: "Stepper", u: Array, steps: int) -> Array:
    """Advance the samples (S, C, *N) one after the other, in one loop over the blocks of all.

    One loop of the host and not two, so that a block is written where it stays, once.
    """
    bk = backend_of(u, *leaves(stepper)[:1])
    starts = stepper.split(to_spectral(u, stepper.grid.dims))
    block, body = _blocks(stepper, bk, u[0, ...], steps, 0)
    rows = [bk.xp.unstack(x, axis=0) for x in leaves(starts)]
    structure, count = flatten(starts)[1], steps // block

    def one(carry: tuple[int, Any], _: None) -> tuple[tuple[int, Any], Array]:
        done, parts = carry
        if done % count == 0:
            parts = unflatten(structure, [row[done // count] for row in rows])
        parts, states = body(parts, None)
        return (done + 1, parts), states

    return bk.scan(one, (0, None), length=u.shape[0] * count)[1]


def _blocks(
    stepper: "Stepper", bk: Backend, u: Array, steps: int, axis: int
) -> tuple[int, Callable[[Any, Any], tuple[Any, Array]]]:
    """Return how many steps a block has, and the body of the loop over blocks.

    A block is one loop (or, for a linear equation, one product with the powers of its factor) and
    one transform of all its states, with time at ``axis``; a block of one state has no such axis.
    """
    scheme = _linear(stepper)
    eager = scheme is not None and not bk.capabilities.compiles
    block = _part(steps, (_EAGER_BLOCK if eager else _BLOCK) // max(1, _bytes(u)))
    if block == 1:
        return 1, _single(stepper)
    if scheme is not None:
        return block, _linear_block(stepper, scheme, bk, block, axis)
    return block, _nonlinear_block(stepper, bk, block, axis)


def _part(whole: int, most: int) -> int:
    """Return the largest divisor of ``whole`` that is at most ``most``, at least 1."""
    return max(n for n in range(1, max(1, min(whole, most)) + 1) if whole % n == 0)


def _single(stepper: "Stepper") -> Any:
    """One state after the other, nothing kept beside it: for states larger than a block."""

    def body(parts: Any, _: Any) -> tuple[Any, Array]:
        parts = stepper.advance(parts)
        return parts, to_physical(stepper.join(parts), stepper.grid)

    return body


def _holds_much(stepper: "Stepper") -> bool:
    """Tell whether memory decides; in 2D the cut of the band in every step is what costs."""
    return stepper.grid.dims == 3 or is_large(stepper.band)


def _whole(stepper: "Stepper") -> Any:
    """The same with the spectrum in one piece: what is handed on is what is transformed.

    A compiler writes it where the last one was, so that a program holds one spectrum, not two.
    Where every step makes new arrays it would be a copy of the band more.
    """

    def body(u_hat: Array, _: Any) -> tuple[Array, Array]:
        u_hat = stepper.step_fourier(u_hat)
        return u_hat, to_physical(u_hat, stepper.grid)

    return body


def _flat(stepper: "Stepper", scheme: Etdrk, bk: Backend, u_hat: Array) -> tuple[Array, Any]:
    """Return the spectrum of a linear equation with one axis for all modes, and its loop body.

    A compiler makes slow code of a product whose last axis is short and odd, as in 3D.
    """
    dims = stepper.grid.dims
    factor = scheme.factor(stepper.substeps)
    line = bk.xp.reshape(factor, (*factor.shape[:-dims], -1))

    def body(modes: Array, _: Any) -> tuple[Array, Array]:
        modes = scheme.act(line, modes)
        return modes, to_physical(bk.xp.reshape(modes, u_hat.shape), stepper.grid)

    return bk.xp.reshape(u_hat, (*u_hat.shape[:-dims], -1)), body


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
