"""The Fourier neural operator."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from xpde.core import Tree
from xpde.nn.activations import activation
from xpde.nn.network import check_sizes
from xpde.nn.pointwise import Pointwise
from xpde.nn.spectral import SpectralConvolution

Array = Any

__all__ = ["FNO"]


@dataclass(frozen=True)
class FNO:
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
        activation(self.activation)
        _ = self.lift, self.spectral, self.project

    @property
    def lift(self) -> Pointwise:
        """C_in to H."""
        return Pointwise(self.dims, self.channels_in, self.width)

    @property
    def spectral(self) -> SpectralConvolution:
        """H to H in Fourier space, one of each block."""
        return SpectralConvolution(self.dims, self.width, self.width, self.modes)

    @property
    def bypass(self) -> Pointwise:
        """H to H at each point, one of each block."""
        return Pointwise(self.dims, self.width, self.width)

    @property
    def project(self) -> Pointwise:
        """H to C_out."""
        return Pointwise(self.dims, self.width, self.channels_out)

    @property
    def receptive_field(self) -> float:
        """Infinite: a mode is everywhere."""
        return inf

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw lift, blocks (spectral, then bypass) and projection in order."""
        lift = self.lift.init(rng)
        blocks = [
            {"spectral": self.spectral.init(rng), "bypass": self.bypass.init(rng)}
            for _ in range(self.blocks)
        ]
        return {"lift": lift, "blocks": blocks, "project": self.project.init(rng)}

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        spectral, bypass, act = self.spectral, self.bypass, activation(self.activation)
        v = self.lift.apply(params["lift"], u)
        for own in params["blocks"]:
            v = act(spectral.apply(own["spectral"], v) + bypass.apply(own["bypass"], v))
        return self.project.apply(params["project"], v)

    def parameter_count(self) -> int:
        """Return C_in H + H + blocks (2ᴰ mᴰ H² + H² + H) + H C_out + C_out."""
        block = self.spectral.parameter_count() + self.bypass.parameter_count()
        outer = self.lift.parameter_count() + self.project.parameter_count()
        return outer + self.blocks * block
