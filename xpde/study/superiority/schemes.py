"""Linear equations of one difficulty and their schemes, by name."""

import math
import re

from xpde.errors import InvalidInput, unknown_name

__all__ = ["EQUATIONS", "check_difficulty", "check_scheme", "stable", "sweeps"]

EQUATIONS: dict[str, tuple[str, ...]] = {
    "advection": ("explicit", "implicit", "analytic"),
    "diffusion": ("explicit", "implicit", "analytic"),
    "poisson": ("fd2", "jacobi-Q", "analytic"),
}
"""Schemes of every equation; Q is a number of Jacobi sweeps.

| equation | difficulty | explicit | implicit |
|---|---|---|---|
| advection, u_t = a u_x | γ₁ = N a Δt/L, right-moving if negative, CFL \\|γ₁\\| | upwind | upwind |
| diffusion, u_t = ν u_xx | γ₂ = 2 N² ν Δt/L² > 0 | FTCS | BTCS |
| Poisson, -u_xx = f in units of Δx² | none | | |
"""


def check_scheme(equation: str, scheme: str) -> None:
    """Raise :class:`~xpde.errors.InvalidInput` unless the equation has a scheme of that name."""
    if equation not in EQUATIONS:
        raise unknown_name("equation", equation, EQUATIONS)
    if equation == "poisson" and scheme.startswith("jacobi"):
        sweeps(scheme)
    elif scheme not in EQUATIONS[equation]:
        raise unknown_name(f"scheme of {equation}", scheme, EQUATIONS[equation])


def check_difficulty(equation: str, difficulty: float) -> None:
    """Raise :class:`~xpde.errors.InvalidInput` unless the equation can have that difficulty."""
    if equation == "poisson":
        return
    if not math.isfinite(difficulty) or difficulty == 0:
        raise InvalidInput(f"{equation}: expected a finite difficulty, not 0, got {difficulty}")
    if equation == "diffusion" and difficulty < 0:
        raise InvalidInput(f"diffusion: expected a difficulty above 0, got {difficulty}")


def sweeps(scheme: str) -> int | None:
    """Return Q of ``jacobi-Q``, None for other schemes."""
    if not scheme.startswith("jacobi"):
        return None
    found = re.fullmatch(r"jacobi-([1-9]\d*)", scheme)
    if found is None:
        raise InvalidInput(
            f"poisson: expected jacobi-Q with Q sweeps, such as jacobi-10, got {scheme!r}"
        )
    return int(found[1])


def stable(equation: str, scheme: str, difficulty: float) -> bool:
    """Tell whether no mode grows: explicit schemes need |γ₁| ≤ 1 or γ₂ ≤ 1."""
    return scheme != "explicit" or abs(difficulty) <= 1
