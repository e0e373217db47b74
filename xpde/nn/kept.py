"""The transform between a grid and the few modes that a layer keeps."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of
from xpde.nn.harmonics import across, along

Array = Any
Pair = tuple[Array, Array]

__all__ = ["KeptModes"]


@dataclass(frozen=True, eq=False)
class KeptModes:
    """The lowest modes of fields on one grid, by products with their waves.

    The modes are few: this is less work than a fast transform and the tail of zeros that it needs.
    Products are with real waves and need no copy between axes: a transform takes the last axis of
    the fields and puts its waves first, the inverse takes the first and puts its points last.

    An outer axis has the modes 0..m-1 and -1..-m, the last axis 0..m-1; those of the first axis
    are the slowest. M = (2m)ᴰ⁻¹ m in all.

    Attributes
    ----------
    modes, size
        m and N.
    waves
        For each axis the matrices (waves, N) of the transform and of its inverse.
    """

    modes: int
    size: tuple[int, ...]
    waves: tuple[Pair, ...]

    @classmethod
    def of(cls, modes: int, size: tuple[int, ...], like: Array) -> "KeptModes":
        """Place the waves beside an array, in its precision."""
        hosts = [*(across(n, modes) for n in size[:-1]), along(size[-1], modes)]
        asarray = backend_of(like).asarray
        waves = [(asarray(there, like=like), asarray(back, like=like)) for there, back in hosts]
        return cls(modes, tuple(size), tuple(waves))

    def forward(self, u: Array) -> Array:
        """Transform fields (B, C, *N) to modes (M, B, 2, C), real and imaginary part.

        û(k) = Σ_n u(n) exp(-2πi k·n/N)
        """
        batch, channels, m, outer = u.shape[0], u.shape[1], self.modes, len(self.size) - 1
        xp, z = namespace_of(u), u
        for n, (there, _) in zip(self.size[::-1], self.waves[::-1], strict=True):
            z = there @ xp.matrix_transpose(xp.reshape(z, (-1, n)))
        if not outer:
            z = xp.reshape(z, (2, m, batch, channels))
            return xp.permute_dims(z, (1, 2, 0, 3))
        z = xp.reshape(z, (*[2, m + 1] * outer, 2, m, batch * channels))
        real, imag = xp.unstack(z, axis=2 * outer)
        for axis in range(outer):
            real, imag = _signed(real, imag, axis, m)
        shape = ((2 * m) ** outer * m, batch, channels)
        parts = [xp.reshape(part, shape) for part in (real, imag)]
        return xp.stack(parts, axis=2)

    def inverse(self, z: Array, beside: Array | None = None) -> Array:
        """Transform modes (M, B, 2, C) back to fields (B·C·∏N/Nᴅ, Nᴅ).

        Fields ``beside``, of that many values, are added. The imaginary part of the k=0 line does
        not count. Where modes of both signs meet (2m > N), the negative ones are read.
        """
        xp, m, outer = namespace_of(z), self.modes, len(self.size) - 1
        if outer:
            shape = (*[2 * m] * outer, m, -1)
            real, imag = (xp.reshape(part, shape) for part in xp.unstack(z, axis=2))
            for axis in reversed(range(outer)):
                read = self._read(axis, real)
                real, imag = _unsigned(real, imag, axis, m, read)
            z = xp.stack([real, imag], axis=2 * outer)
        else:
            z = xp.permute_dims(z, (2, 0, 1, 3))
        for _, back in self.waves[:-1]:
            z = xp.matrix_transpose(xp.reshape(z, (back.shape[0], -1))) @ back
        back = self.waves[-1][1]
        z = xp.matrix_transpose(xp.reshape(z, (back.shape[0], -1)))
        if beside is None:
            return z @ back
        rows = namespace_of(beside).reshape(beside, (-1, self.size[-1]))
        return backend_of(z, rows).affine(z, back, rows)

    def _read(self, axis: int, like: Array) -> Array | None:
        """Return (m, 1, ...): 0 at positive modes that are negative ones too; None without any."""
        shared = self.size[axis] - self.modes
        if shared >= self.modes:
            return None
        read = np.where(np.arange(self.modes) < shared, 1.0, 0.0)
        return backend_of(like).asarray(read.reshape(-1, *[1] * (like.ndim - axis - 1)), like=like)


def _cut(x: Array, axis: int, part: slice) -> Array:
    return x[(*(slice(None),) * axis, part, ...)]


def _signed(real: Array, imag: Array, axis: int, modes: int) -> Pair:
    """Return the modes 0..m-1 and -1..-m of an axis, a ± i b, for its waves (2, m+1) there."""
    xp, low, high = namespace_of(real), slice(0, modes), slice(1, modes + 1)

    def join(plus: Array, minus: Array) -> Array:
        return xp.concat([_cut(plus, axis, low), _cut(minus, axis, high)], axis=axis)

    (a, b), (a_imag, b_imag) = xp.unstack(real, axis=axis), xp.unstack(imag, axis=axis)
    return join(a - b_imag, a + b_imag), join(a_imag + b, a_imag - b)


def _unsigned(real: Array, imag: Array, axis: int, modes: int, read: Array | None) -> Pair:
    """Return what stands at the waves (2, m+1): û(k) + û(-k) at c, -i (û(k) - û(-k)) at s."""
    xp, shape = namespace_of(real), real.shape
    split = (*shape[:axis], 2, modes, *shape[axis + 1 :])
    plus, minus = xp.unstack(xp.reshape(real, split), axis=axis)
    plus_imag, minus_imag = xp.unstack(xp.reshape(imag, split), axis=axis)
    if read is not None:
        plus, plus_imag = plus * read, plus_imag * read

    def waves(at_c: Pair, at_s: Pair) -> Array:
        return xp.stack([_shifted(*at_c, axis, modes), _shifted(*at_s, axis, modes)], axis=axis)

    return (
        waves((plus, minus), (plus_imag, -minus_imag)),
        waves((plus_imag, minus_imag), (-plus, minus)),
    )


def _shifted(plus: Array, minus: Array, axis: int, modes: int) -> Array:
    """Add what belongs to k = 0..m-1 and what belongs to k = 1..m."""
    xp, rest = namespace_of(plus, minus), modes - 1
    middle = _cut(plus, axis, slice(1, modes)) + _cut(minus, axis, slice(0, rest))
    first, last = _cut(plus, axis, slice(0, 1)), _cut(minus, axis, slice(rest, modes))
    return xp.concat([first, middle, last], axis=axis)
