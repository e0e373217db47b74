"""Real transforms with one meaning, written in the standard alone."""

from typing import Any

Array = Any

__all__ = ["hermitian_planes", "irfftn"]


def irfftn(xp: Any, u_hat: Array, shape: tuple[int, ...]) -> Array:
    """Inverse real transform: complex over the outer axes, then complex-to-real over the last."""
    outer = tuple(range(-len(shape), -1))
    if outer:
        u_hat = xp.fft.ifftn(u_hat, s=shape[:-1], axes=outer)
    return xp.fft.irfft(u_hat, n=shape[-1], axis=-1)


def hermitian_planes(xp: Any, u_hat: Array, shape: tuple[int, ...]) -> Array:
    """Make the k=0 and Nyquist planes of the last axis Hermitian along the outer axes.

    z(k) ← (z(k) + conj z(-k)) / 2 on the two self-conjugate planes leaves :func:`irfftn` as it is
    (the antihermitian part turns imaginary under the outer inverse and is dropped) and makes every
    n-dimensional complex-to-real transform agree with it, whatever symmetry that one assumes.
    """
    first = _hermitian_part(xp, u_hat[..., :1], len(shape))
    last = u_hat.shape[-1] - 1
    if shape[-1] % 2 or last == 0:
        return xp.concat([first, u_hat[..., 1:]], axis=-1)
    nyquist = _hermitian_part(xp, u_hat[..., last:], len(shape))
    return xp.concat([first, u_hat[..., 1:last], nyquist], axis=-1)


def _hermitian_part(xp: Any, plane: Array, ndim: int) -> Array:
    mirrored = plane
    for axis in range(-ndim, -1):  # index -k: reverse, then roll 0 back to the front
        mirrored = xp.roll(xp.flip(mirrored, axis=axis), 1, axis=axis)
    return (plane + xp.conj(mirrored)) / 2
