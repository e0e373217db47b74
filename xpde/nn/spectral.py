"""Convolution by multiplying the lowest Fourier modes."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, prod
from typing import Any

import numpy as np

from xpde.core import Tree, namespace_of
from xpde.errors import InvalidInput
from xpde.nn.kept import KeptModes
from xpde.nn.network import check_sizes, check_state

Array = Any

__all__ = ["SpectralConvolution", "check_modes"]

_LARGE = 2**20  # weights that do not stay in a cache (measured)


@dataclass(frozen=True)
class SpectralConvolution:
    """Multiply the lowest m modes of each axis by a matrix of their own; drop the others.

    ŷ[o, k] = Σ_c (R_g[o, c, k] + i I_g[o, c, k]) û[c, k],  y = irfft(ŷ)

    The half spectrum has 2ᴰ⁻¹ corners g. Bit j of g chooses, on space axis j, the modes 0..m-1
    (bit 0) or -m..-1 (bit 1); the last axis has 0..m-1. Where corners overlap (2m > N) the higher
    g counts. The inverse drops the imaginary part of the k=0 line, so that in 1D the imaginary
    weights of k=0 have no effect.

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
        return self.prepared(params, u)(u)

    def prepared(self, params: Tree, like: Array) -> Callable[..., Array]:
        """Return u ↦ S u, or (u, w) ↦ S u + w, for states on the grid of ``like`` (..., *N).

        What parameters and grid determine is computed now.
        """
        size = tuple(like.shape[-self.dims :])
        check_modes(self.modes, size)
        kept, matrices = KeptModes.of(self.modes, size, like), self._matrices(params)

        def call(u: Array, beside: Array | None = None) -> Array:
            lead = u.shape[: -self.dims - 1]
            fields = namespace_of(u).reshape(u, (prod(lead), self.channels_in, *size))
            v = kept.inverse(self._multiplied(kept.forward(fields), matrices), beside)
            return namespace_of(v).reshape(v, (*lead, self.channels_out, *size))

        return call

    def _matrices(self, params: Tree) -> Array:
        """Return for every mode the real matrix (2 C_in, 2 C_out) of R + i I.

        It stands to the right of û, real part first: [[R, I], [-I, R]]. Where all weights are
        larger than a cache it is its upper half, (C_in, 2 C_out): half the memory to pass through.
        """
        real, imag = self._by_mode(params["real"]), self._by_mode(params["imag"])
        xp = namespace_of(real, imag)
        upper = xp.concat([real, imag], axis=-1)
        if self.parameter_count() >= _LARGE:
            return upper
        return xp.concat([upper, xp.concat([-imag, real], axis=-1)], axis=-2)

    def _multiplied(self, u_hat: Array, matrices: Array) -> Array:
        """Return (M, B, 2, C_out), the product of modes (M, B, 2, C_in) with their matrices."""
        xp, (modes, batch, _, channels) = namespace_of(u_hat, matrices), u_hat.shape
        if matrices.shape[1] == 2 * channels:
            v_hat = xp.reshape(u_hat, (modes, batch, 2 * channels)) @ matrices
            return xp.reshape(v_hat, (modes, batch, 2, self.channels_out))
        parts = xp.reshape(u_hat, (modes, batch * 2, channels)) @ matrices
        parts = xp.reshape(parts, (modes, batch, 2, 2, self.channels_out))
        real, imag = xp.unstack(parts, axis=2)
        (real_r, real_i), (imag_r, imag_i) = xp.unstack(real, axis=2), xp.unstack(imag, axis=2)
        return xp.stack([real_r - imag_i, imag_r + real_i], axis=2)

    def _by_mode(self, weight: Array) -> Array:
        """Return a weight as one matrix (C_in, C_out) for every mode, in the order of KeptModes.

        On an outer axis bit j of the corner is the slow one of the two numbers of an index, and
        negative modes count downwards.
        """
        xp, dims = namespace_of(weight), self.dims
        axes = [i for j in range(dims - 1) for i in (dims - 2 - j, dims + 1 + j)]
        corners = xp.reshape(weight, (*[2] * (dims - 1), *weight.shape[1:]))
        for j in range(dims - 1):
            bit = (slice(None),) * (dims - 2 - j)
            down = xp.flip(corners[(*bit, slice(1, 2), ...)], axis=dims + 1 + j)
            corners = xp.concat([corners[(*bit, slice(0, 1), ...)], down], axis=dims - 2 - j)
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
