"""Whether the linear part of an equation outgrows a float within a horizon."""

import numpy as np

from xpde.conventions import EXACT, Conventions
from xpde.pde import Equation, growth
from xpde.space import Band, Grid

__all__ = ["growth_warning"]

_HIGHEST = float(np.log(np.finfo(np.float32).max))  # 88.7


def growth_warning(
    equation: Equation,
    grid: Grid,
    dt: float,
    steps: int,
    dealias: float = 2 / 3,
    conventions: Conventions = EXACT,
) -> str | None:
    """Return one line if a mode grows beyond what float32 holds within the steps, else None.

    The growth is that of the linear part, e^{rate Δt steps}. Products can saturate the modes of
    their band (Kuramoto-Sivashinsky lives from that), unless those grow by more than e in a single
    step; nothing saturates the modes beyond it, or a linear equation.
    """
    if equation.multiplier is not None:
        return None
    among = None
    if equation.nonlinear is not None:
        among = ~Band(grid, dealias, masked=conventions.masked).mask()
        if growth(equation, grid, conventions, ~among).rate * dt > 1:
            among = None
    fastest = growth(equation, grid, conventions, among)
    total = fastest.rate * dt * steps
    if total <= _HIGHEST:
        return None
    return (
        f"{equation.name}: expected modes that grow by less than e^{_HIGHEST:.0f}, what float32 "
        f"holds, got e^{total:.4g} within {steps} steps (mode {fastest.mode}, rate "
        f"{fastest.rate:.4g}, e^{fastest.rate * dt:.3g} a step); damp it or take fewer steps"
    )
