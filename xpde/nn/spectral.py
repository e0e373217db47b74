"""Convolution by multiplying the lowest Fourier modes."""

from dataclasses import dataclass
from math import inf, prod
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, namespace_of
from xpde.errors import InvalidInput
from xpde.nn.harmonics import across, along
from xpde.nn.network import check_sizes, check_state

Array = Any

__all__ = ["SpectralConvolution", "check_modes"]


@dataclass(frozen=True)
class SpectralConvolution:
    """Multiply the lowest m modes of each axis by a matrix of their own; drop the others.

    ŷ[o, k] = Σ_c (R_g[o, c, k] + i I_g[o, c, k]) û[c, k],  y = irfft(ŷ)

    The half spectrum has 2ᴰ⁻¹ corners g. Bit j of g chooses, on space axis j, the modes 0..m-1
    (bit 0) or -m..-1 (bit 1); the last axis has 0..m-1. Where corners overlap (2m > N) the higher
    g counts. The inverse drops the imaginary part of the k=0 line, so that in 1D the imaginary
    weights of k=0 have no effect.

    The modes are few, so the transforms are products with their waves: less work than a fast
    transform and the tail of zeros that it needs, and one matrix product an axis.

    Parameters: ``real`` and ``imag``, two real arrays (2ᴰ⁻¹, C_out, C_in, m, ..., m), initially
    Normal(0, 1) / (C_in C_out).

    Reference: Li et al., Fourier neural operator (ICLR 2021), definition 3.
    """

    dims: int
    channels_in: int
    channels_out: int
    modes: int

    def __post_init__(self) -> None:
        check_sizes(
            dims=self.dims,
            channels_in=self.channels_in,
            channels_out=self.channels_out,
            modes=self.modes,
        )

    def _shape(self) -> tuple[int, ...]:
        corners = 2 ** (self.dims - 1)
        return corners, self.channels_out, self.channels_in, *[self.modes] * self.dims

    @property
    def reach(self) -> tuple[float, float]:
        """Infinite: a mode is everywhere."""
        return inf, inf

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw the real, then the imaginary part."""
        scale = 1 / (self.channels_in * self.channels_out)
        return {part: scale * rng.standard_normal(self._shape()) for part in ("real", "imag")}

    def parameter_count(self) -> int:
        """Return 2ᴰ mᴰ C_in C_out."""
        return 2 * prod(self._shape())

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        check_state("spectral convolution", u, self.channels_in, self.dims)
        size, lead = u.shape[-self.dims :], u.shape[: -self.dims - 1]
        check_modes(self.modes, size)
        xp, batch = namespace_of(u, params["real"]), prod(lead)
        u_hat = self._to_modes(xp.reshape(u, (batch * self.channels_in, *size)))
        v = self._to_points(self._product(params, u_hat, batch), size)
        return xp.reshape(v, (*lead, self.channels_out, *size))

    def _product(self, params: Tree, u_hat: Array, batch: int) -> Array:
        """Multiply modes (2, M, B·C_in) by R + i I: (2, M, B·C_out), by one product each."""
        xp, modes = namespace_of(u_hat, params["real"]), u_hat.shape[1]
        rows = xp.reshape(u_hat, (2, modes, batch, self.channels_in))
        rows = xp.reshape(xp.permute_dims(rows, (1, 0, 2, 3)), (modes, -1, self.channels_in))
        shape = (modes, 2, batch * self.channels_out)
        by_real = xp.reshape(rows @ self._matrices(params["real"]), shape)
        by_imag = xp.reshape(rows @ self._matrices(params["imag"]), shape)
        real = by_real[:, 0, :] - by_imag[:, 1, :]
        return xp.stack([real, by_real[:, 1, :] + by_imag[:, 0, :]])

    def _to_modes(self, u: Array) -> Array:
        """Transform lines (B, *N) to their kept modes (2, M, B), axis by axis, the last one first.

        Lines come to stand last, so that every axis is one matrix product. Modes of the first axis
        are the slowest.
        """
        verbs, (lines, *size) = backend_of(u), u.shape
        xp, n, done = verbs.xp, size.pop(), self.modes
        z = xp.reshape(u, (-1, n)) @ verbs.asarray(along(n, self.modes)[0], like=u)
        z = xp.permute_dims(xp.reshape(z, (lines, prod(size), 2, done)), (2, 3, 1, 0))
        while size:
            n = size.pop()
            z = xp.reshape(z, (2, done, prod(size), n, lines))
            z = xp.reshape(xp.permute_dims(z, (0, 3, 1, 2, 4)), (2 * n, -1))
            z = verbs.asarray(across(n, self.modes)[0], like=u) @ z
            done *= 2 * self.modes
            z = xp.reshape(z, (2, done, prod(size), lines))
        return xp.reshape(z, (2, done, lines))

    def _to_points(self, z: Array, size: tuple[int, ...]) -> Array:
        """Transform kept modes (2, M, B) back to lines (B, *N), the first axis first."""
        verbs, (_, done, lines) = backend_of(z), z.shape
        xp, points = verbs.xp, 1
        for n in size[:-1]:
            done //= 2 * self.modes
            matrix = verbs.asarray(across(n, self.modes)[1], like=z)
            z = matrix @ xp.reshape(z, (4 * self.modes, -1))
            z = xp.permute_dims(xp.reshape(z, (2, n, done, points, lines)), (0, 2, 3, 1, 4))
            points *= n
            z = xp.reshape(z, (2, done, points, lines))
        z = xp.permute_dims(xp.reshape(z, (2 * done, points, lines)), (2, 1, 0))
        matrix = verbs.asarray(along(size[-1], self.modes)[1], like=z)
        return xp.reshape(z, (-1, 2 * done)) @ matrix

    def _matrices(self, weight: Array) -> Array:
        """Return a weight as one matrix (C_in, C_out) for every mode, in the order of modes.

        On an outer axis bit j of the corner is the slow one of the two numbers of an index.
        """
        xp, dims = namespace_of(weight), self.dims
        axes = [i for j in range(dims - 1) for i in (dims - 2 - j, dims + 1 + j)]
        corners = xp.reshape(weight, (*[2] * (dims - 1), *weight.shape[1:]))
        matrices = xp.permute_dims(corners, (*axes, 2 * dims, dims, dims - 1))
        return xp.reshape(matrices, (-1, self.channels_in, self.channels_out))


def check_modes(modes: int, size: tuple[int, ...]) -> None:
    """Raise :class:`InvalidInput` if a grid of this size has fewer than ``modes`` low modes."""
    most = min((*size[:-1], size[-1] // 2 + 1))
    if modes > most:
        raise InvalidInput(
            f"spectral convolution: expected at most {most} modes on a grid {tuple(size)}, "
            f"got {modes}; lower modes or refine the grid"
        )
