"""The solver of a scenario in finite differences, from its words."""

from typing import TYPE_CHECKING, Any

from xpde.errors import InvalidInput, unknown_name
from xpde.pde.implicit import Evolution, ImplicitStepper, Reaction, SlopeNorm, Term, generic
from xpde.solvers import CG, GMRES, BiCGStab, Direct, Method, Picard
from xpde.space import Grid
from xpde.space.finite import Box
from xpde.time import theta

if TYPE_CHECKING:
    from xpde.study.scenario import Scenario

__all__ = ["check_solver", "finite_evolution", "finite_stepper", "is_finite_difference"]

_FORM = "etdrk or fd;THETA;PICARD[;LINEAR[;TOLERANCE]]"
_LINEAR = {"direct": Direct, "cg": CG, "bicgstab": BiCGStab, "gmres": GMRES}
_DENSE = 2048
"""Unknowns up to which a dense factorization is the default (32 MiB in float64)."""


def check_solver(key: str, words: str) -> None:
    """Raise :class:`~xpde.errors.InvalidInput` unless the words name a solver."""
    if words != "etdrk":
        _parsed(key, words)


def is_finite_difference(words: str) -> bool:
    """Tell whether the words name a solver of finite differences."""
    return words.split(";", maxsplit=1)[0] == "fd"


def finite_stepper(scenario: "Scenario", grid: Grid, dt: float) -> ImplicitStepper:
    """Return the solver ``fd;THETA;PICARD[;LINEAR[;TOLERANCE]]`` of a scenario.

    A theta scheme with upwind odd derivatives and convection (:func:`xpde.pde.implicit.generic`),
    PICARD linear solves in a step; 2 or more is a limit, and the iteration stops where the state
    changes by less than 1e-5 in the 2-norm over all entries, as the reference does.
    LINEAR is ``direct``, ``cg``, ``bicgstab`` or ``gmres``; TOLERANCE is relative, 1e-6 by default.
    ``direct`` is the default up to 2048 unknowns, ``gmres`` above.

    Raises
    ------
    InvalidInput
        If the scenario has terms that finite differences do not know here.

    Reference: Koehler & Thuerey (2025), solver strings of the experiments.
    """
    weight, picard, linear = _parsed(scenario.key, scenario.solver)
    evolution = finite_evolution(scenario, grid)
    if linear is None:
        size = evolution.channels * grid.size
        linear = Direct() if size <= _DENSE else GMRES(rtol=1e-6, max_steps=50)
    how: dict[str, Any] = {"scheme": theta(weight), "substeps": scenario.substeps}
    if picard > 1 and not evolution.linear:
        how["nonlinear"] = Picard(atol=1e-5, max_steps=picard)
    return ImplicitStepper(evolution, dt, linear, **how)


def finite_evolution(scenario: "Scenario", grid: Grid) -> Evolution:
    """Return the equation of a scenario of generic coefficients in finite differences."""
    found = scenario.coefficients
    if found is None:
        raise InvalidInput(
            f"{scenario.key}: expected a scenario of generic coefficients for a solver of finite "
            "differences, got an equation of its own; use solver etdrk"
        )
    conservative = bool(scenario.parameters.get("conservative", False)) and scenario.dims > 1
    box = Box(grid.points, grid.extent)
    made = generic(
        box,
        found.linear,
        found.convection,
        channels=scenario.channels,
        form="conservative" if conservative else "advective",
    )
    reaction = list(found.polynomial) or [0.0]
    if found.quadratic:
        reaction = [0.0, 0.0, found.quadratic]
    terms: list[Term] = list(made.terms)
    if any(reaction):
        terms.append(Reaction(tuple(reaction)))
    if found.gradient_norm:
        terms.append(SlopeNorm(-found.gradient_norm))
    return Evolution(made.constant, box, tuple(terms), scenario.equation.name, scenario.channels)


def _parsed(key: str, words: str) -> tuple[float, int, Method | None]:
    """Return θ, Picard steps and the linear method of a solver's words."""
    kind, *rest = (part.strip() for part in words.split(";"))
    if kind != "fd":
        raise unknown_name(f"solver of {key}", kind, ("etdrk", "fd"))
    problem = InvalidInput(f"{key}: expected a solver {_FORM}, got {words!r}")
    if not 2 <= len(rest) <= 4:
        raise problem
    try:
        weight, picard = float(rest[0]), int(rest[1])
        tolerance = float(rest[3]) if len(rest) == 4 else 1e-6
    except ValueError as error:
        raise problem from error
    if not (0 <= weight <= 1 and picard >= 1 and 0 < tolerance < 1):
        raise problem
    if len(rest) == 2:
        return weight, picard, None
    if rest[2] not in _LINEAR:
        raise unknown_name("linear solver", rest[2], _LINEAR)
    if rest[2] == "direct":
        return weight, picard, Direct()
    most = 50 if rest[2] == "gmres" else 1000
    return weight, picard, _LINEAR[rest[2]](rtol=tolerance, max_steps=most)
