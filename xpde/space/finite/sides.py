"""What holds at the two sides of an axis: periodicity, or one condition at a wall."""

from dataclasses import dataclass
from typing import Any

from xpde.core import register_tree
from xpde.errors import InvalidInput

__all__ = ["Dirichlet", "Neumann", "Periodic", "Robin", "Side"]

Given = Any
"""A number; a host function of the points x (D, *side); an array that broadcasts with (..., *side),
where side is the shape of the box with length 1 on the axis. Derivatives with respect to it exist.
"""


@register_tree()
@dataclass(frozen=True, eq=False)
class Periodic:
    """The axis is closed: its right end is its left end."""


@register_tree()
@dataclass(frozen=True, eq=False)
class Dirichlet:
    """u = value at the wall.

    Attributes
    ----------
    value
        A number, a host function of the points of the wall, or an array along the wall.
    """

    value: Given = 0.0

    @property
    def condition(self) -> tuple[float, float]:
        """(1, 0): a u + b ∂ₙu is given."""
        return 1.0, 0.0


@register_tree()
@dataclass(frozen=True, eq=False)
class Neumann:
    """∂ₙu = slope at the wall, n the outward normal: -∂u/∂x on a left side, +∂u/∂x on a right one.

    Attributes
    ----------
    value
        The slope: a number, a host function of the points of the wall, or an array along it.
    """

    value: Given = 0.0

    @property
    def condition(self) -> tuple[float, float]:
        """(0, 1): a u + b ∂ₙu is given."""
        return 0.0, 1.0


@register_tree(static=("a", "b"))
@dataclass(frozen=True, eq=False)
class Robin:
    """a u + b ∂ₙu = value at the wall, n the outward normal.

    Attributes
    ----------
    a, b
        Numbers that are not both zero and have the same sign where neither is, so that the wall
        takes and does not give.
    value
        A number, a host function of the points of the wall, or an array along the wall.
    """

    a: float
    b: float
    value: Given = 0.0

    def __post_init__(self) -> None:
        a, b = float(self.a), float(self.b)
        if not (a * b >= 0 and a + b != 0):
            raise InvalidInput(
                f"Robin: expected a and b of the same sign, not both zero, got {self.a!r} and "
                f"{self.b!r}"
            )
        object.__setattr__(self, "a", a)
        object.__setattr__(self, "b", b)

    @property
    def condition(self) -> tuple[float, float]:
        """(a, b): a u + b ∂ₙu is given."""
        return self.a, self.b


Side = Periodic | Dirichlet | Neumann | Robin
"""Any of the four."""
