"""One matrix for every point."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, namespace_of
from xpde.nn.network import check_sizes, check_state, uniform

Array = Any

__all__ = ["Pointwise"]


@dataclass(frozen=True)
class Pointwise:
    """Mix channels at every point: y[o, x] = b[o] + Σ_c w[o, c] u[c, x].

    Parameters: ``weight`` (C_out, C_in) and ``bias`` (C_out, 1, ...), both initially U(±1/√C_in).
    """

    dims: int
    channels_in: int
    channels_out: int
    bias: bool = True

    def __post_init__(self) -> None:
        check_sizes(dims=self.dims, channels_in=self.channels_in, channels_out=self.channels_out)

    @property
    def reach(self) -> tuple[int, int]:
        """(0, 0): only the point itself."""
        return 0, 0

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw weight, then bias."""
        shape = (self.channels_out, self.channels_in)
        params = {"weight": uniform(rng, shape, self.channels_in)}
        if self.bias:
            ones = [1] * self.dims
            params["bias"] = uniform(rng, (self.channels_out, *ones), self.channels_in)
        return params

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        check_state("pointwise", u, self.channels_in, self.dims)
        weight = params["weight"]
        xp, lead, size = namespace_of(u, weight), u.shape[: -self.dims - 1], u.shape[-self.dims :]
        flat = xp.reshape(u, (prod(lead), self.channels_in, prod(size)))
        # a matrix for every sample: one for all of them is a product with transposes on PyTorch
        each = xp.broadcast_to(weight, (prod(lead), *weight.shape))
        if self.bias:
            bias = xp.reshape(params["bias"], (self.channels_out, 1))
            v = backend_of(each, flat, bias).affine(each, flat, bias)
        else:
            v = each @ flat
        return xp.reshape(v, (*lead, self.channels_out, *size))

    def parameter_count(self) -> int:
        """Return C_in C_out (+ C_out)."""
        return self.channels_in * self.channels_out + self.bias * self.channels_out
