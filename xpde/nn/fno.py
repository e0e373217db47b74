"""The Fourier neural operator."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from math import prod
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, leaves, namespace_of
from xpde.nn.activations import activation
from xpde.nn.chain import Chain
from xpde.nn.network import check_sizes
from xpde.nn.planned import Planned
from xpde.nn.pointwise import Pointwise
from xpde.nn.spectral import SpectralConvolution, check_modes

Array = Any

__all__ = ["FNO"]

_PART = 400_000  # values of the hidden states of a part: five samples of 64², 18 wide (measured)


@dataclass(frozen=True)
class SpectralBlock:
    """v ← σ(S v + P v + b): low modes, and beside them every point by itself.

    Parameters: ``{"spectral", "bypass"}``.
    """

    spectral: SpectralConvolution
    activation: str

    def __post_init__(self) -> None:
        activation(self.activation)

    @property
    def bypass(self) -> Pointwise:
        """P and b."""
        s = self.spectral
        return Pointwise(s.dims, s.channels_in, s.channels_out)

    @property
    def reach(self) -> tuple[float, float]:
        """Infinite: a mode is everywhere."""
        return self.spectral.reach

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw the spectral part, then the bypass."""
        return {"spectral": self.spectral.init(rng), "bypass": self.bypass.init(rng)}

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        return self.prepared(params, u)(u)

    def prepared(self, params: Tree, like: Array) -> Callable[[Array], Array]:
        """Return the map for states on the grid of ``like`` (..., *N)."""
        spectral = self.spectral.prepared(params["spectral"], like)
        bypass, sigma = partial(self.bypass.apply, params["bypass"]), activation(self.activation)
        return lambda u: sigma(spectral(u, bypass(u)))

    def parameter_count(self) -> int:
        """Return the sum of both."""
        return self.spectral.parameter_count() + self.bypass.parameter_count()


@dataclass(frozen=True)
class FNO(Planned):
    """Lift, ``blocks`` times σ(spectral + pointwise), project; no coordinate channel.

    v = P_in u,  v ← σ(S_b v + P_b v) for b = 1..blocks (the last one too),  P_out v

    Parameters: ``{"lift", "blocks": [{"spectral", "bypass"}, ...], "project"}``. Periodic, and
    every output sees the whole domain.

    Attributes
    ----------
    dims, channels_in, channels_out
        D, C_in, C_out.
    modes
        Kept modes m of each axis, at most N//2 + 1 of the last.
    width, blocks
        Channels H of the hidden states and number of blocks.
    activation
        A name of :data:`xpde.nn.ACTIVATIONS`.

    Reference: Li et al., Fourier neural operator (ICLR 2021).
    """

    dims: int
    channels_in: int
    channels_out: int
    modes: int = 12
    width: int = 18
    blocks: int = 4
    activation: str = "gelu"

    def __post_init__(self) -> None:
        check_sizes(width=self.width, modes=self.modes, blocks=self.blocks)
        _ = self.plan

    @cached_property
    def plan(self) -> Chain:
        """Pointwise lift, the blocks, pointwise projection."""
        spectral = SpectralConvolution(self.dims, self.width, self.width, self.modes)
        block = SpectralBlock(spectral, self.activation)
        ends = (self.dims, self.channels_in, self.channels_out, self.width)
        return Chain.around(*ends, (block,) * self.blocks)

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        return self.prepared(params, u)(u)

    def prepared(self, params: Tree, like: Array) -> Callable[[Array], Array]:
        """Return u ↦ apply(params, u) for states on the grid of ``like`` (..., *N).

        Large batches go through all layers in parts that fit a cache, where that is faster; every
        part reads all weights, so they must not be more than it.
        """
        step, size = self.plan.prepared(params, like), tuple(like.shape[-self.dims :])
        each = max(1, _PART // (self.width * prod(size)))
        few = self.parameter_count() <= self.blocks * _PART

        def call(u: Array) -> Array:
            count = prod(u.shape[: -self.dims - 1])
            if count <= each or not (few and backend_of(u).in_parts(u, *leaves(params))):
                return step(u)
            xp = namespace_of(u)
            states = xp.reshape(u, (count, self.channels_in, *size))
            parts = [step(states[i : i + each, ...]) for i in range(0, count, each)]
            return xp.reshape(
                xp.concat(parts), (*u.shape[: -self.dims - 1], self.channels_out, *size)
            )

        return call

    def check_grid(self, points: tuple[int, ...]) -> None:
        """Raise :class:`InvalidInput` if the grid has fewer modes than are kept."""
        check_modes(self.modes, points)
