"""Down through coarser grids and up again, with a bridge at every level."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import Tree, namespace_of
from xpde.errors import InvalidInput
from xpde.nn.conv import Convolution
from xpde.nn.pointwise import Pointwise
from xpde.nn.stack import Layer
from xpde.nn.transposed import TransposedConvolution

Array = Any

__all__ = ["Hierarchy", "Level"]

PARTS = ("down", "left", "up", "right")


@dataclass(frozen=True)
class Level:
    """The four layers between a grid and the next coarser one.

    ``down`` halves the grid, ``left`` widens the channels on the coarse one; ``up`` comes back to
    the fine grid, ``right`` joins what came up with what stayed, C_stayed + C_up channels.
    """

    down: Layer
    left: Layer
    up: Layer
    right: Layer

    @classmethod
    def halving(
        cls, dims: int, width: int, left: Layer, right: Layer, boundary: str = "periodic"
    ) -> "Level":
        """Halve by a linear convolution H → H, double by a transposed one 2H → H, three wide."""
        down = Convolution(dims, width, width, stride=2, boundary=boundary)
        up = TransposedConvolution(dims, 2 * width, width, boundary=boundary)
        return cls(down, left, up, right)

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw down, left, up, right."""
        return {part: getattr(self, part).init(rng) for part in PARTS}

    def parameter_count(self) -> int:
        """Return the sum of the four."""
        return sum(getattr(self, part).parameter_count() for part in PARTS)


@dataclass(frozen=True)
class Hierarchy:
    """A lift, levels from fine to coarse, a projection.

    v₀ = lift u;  v_{l+1} = left_l(down_l v_l);  w_L = v_L;
    w_l = right_l([v_l, up_l w_{l+1}]);  project w₀

    Parameters: ``{"lift", "levels": [{"down", "left", "up", "right"}, ...], "project"}``.

    Raises
    ------
    InvalidInput
        If an axis is not divisible by 2 to the number of levels.
    """

    lift: Layer
    levels: tuple[Level, ...]
    project: Pointwise

    @property
    def reach(self) -> tuple[float, float]:
        """Sum over layers, each in cells of its own grid: an upper bound of what is seen."""
        weighted = [(1, self.lift)]
        for depth, level in enumerate(self.levels):
            fine, coarse = 2**depth, 2 ** (depth + 1)
            weighted += [
                (fine, level.down),
                (coarse, level.left),
                (coarse, level.up),
                (fine, level.right),
            ]
        left, right = (sum(h * layer.reach[side] for h, layer in weighted) for side in (0, 1))
        return left, right

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw lift, levels from fine to coarse, projection."""
        lift = self.lift.init(rng)
        levels = [level.init(rng) for level in self.levels]
        return {"lift": lift, "levels": levels, "project": self.project.init(rng)}

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C_in, *N) to (..., C_out, *N)."""
        dims = self.project.dims
        self.check_grid(u.shape[-dims:])
        v, stayed = self.lift.apply(params["lift"], u), []
        pairs = list(zip(self.levels, params["levels"], strict=True))
        for level, own in pairs:
            stayed.append(v)
            v = level.left.apply(own["left"], level.down.apply(own["down"], v))
        for (level, own), kept in zip(reversed(pairs), reversed(stayed), strict=True):
            v = level.up.apply(own["up"], v)
            joined = namespace_of(kept, v).concat([kept, v], axis=-dims - 1)
            v = level.right.apply(own["right"], joined)
        return self.project.apply(params["project"], v)

    def parameter_count(self) -> int:
        """Return the sum over all layers."""
        levels = sum(level.parameter_count() for level in self.levels)
        return self.lift.parameter_count() + levels + self.project.parameter_count()

    def check_grid(self, points: tuple[int, ...]) -> None:
        """Raise :class:`InvalidInput` unless every axis can be halved at every level."""
        step = 2 ** len(self.levels)
        if any(n % step for n in points):
            raise InvalidInput(
                f"UNet: expected axes divisible by {step} for {len(self.levels)} levels, got "
                f"{tuple(points)} points; change the grid or use fewer levels"
            )
