"""Normalization by the statistics of one sample."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, namespace_of
from xpde.errors import InvalidInput
from xpde.nn.network import check_sizes, check_state

Array = Any

__all__ = ["GroupNorm", "LayerNorm"]


def _moments(x: Array, axis: int | tuple[int, ...], eps: float) -> tuple[Array, Array]:
    """Return x - mean and 1/√(var + ε), the variance divided by the number of values."""
    xp = namespace_of(x)
    centered = x - xp.mean(x, axis=axis, keepdims=True)
    variance = xp.mean(centered * centered, axis=axis, keepdims=True)
    return centered, 1 / xp.sqrt(variance + eps)


@dataclass(frozen=True)
class _Affine(ABC):
    """What both share: y[c, x] = a[c] z[c, x] + b[c], at first a = 1 and b = 0.

    Parameters: ``weight`` a and ``bias`` b, both (C, 1, ...).
    """

    dims: int
    channels: int
    eps: float = 1e-5

    def __post_init__(self) -> None:
        check_sizes(dims=self.dims, channels=self.channels)
        if not self.eps > 0:
            raise InvalidInput(f"eps: expected a number above 0, got {self.eps!r}")

    @property
    def reach(self) -> tuple[int, int]:
        """(0, 0): what comes through the statistics of the sample is not counted."""
        return 0, 0

    def init(self, rng: np.random.Generator) -> Tree:
        """Return ones and zeros; nothing is drawn."""
        shape = (self.channels, *[1] * self.dims)
        return {"weight": np.ones(shape), "bias": np.zeros(shape)}

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C, *N) to the same shape."""
        check_state("normalization", u, self.channels, self.dims)
        centered, inverse = self._moments(u)
        # the small ones first: where statistics are of whole channels, that saves a pass
        return centered * (params["weight"] * inverse) + params["bias"]

    def parameter_count(self) -> int:
        """Return 2 C."""
        return 2 * self.channels

    @abstractmethod
    def _moments(self, u: Array) -> tuple[Array, Array]:
        """Return u - μ and 1/√(σ² + ε), which broadcast; z is their product."""


@dataclass(frozen=True)
class GroupNorm(_Affine):
    """Normalize groups of channels over all their points: y = a (u - μ_g) / √(σ²_g + ε) + b.

    μ_g and σ²_g (biased) are over the C/groups channels of group g and all points of one sample;
    there are no running averages. Every output therefore depends weakly on every input.
    Parameters: ``weight`` a and ``bias`` b, both (C, 1, ...), initially 1 and 0.

    Attributes
    ----------
    dims, channels, groups
        D, C and the number of groups; one group normalizes all channels together.
    eps
        ε.

    Reference: Wu & He, Group normalization (ECCV 2018).
    """

    groups: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_sizes(groups=self.groups)
        if self.channels % self.groups:
            raise InvalidInput(
                f"groups: expected a divisor of {self.channels} channels, got {self.groups}"
            )

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C, *N) to the same shape."""
        check_state("normalization", u, self.channels, self.dims)
        weight, bias = params["weight"], params["bias"]
        own = backend_of(u, weight).group_norm(u, self.groups, weight, bias, self.eps)
        return super().apply(params, u) if own is None else own

    def _moments(self, u: Array) -> tuple[Array, Array]:
        if self.groups == 1:
            return _moments(u, tuple(range(-self.dims - 1, 0)), self.eps)
        xp, lead = namespace_of(u), u.shape[: -self.dims - 1]
        members = prod(u.shape[-self.dims - 1 :]) // self.groups
        flat = xp.reshape(u, (*lead, self.groups, members))
        centered, inverse = _moments(flat, -1, self.eps)
        each = (*lead, self.groups, self.channels // self.groups)
        inverse = xp.reshape(xp.broadcast_to(inverse, each), (*lead, -1, *[1] * self.dims))
        return xp.reshape(centered, u.shape), inverse


@dataclass(frozen=True)
class LayerNorm(_Affine):
    """Normalize the channels of every point: y[c, x] = a[c] (u[c, x] - μ[x]) / √(σ²[x] + ε) + b[c].

    Parameters: ``weight`` a and ``bias`` b, both (C, 1, ...), initially 1 and 0.

    Reference: Ba, Kiros & Hinton, Layer normalization (2016).
    """

    def _moments(self, u: Array) -> tuple[Array, Array]:
        return _moments(u, -self.dims - 1, self.eps)
