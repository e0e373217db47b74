"""Lift, blocks, project: the shape that most networks share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import Tree
from xpde.nn.network import prepared
from xpde.nn.pointwise import Pointwise
from xpde.nn.stack import Layer, total_reach

Array = Any

__all__ = ["Chain"]


@dataclass(frozen=True)
class Chain:
    """Blocks of one width between two maps of channels: P_out Bₙ(... B₁(P_in u)).

    Parameters: ``{"lift", "blocks": [...], "project"}``.
    """

    lift: Layer
    blocks: tuple[Layer, ...]
    project: Layer

    @classmethod
    def around(
        cls, dims: int, channels_in: int, channels_out: int, width: int, blocks: tuple[Layer, ...]
    ) -> "Chain":
        """Put blocks of ``width`` channels between two pointwise maps, C_in → H and H → C_out."""
        lift, project = Pointwise(dims, channels_in, width), Pointwise(dims, width, channels_out)
        return cls(lift, blocks, project)

    @property
    def reach(self) -> tuple[float, float]:
        """Sum over lift, blocks and projection."""
        return total_reach(self.lift, *self.blocks, self.project)

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw lift, blocks and projection in order."""
        lift = self.lift.init(rng)
        blocks = [block.init(rng) for block in self.blocks]
        return {"lift": lift, "blocks": blocks, "project": self.project.init(rng)}

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        return self.prepared(params, u)(u)

    def prepared(self, params: Tree, like: Array) -> Callable[[Array], Array]:
        """Return the map for states on the grid of ``like`` (..., *N)."""
        pairs = zip(self.blocks, params["blocks"], strict=True)
        steps = [
            prepared(self.lift, params["lift"], like),
            *[prepared(block, own, like) for block, own in pairs],
            prepared(self.project, params["project"], like),
        ]

        def call(u: Array) -> Array:
            for step in steps:
                u = step(u)
            return u

        return call

    def parameter_count(self) -> int:
        """Return the sum over lift, blocks and projection."""
        parts = (self.lift, *self.blocks, self.project)
        return sum(part.parameter_count() for part in parts)
