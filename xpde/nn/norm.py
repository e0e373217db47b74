"""Normalization by the statistics of one sample."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from xpde.core import Tree, namespace_of
from xpde.errors import InvalidInput
from xpde.nn.network import check_sizes, check_state

Array = Any

__all__ = ["GroupNorm", "LayerNorm"]


def _standardize(x: Array, axis: int | tuple[int, ...], eps: float) -> Array:
    """(x - mean) / √(var + ε), the variance divided by the number of values."""
    xp = namespace_of(x)
    centered = x - xp.mean(x, axis=axis, keepdims=True)
    return centered / xp.sqrt(xp.mean(centered * centered, axis=axis, keepdims=True) + eps)


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
        return params["weight"] * self._standard(u) + params["bias"]

    def parameter_count(self) -> int:
        """Return 2 C."""
        return 2 * self.channels

    @abstractmethod
    def _standard(self, u: Array) -> Array:
        """Return z."""


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

    def _standard(self, u: Array) -> Array:
        if self.groups == 1:
            return _standardize(u, tuple(range(-self.dims - 1, 0)), self.eps)
        xp, lead = namespace_of(u), u.shape[: -self.dims - 1]
        members = prod(u.shape[-self.dims - 1 :]) // self.groups
        flat = xp.reshape(u, (*lead, self.groups, members))
        return xp.reshape(_standardize(flat, -1, self.eps), u.shape)


@dataclass(frozen=True)
class LayerNorm(_Affine):
    """Normalize the channels of every point: y[c, x] = a[c] (u[c, x] - μ[x]) / √(σ²[x] + ε) + b[c].

    Parameters: ``weight`` a and ``bias`` b, both (C, 1, ...), initially 1 and 0.

    Reference: Ba, Kiros & Hinton, Layer normalization (2016).
    """

    def _standard(self, u: Array) -> Array:
        return _standardize(u, -self.dims - 1, self.eps)
