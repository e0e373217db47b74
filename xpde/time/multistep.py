"""Implicit schemes as rows of numbers: theta schemes and the backward difference formula."""

import math
from dataclasses import dataclass

from xpde.errors import InvalidInput

__all__ = ["BDF2", "CRANK_NICOLSON", "EXPLICIT_EULER", "IMPLICIT_EULER", "Multistep", "theta"]


@dataclass(frozen=True)
class Multistep:
    """u⁺ - h β₀ F(u⁺) = Σ_i α_i u^{n-i} + h β₁ F(uⁿ) for u_t = F(u).

    Attributes
    ----------
    name
        What people call it.
    implicit, explicit
        β₀ and β₁.
    past
        α_0, α_1, ...: weights of the states at n, n - 1, ...
    order
        Order of accuracy in h.
    """

    name: str
    implicit: float
    explicit: float
    past: tuple[float, ...]
    order: int

    @property
    def levels(self) -> int:
        """Number of past states that a step needs."""
        return len(self.past)


def theta(weight: float) -> Multistep:
    """Return u⁺ = u + h (θ F(u⁺) + (1 - θ) F(u)), the theta scheme.

    Order 1, and 2 for θ = ½; A-stable for θ ≥ ½, L-stable for θ = 1; explicit for θ = 0.

    Raises
    ------
    InvalidInput
        If θ is not between 0 and 1.

    Reference: Hairer & Wanner, Solving Ordinary Differential Equations II (1996), section IV.3.
    """
    if not (math.isfinite(weight) and 0 <= weight <= 1):
        raise InvalidInput(f"theta: expected a weight between 0 and 1, got {weight!r}")
    names = {0.0: "explicit Euler", 0.5: "Crank-Nicolson", 1.0: "implicit Euler"}
    name = names.get(float(weight), f"theta {weight:g}")
    return Multistep(name, float(weight), 1.0 - weight, (1.0,), 2 if weight == 0.5 else 1)


EXPLICIT_EULER = theta(0.0)
"""u⁺ = u + h F(u); stable for |1 + h λ| ≤ 1."""
CRANK_NICOLSON = theta(0.5)
"""u⁺ = u + h/2 (F(u⁺) + F(u)); A-stable, keeps |û| for imaginary symbols."""
IMPLICIT_EULER = theta(1.0)
"""u⁺ = u + h F(u⁺); L-stable."""
BDF2 = Multistep("BDF2", 2 / 3, 0.0, (4 / 3, -1 / 3), 2)
"""u⁺ = 4/3 u - 1/3 u⁻ + 2/3 h F(u⁺); A-stable and L-stable (Hairer & Wanner, section V.1)."""
