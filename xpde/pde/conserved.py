"""What a family conserves for given coefficients; an array to be differentiated may be anything.

An equation names an invariant only if it holds for every state and every time.
"""

from collections.abc import Sequence
from numbers import Real
from typing import Any

__all__ = ["mean_if", "of_series", "vanish"]


def vanish(*values: Any) -> bool:
    """Tell whether all values are the plain number 0."""
    return all(isinstance(value, Real) and value == 0 for value in values)


def mean_if(kept: bool) -> tuple[str, ...]:
    """Return what ``conserves`` says: ``("mean",)`` or nothing."""
    return ("mean",) if kept else ()


def of_series(coefficients: Sequence[Any]) -> tuple[str, ...]:
    """Return what u_t = Σ_i a_i Σ_j ∂_j^i u conserves.

    The mean without a_0; the energy ½⟨u²⟩ without even orders, because odd derivatives are
    antisymmetric: ⟨u ∂_j^i u⟩ = 0 for odd i.
    """
    energy = ("energy",) if vanish(*coefficients[::2]) else ()
    return (*mean_if(vanish(*coefficients[:1])), *energy)
