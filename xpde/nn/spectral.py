"""Convolution by multiplying the lowest Fourier modes."""

from dataclasses import dataclass
from math import inf, prod
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, namespace_of
from xpde.core.zeros import zeros_beside
from xpde.errors import InvalidInput
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
        size = u.shape[-self.dims :]
        check_modes(self.modes, size)
        verbs = backend_of(u, params["real"])
        xp, u_hat = verbs.xp, verbs.rfftn(u, self.dims)
        weight = xp.astype(params["real"], u_hat.dtype) + 1j * xp.astype(
            params["imag"], u_hat.dtype
        )
        products = [
            self._product(weight[g, ...], u_hat[(..., *self._corner(g, size))])
            for g in range(2 ** (self.dims - 1))
        ]
        return verbs.irfftn(self._assemble(products, size), size)

    def _corner(self, g: int, size: tuple[int, ...]) -> tuple[slice, ...]:
        """Modes of corner ``g`` in the half spectrum."""
        m = self.modes
        outer = [slice(n - m, n) if g >> j & 1 else slice(0, m) for j, n in enumerate(size[:-1])]
        return *outer, slice(0, m)

    def _product(self, weight: Array, block: Array) -> Array:
        """Multiply (..., C_in, *m) by one matrix a mode, as one batched matrix product."""
        xp, lead, m = namespace_of(weight, block), block.shape[: -self.dims - 1], self._shape()[3:]
        rows = xp.reshape(block, (prod(lead), self.channels_in, prod(m)))
        matrix = xp.reshape(weight, (self.channels_out, self.channels_in, prod(m)))
        out = xp.permute_dims(rows, (2, 0, 1)) @ xp.permute_dims(matrix, (2, 1, 0))
        return xp.reshape(xp.permute_dims(out, (1, 2, 0)), (*lead, self.channels_out, *m))

    def _assemble(self, corners: list[Array], size: tuple[int, ...]) -> Array:
        """Join the corners along each axis, zeros between; bit j of g is space axis j."""
        m = self.modes
        for axis in range(-self.dims, -1):
            n = size[axis]
            corners = [
                _join(low[_first(axis, min(m, n - m))], n - 2 * m, high, axis)
                for low, high in zip(corners[::2], corners[1::2], strict=True)
            ]
        return _join(corners[0], size[-1] // 2 + 1 - m, None, -1)


def check_modes(modes: int, size: tuple[int, ...]) -> None:
    """Raise :class:`InvalidInput` if a grid of this size has fewer than ``modes`` low modes."""
    most = min((*size[:-1], size[-1] // 2 + 1))
    if modes > most:
        raise InvalidInput(
            f"spectral convolution: expected at most {most} modes on a grid {tuple(size)}, "
            f"got {modes}; lower modes or refine the grid"
        )


def _first(axis: int, count: int) -> tuple[Any, ...]:
    return (..., slice(0, count), *[slice(None)] * (-axis - 1))


def _join(low: Array, gap: int, high: Array | None, axis: int) -> Array:
    """Concatenate low modes, ``gap`` zeros if any, and high modes."""
    xp, pieces = namespace_of(low), [low]
    if gap > 0:
        pieces.append(zeros_beside(namespace_of(low), low, axis, gap))
    if high is not None:
        pieces.append(high)
    return xp.concat(pieces, axis=axis) if len(pieces) > 1 else low
