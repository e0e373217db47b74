"""Attention between the points of a line."""

from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, namespace_of
from xpde.errors import InvalidInput
from xpde.nn.network import check_sizes, check_state
from xpde.nn.pointwise import Pointwise

Array = Any

__all__ = ["Attention"]

MAPS = ("query", "key", "value", "out")


@dataclass(frozen=True)
class Attention:
    """Every point takes a mean over all points, weighted by how much they have in common.

    q, k, v = W_q u, W_k u, W_v u;  for each head of C/H channels
    y[:, n] = Σ_m p[n, m] v[:, m],  p[n, :] = softmax_m(q[:, n]·k[:, m] / √(C/H));  out W_o y

    No mask, no bias, no positions: a permutation of the points commutes with it. Parameters:
    ``{"query", "key", "value", "out"}``, each a ``{"weight"}`` (C, C), initially U(±1/√C).

    Attributes
    ----------
    channels, heads
        C, and H that divides it: head h has the channels hC/H to (h+1)C/H - 1.

    Reference: Vaswani et al., Attention is all you need (NeurIPS 2017), section 3.2.
    """

    channels: int
    heads: int = 1

    def __post_init__(self) -> None:
        check_sizes(channels=self.channels, heads=self.heads)
        if self.channels % self.heads:
            raise InvalidInput(
                f"heads: expected a divisor of {self.channels} channels, got {self.heads}"
            )

    @property
    def linear(self) -> Pointwise:
        """The kind of all four maps."""
        return Pointwise(1, self.channels, self.channels, bias=False)

    @property
    def reach(self) -> tuple[float, float]:
        """Infinite: every point sees every point."""
        return inf, inf

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw query, key, value, out."""
        return {name: self.linear.init(rng) for name in MAPS}

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C, N) to the same shape."""
        check_state("attention", u, self.channels, 1)
        q, k, v = (self._split(self.linear.apply(params[name], u)) for name in MAPS[:3])
        xp = namespace_of(q, k, v)
        # the scale on q: N numbers a channel instead of N² a head
        scores = xp.matrix_transpose(q * (1 / sqrt(self.channels // self.heads))) @ k
        mixed = v @ xp.matrix_transpose(_softmax(scores))
        return self.linear.apply(params["out"], xp.reshape(mixed, u.shape))

    def parameter_count(self) -> int:
        """Return 4 C²."""
        return 4 * self.linear.parameter_count()

    def _split(self, x: Array) -> Array:
        """(..., C, N) to (..., H, C/H, N)."""
        lead, n = x.shape[:-2], x.shape[-1]
        shape = (*lead, self.heads, self.channels // self.heads, n)
        return namespace_of(x).reshape(x, shape)


def _softmax(x: Array) -> Array:
    """eˣ / Σ eˣ over the last axis; the largest is subtracted, which changes nothing but range."""
    verbs = backend_of(x)
    xp = verbs.xp
    e = xp.exp(x - verbs.stop_gradient(xp.max(x, axis=-1, keepdims=True)))
    return e / xp.sum(e, axis=-1, keepdims=True)
