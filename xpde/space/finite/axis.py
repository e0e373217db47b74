"""One axis of a box: its points, its spacing, and which condition holds at which end."""

from dataclasses import dataclass

import numpy as np

from xpde.errors import InvalidInput, unknown_name

__all__ = ["LAYOUTS", "Axis"]

LAYOUTS = ("cells", "nodes")
"""Where the unknowns of a bounded axis lie."""

Condition = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """N unknowns on an axis of length L.

    =========  ==================  ======================  ==============================
    axis       layout              points x_i, i = 0 ..    spacing h
    =========  ==================  ======================  ==============================
    periodic   either              i h                     L / N
    bounded    ``cells``           (i + ½) h               L / N
    bounded    ``nodes``           (i + s) h               L / (N - 1 + Dirichlet sides)
    =========  ==================  ======================  ==============================

    s = 1 behind a Dirichlet wall, whose node is known; s = 0 behind another wall, whose node is
    an unknown. Faces lie between the points. On a periodic axis face i is right of point i; on
    a bounded one there are N + 1 from the left wall to the right one: face i is left of point i.
    (Next to a Dirichlet wall of the layout ``nodes`` the outermost face is half a spacing inside.)

    Attributes
    ----------
    points, extent, layout
        N, L and one of ``LAYOUTS``.
    left, right
        (a, b) of the condition a u + b ∂ₙu at each wall; None if the axis is periodic.
    """

    points: int
    extent: float
    layout: str = "cells"
    left: Condition | None = None
    right: Condition | None = None

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise unknown_name("layout", str(self.layout), LAYOUTS)
        if self.intervals < 1:
            raise InvalidInput(
                f"axis: expected 2 points or more between walls with unknown nodes, got "
                f"{self.points}"
            )

    @property
    def periodic(self) -> bool:
        """Whether there are no walls."""
        return self.left is None

    @property
    def intervals(self) -> int:
        """L / h."""
        if self.periodic or self.layout == "cells":
            return self.points
        return self.points - 1 + (not self.open(0)) + (not self.open(1))

    @property
    def spacing(self) -> float:
        """The distance h of neighbors."""
        return self.extent / self.intervals

    def condition(self, side: int) -> Condition:
        """Return (a, b) of the left (0) or right (1) wall."""
        found = self.right if side else self.left
        assert found is not None
        return found

    def open(self, side: int) -> bool:
        """Tell whether the node of a wall is an unknown: layout ``nodes``, not Dirichlet."""
        return not self.periodic and self.layout == "nodes" and self.condition(side)[1] != 0

    def inset(self, side: int) -> float:
        """Return the distance of the outermost point from its wall, in units of h: ½, 1 or 0."""
        if self.layout == "cells":
            return 0.5
        return 0.0 if self.open(side) else 1.0

    def coordinates(self) -> np.ndarray:
        """Return the points (N,), host float64."""
        shift = 0.0 if self.periodic else self.inset(0)
        return (np.arange(self.points) + shift) * self.extent / self.intervals

    def faces(self) -> np.ndarray:
        """Return the faces, (N,) if periodic and (N + 1,) if bounded, host float64."""
        if self.periodic:
            return (np.arange(self.points) + 0.5) * self.spacing
        at = (np.arange(self.points + 1) + (self.inset(0) - 0.5)) * self.spacing
        return np.clip(at, 0.0, self.extent)

    def volumes(self) -> np.ndarray:
        """Return the share of h that belongs to each point: 1, and ½ at unknown nodes of walls."""
        out = np.ones(self.points)
        if self.open(0):
            out[0] /= 2
        if self.open(1):
            out[-1] /= 2
        return out
