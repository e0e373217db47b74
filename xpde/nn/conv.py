"""Convolution that knows the boundary of the domain."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, namespace_of
from xpde.core.zeros import zeros_beside
from xpde.errors import InvalidInput, unknown_name
from xpde.nn.network import check_sizes, check_state, uniform

Array = Any

__all__ = ["BOUNDARIES", "Convolution", "extend"]

BOUNDARIES = ("periodic", "dirichlet", "neumann")


def _part(x: Array, axis: int, start: int, stop: int) -> Array:
    return x[(..., slice(start, stop), *[slice(None)] * (-axis - 1))]


def extend(x: Array, axis: int, left: int, right: int, boundary: str) -> Array:
    """Continue a field past both ends of a negative axis, by ``left`` and ``right`` cells.

    periodic: u(-i) = u(N-i), the left end is a node; dirichlet: zeros, nodes are interior;
    neumann: mirror without repeating the end, u(-i) = u(i), both ends are nodes.

    Raises
    ------
    InvalidInput
        If the axis is too short to be continued that far.
    """
    xp, n = namespace_of(x), x.shape[axis]
    reach, most = max(left, right), n if boundary == "periodic" else n - 1
    if boundary != "dirichlet" and reach > most:
        raise InvalidInput(
            f"convolution: expected an axis of at least {reach + n - most} points for a "
            f"{boundary} boundary, got {n}; use a finer grid or a smaller kernel"
        )
    if boundary == "periodic":
        head, tail = _part(x, axis, n - left, n), _part(x, axis, 0, right)
    elif boundary == "neumann":
        head = xp.flip(_part(x, axis, 1, left + 1), axis=axis)
        tail = xp.flip(_part(x, axis, n - 1 - right, n - 1), axis=axis)
    else:
        head, tail = (zeros_beside(xp, x, axis, n) for n in (left, right))
    pieces = [*([head] if left else []), x, *([tail] if right else [])]
    return xp.concat(pieces, axis=axis) if len(pieces) > 1 else x


@dataclass(frozen=True)
class Convolution:
    """Cross-correlation over a field continued past its boundary.

    y[o, i] = b[o] + Σ_c Σ_t w[o, c, t] z[c, s·i + d·t],  z the continued field

    The field is continued by ⌊(k-1)/2⌋ d cells on the left and ⌊k/2⌋ d on the right, so that an
    axis of N points becomes one of ⌈N/s⌉. Parameters: ``weight`` (C_out, C_in, *k) and ``bias``
    (C_out, 1, ...), both initially U(±1/√(C_in kᴰ)).

    Attributes
    ----------
    dims, channels_in, channels_out, kernel
        D, C_in, C_out, and the width k on every axis.
    stride, dilation
        s and d, on every axis.
    boundary
        ``periodic``, ``dirichlet`` or ``neumann``; see :func:`extend`.
    bias
        Whether b is there.
    """

    dims: int
    channels_in: int
    channels_out: int
    kernel: int = 3
    stride: int = 1
    dilation: int = 1
    boundary: str = "periodic"
    bias: bool = True

    def __post_init__(self) -> None:
        check_sizes(
            dims=self.dims,
            channels_in=self.channels_in,
            channels_out=self.channels_out,
            kernel=self.kernel,
            stride=self.stride,
            dilation=self.dilation,
        )
        if self.boundary not in BOUNDARIES:
            raise unknown_name("boundary", self.boundary, BOUNDARIES)

    @property
    def reach(self) -> tuple[int, int]:
        """Cells that an output sees to the left and to the right."""
        return (self.kernel - 1) // 2 * self.dilation, self.kernel // 2 * self.dilation

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw weight, then bias."""
        fan = self.channels_in * self.kernel**self.dims
        shape = (self.channels_out, self.channels_in, *[self.kernel] * self.dims)
        params = {"weight": uniform(rng, shape, fan)}
        if self.bias:
            params["bias"] = uniform(rng, (self.channels_out, *[1] * self.dims), fan)
        return params

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *⌈N/s⌉)."""
        check_state("convolution", u, self.channels_in, self.dims)
        left, right = self.reach
        for axis in range(-self.dims, 0):
            u = extend(u, axis, left, right, self.boundary)
        weight = params["weight"]
        v = backend_of(u, weight).convolve(u, weight, stride=self.stride, dilation=self.dilation)
        return v + params["bias"] if self.bias else v

    def parameter_count(self) -> int:
        """Return kᴰ C_in C_out (+ C_out)."""
        weights = self.kernel**self.dims * self.channels_in * self.channels_out
        return weights + self.bias * self.channels_out
