"""The adjoint of a strided convolution: from a coarse grid to a finer one."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, namespace_of
from xpde.errors import InvalidInput, unknown_name
from xpde.nn.conv import BOUNDARIES, extend
from xpde.nn.network import check_sizes, check_state, uniform

Array = Any

__all__ = ["TransposedConvolution"]


@dataclass(frozen=True)
class TransposedConvolution:
    """Cross-correlation over a field spread onto a grid s times as fine.

    y[o, j] = b[o] + Σ_c Σ_t w[o, c, t] z[c, j + t - ⌊k/2⌋],  z[s·i] = u[i], zeros between

    u is continued past its boundary, so that an axis of N points becomes one of s·N. For k = 3
    and s = 2: y[2i] = w₁ u[i] and y[2i+1] = w₀ u[i] + w₂ u[i+1]. With the channel axes of w
    exchanged and its taps reversed this is the adjoint of :class:`xpde.nn.Convolution` of the
    same kernel and stride (periodic, dirichlet), for even kernels too: those see one more cell
    to the right there and one more to the left here. Parameters: ``weight`` (C_out, C_in, *k)
    and ``bias`` (C_out, 1, ...), both initially U(±1/√(C_in kᴰ)).

    Attributes
    ----------
    dims, channels_in, channels_out, kernel
        D, C_in, C_out, and the width k on every axis.
    stride
        s, at most k: with a wider one some outputs would see nothing.
    boundary
        ``periodic``, ``dirichlet`` or ``neumann``; see :func:`xpde.nn.conv.extend`.
    """

    dims: int
    channels_in: int
    channels_out: int
    kernel: int = 3
    stride: int = 2
    boundary: str = "periodic"

    def __post_init__(self) -> None:
        check_sizes(
            dims=self.dims,
            channels_in=self.channels_in,
            channels_out=self.channels_out,
            kernel=self.kernel,
            stride=self.stride,
        )
        if self.boundary not in BOUNDARIES:
            raise unknown_name("boundary", self.boundary, BOUNDARIES)
        if self.stride > self.kernel:
            raise InvalidInput(
                f"stride: expected at most the kernel's {self.kernel}, got {self.stride}; "
                "some outputs would see nothing"
            )

    @property
    def reach(self) -> tuple[int, int]:
        """Cells of the input, as if every output saw all taps with one cell each."""
        return self.kernel // 2, (self.kernel - 1) // 2

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw weight, then bias."""
        fan = self.channels_in * self.kernel**self.dims
        shape = (self.channels_out, self.channels_in, *[self.kernel] * self.dims)
        weight = uniform(rng, shape, fan)
        return {"weight": weight, "bias": uniform(rng, (shape[0], *[1] * self.dims), fan)}

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *sN)."""
        check_state("transposed convolution", u, self.channels_in, self.dims)
        weight, size, s = params["weight"], u.shape[-self.dims :], self.stride
        xp = namespace_of(u, weight)
        # taps of the spread field to each side, then whole cells of the coarse one
        left, right = self.kernel // 2, (self.kernel - 1) // 2
        before, after = left // s, -(-right // s)
        for axis in range(-self.dims, 0):
            u = extend(u, axis, before, after, self.boundary)
        flipped = xp.flip(weight, axis=tuple(range(2, self.dims + 2)))
        v = backend_of(u, weight).convolve_transpose(u, flipped, stride=s)
        first = right + s * before
        return v[(..., *(slice(first, first + s * n) for n in size))] + params["bias"]

    def parameter_count(self) -> int:
        """Return kᴰ C_in C_out + C_out."""
        return self.kernel**self.dims * self.channels_in * self.channels_out + self.channels_out
