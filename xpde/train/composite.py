"""Sums of objectives."""

from dataclasses import dataclass
from typing import Any, Self

from xpde.core import register_tree
from xpde.errors import InvalidInput
from xpde.train.objectives import Objective
from xpde.train.refinable import refinable, refined
from xpde.train.unrolled import Step

Array = Any

__all__ = ["Composite"]


@register_tree()
@dataclass(frozen=True)
class Composite:
    """Add objectives on the same window: L = Σ_i λ_i L_i.

    Every part unrolls the network for itself. One part of weight 1 is that part.

    Attributes
    ----------
    parts
        Pairs (λ_i, L_i), at least one.
    """

    parts: tuple[tuple[float, Objective], ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise InvalidInput("parts: expected at least one (weight, objective), got none")
        object.__setattr__(self, "parts", tuple((float(w), part) for w, part in self.parts))

    @property
    def steps(self) -> int:
        """The largest T of the parts."""
        return max(part.steps for _, part in self.parts)

    @property
    def frames(self) -> int:
        """Snapshots of a window that are read by some part."""
        return max(part.frames for _, part in self.parts)

    @property
    def needs_solver(self) -> bool:
        """Whether some part needs the reference solver."""
        return any(part.needs_solver for _, part in self.parts)

    def bind(self, solver: Step) -> Self:
        """Return the sum with the reference solver in every part."""
        return type(self)(tuple((w, part.bind(solver)) for w, part in self.parts))

    @property
    def refinable(self) -> bool:
        """Whether some part has a level."""
        return any(refinable(part) for _, part in self.parts)

    def refined(self, level: int) -> Self:
        """Return the sum with every part that has a level at this one."""
        return type(self)(tuple((w, refined(part, level)) for w, part in self.parts))

    def at(self, update: int) -> Self:
        """Return the sum of an update of the training: of what its parts are then."""
        return type(self)(tuple((w, part.at(update)) for w, part in self.parts))

    def __call__(self, step: Step, window: Array) -> Array:
        """Return the loss of the map ``step`` on ``window`` (frames or more, B, C, *N)."""
        total = None
        for weight, part in self.parts:
            term = weight * part(step, window)
            total = term if total is None else total + term
        return total
