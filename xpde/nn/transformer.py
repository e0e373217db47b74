"""The transformer whose tokens are the points of a line."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of
from xpde.errors import InvalidInput
from xpde.nn.attention import Attention
from xpde.nn.chain import Chain
from xpde.nn.network import check_sizes
from xpde.nn.norm import LayerNorm
from xpde.nn.perceptron import perceptron
from xpde.nn.planned import Planned
from xpde.nn.residual import Residual
from xpde.nn.stack import Stack

Array = Any

__all__ = ["Positioned", "Transformer", "positions"]


def positions(channels: int, points: int) -> np.ndarray:
    """Sinusoidal positions (C, N): sin(n 10000^(-2i/C)) on channel 2i, the cosine on 2i + 1.

    Reference: Vaswani et al., Attention is all you need (NeurIPS 2017), section 3.5.
    """
    c = np.arange(channels)[:, None]
    angle = np.arange(points) * 10000.0 ** (-2 * (c // 2) / channels)
    return np.where(c % 2 == 0, np.sin(angle), np.cos(angle))


@dataclass(frozen=True)
class Positioned:
    """A layer of ``channels`` outputs, and its positions added: u ← f(u) + positions.

    The table is made for the grid at hand and has no parameters; those of f are all there are.
    """

    layer: Stack
    channels: int

    @property
    def reach(self) -> tuple[float, float]:
        """That of f."""
        return self.layer.reach

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw f."""
        return self.layer.init(rng)

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, N) to (..., C, N)."""
        v = self.layer.apply(params, u)
        return v + backend_of(v).asarray(positions(self.channels, v.shape[-1]), like=v)

    def parameter_count(self) -> int:
        """Return that of f."""
        return self.layer.parameter_count()


@dataclass(frozen=True)
class Transformer(Planned):
    """Lift, add positions, ``blocks`` times attention and a pointwise network, project; 1D.

    v = f_in(u) + positions;  v ← norm(v + attention(v)), v ← norm(v + g(v));  f_out(v)

    f_in and f_out are pointwise networks with two hidden layers of H channels, g has one of 2H
    and no bias; norm is over the channels of a point. The positions count from the left end, so
    a shifted state is another state: not equivariant, not even on a periodic domain. Parameters:
    ``{"lift", "blocks": [...], "project"}``. Every output sees everything; time and memory grow
    with the square of the number of points.

    Attributes
    ----------
    dims, channels_in, channels_out
        1, C_in, C_out.
    width, heads, blocks
        Channels H of the hidden states, heads of the attention (a divisor), number of blocks.
    activation
        A name of :data:`xpde.nn.ACTIVATIONS`.

    Raises
    ------
    InvalidInput
        If ``dims`` is not 1.

    Reference: Vaswani et al., Attention is all you need (NeurIPS 2017).
    """

    dims: int
    channels_in: int
    channels_out: int
    width: int = 28
    heads: int = 4
    blocks: int = 4
    activation: str = "relu"

    def __post_init__(self) -> None:
        check_sizes(width=self.width, heads=self.heads, blocks=self.blocks)
        if self.dims != 1:
            raise InvalidInput(
                f"Transformer: expected 1 space axis, got {self.dims}; its positions are those of "
                "a line, take another network"
            )
        _ = self.plan

    @cached_property
    def plan(self) -> Chain:
        """Lift with positions, the blocks, projection."""
        h, act = self.width, self.activation
        lift = Positioned(perceptron(1, (self.channels_in, h, h, h), act), h)
        mix, think = Attention(h, self.heads), perceptron(1, (h, 2 * h, h), act, bias=False)
        norm = LayerNorm(1, h)
        block = Stack((Residual(mix), norm, Residual(think), norm))
        project = perceptron(1, (h, h, h, self.channels_out), act)
        return Chain(lift, (block,) * self.blocks, project)
